import { NEVER, Subject, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { MediaClock } from '../../src/core/media-clock.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
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

const sameFilm = new Segment();

/** A frame of 25 a second that is due then. */
function frame(dueMs: number, { keyframe = false, segment = sameFilm } = {}): PacedSample {
  const times = { ptsUs: dueMs * 1000, durationUs: 40_000, dueUs: dueMs * 1000 };
  return { kind: 'video', codec: 'vp8', data: new Uint8Array(8), keyframe, segment, ...times };
}

function byHand(clock: MediaClock, next: (sample: PacedSample) => void, onUnanswered?: () => void) {
  const frames$ = new Subject<PacedSample>();
  const requests$ = new Subject<void>();
  frames$.pipe(answerKeyframeRequests(requests$, { clock, onUnanswered })).subscribe(next);
  return { frames$, requests$ };
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

  it('puts what it repeats in steps of its own, and before the next frame, which keeps its time', () => {
    inVirtualTime(({ clock, out, record, at }) => {
      const { frames$, requests$ } = byHand(clock, record());
      const times = Array.from({ length: 12 }, (_, index) => index * 40);
      for (const ms of times) at(ms, () => frames$.next(frame(ms, { keyframe: ms === 0 })));
      at(479, () => requests$.next());
      at(480, () => frames$.next(frame(480)));
      at(3170, () => requests$.next());
      at(3170, () => frames$.next(frame(520)));
      return () => {
        const dues = out.map(({ due }) => due);
        const steps = (fromUs: number, count: number): number[] =>
          Array.from({ length: count }, (_, index) => (fromUs + index * 100) / 1000);
        expect(dues).toEqual([...times, ...steps(478_800, 12), 480, ...steps(3_170_100, 13), 3171.4]);
      };
    });
  });

  it('hands on the very frame when nothing has taken its time, and all sound', () => {
    inVirtualTime(({ clock, out, record }) => {
      const { frames$ } = byHand(clock, record());
      const sound: PacedSample = { ...frame(0), kind: 'audio', codec: 'opus', durationUs: 20_000 };
      const frames = [frame(0), sound, sound, frame(40)];
      for (const one of frames) frames$.next(one);
      return () => expect(out.every(({ sample }, index) => sample === frames[index])).toBe(true);
    });
  });

  it('answers for a source that makes a keyframe every two seconds, and for one that has fallen silent', () => {
    inVirtualTime((time) => {
      const { out } = film(time, { keyframeEvery: 50, count: 200, requests: [3990] });
      return () => expect(out.filter(({ at }) => at === 3990)).toHaveLength(50);
    });
    for (const [ms, answered] of [
      [1240, 0],
      [1241, 1],
    ] as const) {
      inVirtualTime(({ clock, out, record, at }) => {
        const { frames$, requests$ } = byHand(clock, record());
        for (const due of [0, 500, 1000]) at(due, () => frames$.next(frame(due, { keyframe: true })));
        at(ms, () => requests$.next());
        return () => expect(out).toHaveLength(3 + answered);
      });
    }
  });

  it('expects nothing of a segment for what the one before it did', () => {
    for (const keyframe of [true, false]) {
      inVirtualTime(({ clock, out, record, at }) => {
        let unanswered = 0;
        const { frames$, requests$ } = byHand(clock, record(), () => unanswered++);
        for (const due of [0, 400, 800]) at(due, () => frames$.next(frame(due, { keyframe: true })));
        const segment = new Segment();
        at(1200, () => frames$.next(frame(1200, { keyframe, segment })));
        at(1230, () => requests$.next());
        return () => {
          expect(out).toHaveLength(keyframe ? 5 : 4);
          expect(unanswered).toBe(keyframe ? 0 : 1);
        };
      });
    }
  });

  it('has nothing to tell when nobody asked to be told', () => {
    inVirtualTime(({ clock, out, record }) => {
      const { frames$, requests$ } = byHand(clock, record());
      frames$.next(frame(0));
      requests$.next();
      return () => expect(out).toHaveLength(1);
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
