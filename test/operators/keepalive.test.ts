import { BehaviorSubject, Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import { keepalive } from '../../src/operators/keepalive.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { distinctSteps, inVirtualTime, steps } from './virtual.ts';

describe('keepalive, in marbles', () => {
  it('sends silence while there is no audio', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-a-----------------------b----|');
      const chain = source.pipe(pace({ clock }), keepalive({ everyMs: 80, clock }));
      expectSamples(chain).toBe('-a--------------s---s---s(ssb)|');
      expectSubscriptions(source.subscriptions).toBe('^-----------------------------!');
    });
  });

  it('sends nothing before the first audio, nor because of video', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('-----|').pipe(pace({ clock }), keepalive({ everyMs: 20, clock }))).toBe('-----|');
      expectSamples(samples('-A----|').pipe(pace({ clock }), keepalive({ everyMs: 20, clock }))).toBe('-A----|');
    });
  });

  it('completes and errors with the source', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('|').pipe(pace({ clock }), keepalive({ clock }))).toBe('|');
      expectSamples(samples('-a--#').pipe(pace({ clock }), keepalive({ clock }))).toBe('-a--#');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('a---------------');
      expectSamples(source.pipe(pace({ clock }), keepalive({ everyMs: 20, clock })), '^-------------!').toBe(
        'a-----------ss',
      );
      expectSubscriptions(source.subscriptions).toBe('^-------------!');
    });
  });
});

describe('keepalive', () => {
  it('in a pause, says so every ten seconds and no more', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      source().pipe(pace({ clock }), pauseGate(paused$, { clock }), keepalive({ clock })).subscribe(record());
      at(1013, () => paused$.next(true));
      at(36_007, () => paused$.next(false));
      return () => {
        const inPause = out.filter((o) => o.at > 1013 && o.at < 36_007);
        expect(inPause.map((o) => o.bytes)).toEqual([3, 3, 3]);
        expect(Math.min(...steps(out))).toBe(20);
        expect(steps(out).every((step) => step % 20 === 0)).toBe(true);
      };
    }, 40_000);
  });

  it('filling every frame, leaves neither hole nor overlap around a pause', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      source()
        .pipe(pace({ clock }), pauseGate(paused$, { clock }), keepalive({ everyMs: 20, clock }))
        .subscribe(record());
      for (let ms = 1013; ms < 15_000; ms += 731) at(ms, () => paused$.next(!paused$.value));
      return () => {
        const real = out.filter((o) => o.bytes > 3);
        expect(real.every((o, i) => o.pts === i * 20)).toBe(true);
        expect(distinctSteps(out)).toEqual([20]);
        expect(out.some((o) => o.bytes === 3)).toBe(true);
      };
    });
  });

  it('refuses to be quicker than a frame', () => {
    expect(() => keepalive({ everyMs: 10 })).toThrow(OptionError);
    expect(() => keepalive({ everyMs: NaN })).toThrow(/options\.everyMs must be at least 20/);
  });

  it('takes and gives paced samples', () => {
    expectTypeOf(new Observable<PacedSample>().pipe(keepalive())).toEqualTypeOf<Observable<PacedSample>>();
  });
});
