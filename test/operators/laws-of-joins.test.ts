import fc from 'fast-check';
import { type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RxcallError } from '../../src/core/errors.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import type { Segment } from '../../src/core/segment.ts';
import { answerKeyframeRequests } from '../../src/operators/answer-keyframe-requests.ts';
import { failover } from '../../src/operators/failover.ts';
import { keepalive } from '../../src/operators/keepalive.ts';
import { mixTracks } from '../../src/operators/mix-tracks.ts';
import { mute } from '../../src/operators/mute.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { seekRestart } from '../../src/operators/seek-restart.ts';
import { switchSource } from '../../src/operators/switch-source.ts';
import { createFakeFilm, type Film, type FilmOptions, nameOf } from './fake-film.ts';
import { expectClosed, expectLawful, turnedAt } from './lawful.ts';
import { type Arrival, inVirtualTime, type VirtualTime } from './virtual.ts';

/*
 * Where several sources meet, what comes out depends on time, and no simple model knows it. The laws hold all the same: due
 * times rise, each opening plays in order and nothing of it twice, an end is told once, and every source is let go of.
 */

const RUNS = Number(process.env['LAW_RUNS'] ?? 60);
const UNTIL_MS = 120_000;
/** What is sent again for a picture lies between two frames; this much is still a step in RTP. */
const REPEATED_STEP_MS = 0.09;

interface Meeting {
  readonly how: 'mix' | 'switch' | 'seek' | 'failover';
  readonly films: readonly FilmOptions[];
  /** When the next film is put on, or another position asked for. */
  readonly times: readonly number[];
  readonly pauses: readonly number[];
  readonly mutes: readonly number[];
  readonly requests: readonly number[];
}

const count = fc.integer({ min: 1, max: 160 });
const film = fc.record({
  counts: fc.record({ audio: count, video: count }),
  firstKeyframe: fc.nat(4),
  delayMs: fc.integer({ min: 1, max: 300 }),
  failsAfter: fc.array(fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }), { maxLength: 3 }),
});
const films = fc
  .array(film, { minLength: 2, maxLength: 3 })
  .map((list) => list.map((one, id): FilmOptions => ({ ...one, id })));
const momentsOf = (max: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 1, max: 6000 }), { maxLength: max }).map((list) => list.sort((a, b) => a - b));
const meetings: fc.Arbitrary<Meeting> = fc.record({
  how: fc.constantFrom('mix', 'switch', 'seek', 'failover'),
  films,
  times: momentsOf(5),
  pauses: momentsOf(4).map((list) => list.slice(list.length % 2)),
  mutes: momentsOf(3),
  requests: momentsOf(3),
});

describe('the laws, where sources meet', { timeout: 120_000 }, () => {
  it('due times rise, openings play in order and nothing twice, there is one end, and all is let go of', () => {
    fc.assert(
      fc.property(meetings, (meeting) => {
        inVirtualTime((time) => {
          const { out, films, ends } = run(time, meeting);
          return () => {
            expectLawful(out, REPEATED_STEP_MS);
            expectOrder(out);
            expect(ends.length).toBeLessThanOrEqual(1);
            // A failover goes on trying for ever.
            if (meeting.how !== 'failover') expect(ends).toHaveLength(1);
            if (ends.length > 0) expectClosed(films);
          };
        }, UNTIL_MS);
      }),
      { numRuns: RUNS },
    );
  });

  it('unsubscribing reaches every source, and nothing is read or emitted after it', () => {
    fc.assert(
      fc.property(meetings, fc.nat(6000), (meeting, atMs) => {
        inVirtualTime((time) => {
          const { out, films, ends, stop } = run(time, meeting);
          const readsOf = (): number[] => films.flatMap(({ log }) => [log.read.audio, log.read.video]);
          let reads: number[] = [];
          let ended = 0;
          time.at(atMs, () => {
            stop();
            reads = readsOf();
            ended = ends.length;
            expectClosed(films);
          });
          return () => {
            expect(out.every((arrival) => arrival.at <= atMs)).toBe(true);
            expect(readsOf()).toEqual(reads);
            expect(ends).toHaveLength(ended);
            expectClosed(films);
          };
        }, 20_000);
      }),
      { numRuns: RUNS },
    );
  });
});

interface Run {
  readonly out: readonly Arrival[];
  readonly films: readonly Film[];
  readonly ends: readonly string[];
  readonly stop: () => void;
}

function run(time: VirtualTime, meeting: Meeting): Run {
  const { clock, out, record, scheduler, at } = time;
  const error = new RxcallError('ERR_SOURCE_UNREADABLE', 'cut', { retryable: true });
  const films = meeting.films.map((options) => createFakeFilm({ ...options, error }, scheduler));
  const requests$ = new Subject<void>();
  for (const ms of meeting.requests) at(ms, () => requests$.next());
  const ends: string[] = [];
  const subscription = meetingOf(time, meeting, films)
    .pipe(
      pauseGate(turnedAt(time, meeting.pauses), { clock }),
      mute(turnedAt(time, meeting.mutes)),
      answerKeyframeRequests(requests$, { clock }),
      keepalive({ everyMs: 200, clock }),
    )
    .subscribe({ next: record(), error: () => ends.push('error'), complete: () => ends.push('complete') });
  return { out, films, ends, stop: () => subscription.unsubscribe() };
}

function meetingOf(time: VirtualTime, { how, times }: Meeting, films: readonly Film[]): Observable<PacedSample> {
  const { clock } = time;
  const [first, second] = films as [Film, Film];
  if (how === 'mix') return mixTracks(first, second).pipe(pace({ clock }));
  if (how === 'failover') return failover(films, { clock, openMs: 500, stallMs: 500, probeMs: 300, failbackMs: 900 });
  if (how === 'switch') {
    const paced = films.map((film) => film.pipe(pace({ clock })));
    return momentsIn(time, times, (index) => paced[index % paced.length]!).pipe(switchSource());
  }
  const position = (index: number): number => (index * 700) % 2000;
  return momentsIn(time, times, position).pipe(
    seekRestart((startMs) => first.open({ startMs, reason: 'seek' }).pipe(pace({ clock }))),
  );
}

/** One value at once, one at each of the times, and then the end. */
function momentsIn<T>({ at }: VirtualTime, times: readonly number[], valueOf: (index: number) => T): Observable<T> {
  const values$ = new Subject<T>();
  at(0, () => values$.next(valueOf(0)));
  times.forEach((ms, index) => at(ms, () => values$.next(valueOf(index + 1))));
  at((times.at(-1) ?? 0) + 1, () => values$.complete());
  return values$;
}

/** Of each opening, samples of a kind come in order, and none twice: but for video that was asked for again. */
function expectOrder(out: readonly Arrival[]): void {
  const last = new Map<Segment, number>();
  const seen = new Set<string>();
  for (const { sample, kind, pts } of out) {
    if (!sample.segment || kind === 'video') continue;
    expect(pts).toBeGreaterThan(last.get(sample.segment) ?? -Infinity);
    last.set(sample.segment, pts);
    const name = nameOf(sample);
    if (name === undefined) continue;
    expect(seen.has(`${name} ${idOf(sample.segment)}`)).toBe(false);
    seen.add(`${name} ${idOf(sample.segment)}`);
  }
}

const ids = new WeakMap<Segment, number>();
let nextId = 0;
function idOf(segment: Segment): number {
  if (!ids.has(segment)) ids.set(segment, nextId++);
  return ids.get(segment)!;
}
