import { BehaviorSubject, Observable, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError, SourceError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { stall } from '../../src/operators/stall.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { distinctSteps, inVirtualTime } from './virtual.ts';

function stalled(ms: number, label = 'samples'): SourceError {
  const message = `${label} delivered nothing for ${ms / 1000} s.`;
  return new SourceError('ERR_SOURCE_STALLED', label, message, { retryable: true });
}

describe('stall, in marbles', () => {
  it('errors when a source falls silent', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('--a-b--------');
      const result = source.pipe(stall({ firstMs: 60, thenMs: 100, clock }));
      expectSamples(result).toBe('--a-b----#', { error: stalled(100) });
      expectSubscriptions(source.subscriptions).toBe('^--------!');
    });
  });

  it('errors when a source never begins', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('----a').pipe(stall({ firstMs: 60, clock }))).toBe('---#', { error: stalled(60) });
      expectSamples(samples('--b-').pipe(stall({ firstMs: 100, thenMs: 20, clock }))).toBe('--b#', {
        error: stalled(20),
      });
    });
  });

  it('passes samples, completion and errors on', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const options = { firstMs: 60, thenMs: 60, clock };
      expectSamples(samples('|').pipe(stall(options))).toBe('|');
      expectSamples(samples('a-bA-c|').pipe(stall(options))).toBe('a-bA-c|');
      expectSamples(samples('-d-#').pipe(stall(options))).toBe('-d-#');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-a------');
      expectSamples(source.pipe(stall({ thenMs: 80, clock })), '^---!').toBe('-a--');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });
});

describe('stall', () => {
  for (const where of ['before', 'after'] as const) {
    it(`does not mind a pause of a minute, the gate ${where} pace`, () => {
      inVirtualTime(({ source, clock, out, record, at }) => {
        const paused$ = new BehaviorSubject(false);
        const gate = pauseGate<Sample>(paused$, { clock });
        const watched$ = source().pipe(stall({ thenMs: 2000, clock }));
        const chain = where === 'before' ? watched$.pipe(gate, pace({ clock })) : watched$.pipe(pace({ clock }), gate);
        chain.subscribe(record());
        at(3013, () => paused$.next(true));
        at(63_007, () => paused$.next(false));
        return () => {
          expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
          expect(out.at(-1)!.at).toBe(70_000);
        };
      }, 70_000);
    });
  }

  it('counts a silence from the end of the pause', () => {
    inVirtualTime(({ scheduler, clock, record, at }) => {
      const source = new Subject<Sample>();
      const paused$ = new BehaviorSubject(false);
      const errors: number[] = [];
      source
        .pipe(stall({ thenMs: 5000, clock }), pauseGate(paused$, { clock }))
        .subscribe({ next: record(), error: () => errors.push(scheduler.now()) });
      const media = createFakeMedia({ count: 1 });
      at(100, () => media.subscribe((sample) => source.next(sample)));
      at(1000, () => paused$.next(true));
      at(20_500, () => paused$.next(false));
      return () => {
        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeGreaterThanOrEqual(25_500);
        expect(errors[0]).toBeLessThanOrEqual(26_500);
      };
    }, 40_000);
  });

  it('does not mind waiting in a playlist, where there is no room', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const waiting$ = source({ count: 100 }).pipe(stall({ thenMs: 1500, clock }));
      playlist([source({ count: 500 }), waiting$])
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(600);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('leaves a media source one, and names it', () => {
    inVirtualTime(({ clock, out, record }) => {
      const radio = createFakeMedia({ live: true, label: 'radio' }, () => ({ failAfter: 3, error: 'cut' }));
      const media = asMedia(radio.pipe(stall({ clock })));
      expect(media).toMatchObject({ label: 'radio', live: true });
      const errors: unknown[] = [];
      media.open({ reason: 'reconnect' }).subscribe({ next: record(), error: (error: unknown) => errors.push(error) });
      return () => {
        expect(radio.openings[0]!.request.reason).toBe('reconnect');
        expect(out[0]!.sample.segment!.reason).toBe('reconnect');
        expect(errors).toEqual(['cut']);
      };
    });
  });

  it('says which source stalled', () => {
    inVirtualTime(({ scheduler, clock }) => {
      const errors: unknown[] = [];
      createFakeMedia({ label: 'radio' }, () => ({ delayMs: 60_000, scheduler }))
        .pipe(stall({ clock }))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      return () => expect(errors).toEqual([stalled(10_000, 'radio')]);
    });
  });

  it('can be ended from inside next', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ delayMs: 1 });
      const subscription = file.pipe(stall({ clock }), pace({ clock })).subscribe((sample) => {
        record()(sample);
        if (out.length === 3) subscription.unsubscribe();
      });
      return () => {
        expect(out).toHaveLength(3);
        expect(distinctSteps(out)).toEqual([20]);
        expect(file.log.closed).toBe(1);
      };
    });
  });

  it('refuses a time that is not one', () => {
    expect(() => stall({ firstMs: 0 })).toThrow(new OptionError('options.firstMs', 0, 'greater than 0'));
    expect(() => stall({ thenMs: NaN })).toThrow(/options\.thenMs must be greater than 0/);
  });

  it('keeps the type of what passes', () => {
    expectTypeOf(new Observable<Sample>().pipe(stall())).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(stall())).toEqualTypeOf<Observable<PacedSample>>();
  });
});
