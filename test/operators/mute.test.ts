import { BehaviorSubject, NEVER, Observable, of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { opusPacketDurationUs } from '../../src/media/opus.ts';
import { aacSilence, adtsFrame, DEFAULT_AAC } from '../../src/media/aac.ts';
import { mute } from '../../src/operators/mute.ts';
import { pace } from '../../src/operators/pace.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { distinctSteps, inVirtualTime } from './virtual.ts';

const flags = { t: true, f: false };

describe('mute, in marbles', () => {
  it('replaces audio by silence while muted', () => {
    runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
      const source = samples('  -a-b-c-d-|');
      const muted$ = cold('     --t---f---', flags);
      expectSamples(source.pipe(mute(muted$))).toBe('-a-s-s-d-|');
      expectSubscriptions(source.subscriptions).toBe('^--------!');
    });
  });

  it('lets video pass', () => {
    runMarbles(({ samples, cold, expectSamples }) => {
      expectSamples(samples('-a-A-b-B-|').pipe(mute(cold('t', flags)))).toBe('-s-A-s-B-|');
    });
  });

  it('is transparent to empty, never and an unasked source', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('|').pipe(mute(NEVER))).toBe('|');
      expectSamples(samples('---').pipe(mute(NEVER))).toBe('---');
      expectSamples(samples('-a-b-|').pipe(mute(NEVER))).toBe('-a-b-|');
    });
  });

  it('errors with either input, and survives the end of muted$', () => {
    runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
      expectSamples(samples('-a-#').pipe(mute(cold('t', flags)))).toBe('-s-#');
      const source = samples('-a-b-c');
      expectSamples(source.pipe(mute(cold('--#', flags)))).toBe('-a#');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSamples(samples('-d-e-|').pipe(mute(cold('(t|)', flags)))).toBe('-s-s-|');
    });
  });

  it('unsubscribes from both', () => {
    runMarbles(({ samples, cold, expectSamples, expectSubscriptions }) => {
      const source = samples('-a-b-c-d');
      const muted$ = cold('t-------', flags);
      expectSamples(source.pipe(mute(muted$)), '^---!').toBe('-s-s');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });
});

describe('mute', () => {
  it('keeps the cadence', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const muted$ = new BehaviorSubject(false);
      source({ count: 200 }).pipe(pace({ clock }), mute(muted$)).subscribe(record());
      at(1000, () => muted$.next(true));
      at(2000, () => muted$.next(false));
      return () => {
        expect(distinctSteps(out)).toEqual([20]);
        expect(out.filter((o) => o.bytes === 3)).toHaveLength(50);
      };
    });
  });

  it('makes silence as long as the sample it replaces', () => {
    for (const durationMs of [2.5, 5, 10, 20, 40, 60, 80, 100, 120]) {
      inVirtualTime(({ source, out, record }) => {
        source({ durationMs, count: 1 })
          .pipe(mute(of(true)))
          .subscribe(record());
        return () => expect(opusPacketDurationUs(out[0]!.sample.data)).toBe(durationMs * 1000);
      });
    }
  });

  it('can be muted from inside next', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const muted$ = new BehaviorSubject(false);
      source({ count: 3 })
        .pipe(pace({ clock }), mute(muted$))
        .subscribe((sample) => {
          record()(sample);
          muted$.next(true);
        });
      return () => expect(out.map((o) => o.bytes)).toEqual([320, 3, 3]);
    });
  });

  it('keeps the type of what passes', () => {
    expectTypeOf(new Observable<PacedSample>().pipe(mute(NEVER))).toEqualTypeOf<Observable<PacedSample>>();
    expectTypeOf(new Observable<Sample>().pipe(mute(NEVER))).toEqualTypeOf<Observable<Sample>>();
  });
});

it('silences AAC by frames of the same shape', () => {
  const mono = { ...DEFAULT_AAC, channels: 1 };
  const data = adtsFrame(mono, Uint8Array.of(1, 2));
  const frame: Sample = { kind: 'audio', codec: 'aac', data, ptsUs: 0, durationUs: 21333, keyframe: true };
  const out: Sample[] = [];
  of(frame)
    .pipe(mute(new BehaviorSubject(true)))
    .subscribe((sample) => out.push(sample));
  expect(out).toEqual([{ ...frame, data: aacSilence(mono) }]);
});
