import { BehaviorSubject, Observable, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import { aacSilence, adtsFrame, DEFAULT_AAC } from '../../src/media/aac.ts';
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
      for (const marbles of ['-------------------------|', '-A------------------B----|']) {
        const paced$ = samples(marbles).pipe(pace({ clock }));
        expectSamples(paced$.pipe(keepalive({ everyMs: 20, clock }))).toBe(marbles);
      }
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

describe('keepalive, of AAC', () => {
  const MONO = { ...DEFAULT_AAC, channels: 1 };
  const aac = (dueUs: number): PacedSample => ({
    ...{ kind: 'audio', codec: 'aac', ptsUs: 0, durationUs: 21333, keyframe: true, dueUs },
    data: adtsFrame(MONO, Uint8Array.of(1, 2)),
  });

  it('fills a gap with frames of the same shape, one behind the other', () => {
    inVirtualTime(({ clock, at, out, record }) => {
      const source = new Subject<PacedSample>();
      source.pipe(keepalive({ everyMs: 20, clock })).subscribe(record());
      at(40, () => source.next(aac(40_000)));
      at(1000, () => source.next(aac(1_000_000)));
      at(1001, () => source.complete());
      return () => {
        const silence = out.slice(1, -1);
        expect(silence).toHaveLength(44);
        expect(distinctSteps(out.slice(0, -1)).every((step) => Math.abs(step - 21.333) < 0.001)).toBe(true);
        expect(silence.every(({ sample }) => sample.codec === 'aac' && sample.data === aacSilence(MONO))).toBe(true);
        // The last frame of silence ends before the sound, less than a frame before.
        expect(1000 - silence.at(-1)!.due).toBeGreaterThanOrEqual(21.333);
        expect(1000 - silence.at(-1)!.due).toBeLessThan(2 * 21.333);
      };
    });
  });
});
