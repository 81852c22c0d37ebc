import { NEVER, Subject, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { PacedSample } from '../../src/core/sample.ts';
import { answerKeyframeRequests } from '../../src/operators/answer-keyframe-requests.ts';
import { pace } from '../../src/operators/pace.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { type Arrival, inVirtualTime, type VirtualTime } from './virtual.ts';

interface FilmOptions {
  keyframeEvery: number;
  count?: number;
  bytes?: number;
  requests?: readonly number[];
  maxBytes?: number;
}

/** Video of 25 frames a second, and a request at each of `atMs`. */
function film(
  { source, clock, out, record, at }: VirtualTime,
  { keyframeEvery, count = 250, bytes = 320, requests = [], maxBytes }: FilmOptions,
) {
  const requests$ = new Subject<string>();
  const unanswered: number[] = [];
  source({ kind: 'video', durationMs: 40, keyframeEvery, count, bytes })
    .pipe(
      pace({ clock }),
      answerKeyframeRequests(requests$, { clock, maxBytes, onUnanswered: () => unanswered.push(clock.nowUs() / 1000) }),
    )
    .subscribe(record());
  for (const ms of requests) at(ms, () => requests$.next('pli'));
  return { out, unanswered };
}

const duesRise = (out: readonly Arrival[]): boolean =>
  out.every(({ due }, index) => index === 0 || due - out[index - 1]!.due > 0.099);

describe('answerKeyframeRequests, in marbles', () => {
  it('sends the video since the last keyframe again', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const source = samples('   ABCD-------EFGH|', { keyframes: 'AG' });
      const requests$ = cold('   -----r-----');
      const chain = source.pipe(pace({ clock }), answerKeyframeRequests(requests$, { clock }));
      expectSamples(chain).toBe('ABCD-(ABCD)EFGH|');
    });
  });
});

describe('answerKeyframeRequests', () => {
  it('sends the last keyframe again and what came after it, at once, between two frames', () => {
    inVirtualTime((time) => {
      const { out } = film(time, { keyframeEvery: 100, requests: [410] });
      return () => {
        expect(out).toHaveLength(250 + 11);
        const again = out.slice(11, 22);
        expect(again.map(({ at }) => at)).toEqual(Array(11).fill(410));
        expect(again.map(({ pts }) => pts)).toEqual(out.slice(0, 11).map(({ pts }) => pts));
        expect(again[0]!.sample.keyframe).toBe(true);
        expect(again.at(-1)!.due).toBeLessThan(440);
        expect(out[22]).toMatchObject({ at: 440, due: 440 });
        expect(duesRise(out)).toBe(true);
      };
    });
  });

  it('leaves it to a source that makes a keyframe every second, once that is known', () => {
    inVirtualTime((time) => {
      const { out } = film(time, { keyframeEvery: 25, requests: [500, 2500, 5010] });
      return () => {
        expect(out).toHaveLength(250 + 13);
        expect(out.filter(({ at }) => at === 500)).toHaveLength(13);
      };
    });
  });

  it('answers once a second', () => {
    inVirtualTime((time) => {
      const { out } = film(time, { keyframeEvery: 250, requests: [210, 220, 1000, 1209, 1211] });
      return () => {
        expect(out.filter(({ at }) => at === 210)).toHaveLength(6);
        expect(out.filter(({ at }) => [220, 1000, 1209].includes(at) && at % 40 !== 0)).toEqual([]);
        expect(out.filter(({ at }) => at === 1211)).toHaveLength(31);
        expect(duesRise(out)).toBe(true);
      };
    });
  });

  it('shows the last picture to who looks in when there is nothing more', () => {
    inVirtualTime((time) => {
      const requests$ = new Subject<void>();
      const { source, clock, out, record, at } = time;
      const frames$ = new Subject<PacedSample>();
      frames$.pipe(answerKeyframeRequests(requests$, { clock })).subscribe(record());
      source({ kind: 'video', durationMs: 40, keyframeEvery: 25, count: 60 })
        .pipe(pace({ clock }))
        .subscribe({ next: (sample) => frames$.next(sample) });
      at(10_000, () => requests$.next());
      return () => {
        const again = out.filter((arrival) => arrival.at === 10_000);
        expect(again.map(({ pts }) => pts)).toEqual(Array.from({ length: 10 }, (_, index) => 2000 + index * 40));
        expect(again[0]!.due).toBeGreaterThanOrEqual(10_000);
        expect(duesRise(out)).toBe(true);
      };
    });
  });

  it('says when there is too much to send again, and says nothing before there is video', () => {
    inVirtualTime((time) => {
      const { out, unanswered } = film(time, { keyframeEvery: 1000, requests: [410, 3000], maxBytes: 3500 });
      const none = film({ ...time, out: [], record: () => () => {} }, { keyframeEvery: 1, count: 0, requests: [100] });
      return () => {
        expect(unanswered).toEqual([410, 3000]);
        expect(out).toHaveLength(250);
        expect(none.unanswered).toEqual([]);
      };
    });
  });

  it('passes everything else, ends with the source, and errs with either', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-aAbB-|');
      const chain = source.pipe(pace({ clock }), answerKeyframeRequests(NEVER, { clock }));
      expectSamples(chain).toBe('-aAbB-|');
      expectSubscriptions(source.subscriptions).toBe('^-----!');
      const failing = throwError(() => new Error('source failed'));
      expectSamples(samples('-A--#').pipe(pace({ clock }), answerKeyframeRequests(NEVER, { clock }))).toBe('-A--#');
      let failure: unknown;
      samples('-A-')
        .pipe(pace({ clock }), answerKeyframeRequests(failing, { clock }))
        .subscribe({ error: (e: unknown) => (failure = e) });
      expect(failure).toBeInstanceOf(Error);
    });
  });

  it('keeps the type', () => {
    expectTypeOf(answerKeyframeRequests(NEVER)).toEqualTypeOf<MonoTypeOperatorFunction<PacedSample>>();
  });
});
