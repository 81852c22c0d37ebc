import fc from 'fast-check';
import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RxcallError } from '../../src/core/errors.ts';
import type { MediaKind, PacedSample, Sample } from '../../src/core/sample.ts';
import { broadcast } from '../../src/operators/broadcast.ts';
import { keepalive } from '../../src/operators/keepalive.ts';
import { loop } from '../../src/operators/loop.ts';
import { meter } from '../../src/operators/meter.ts';
import { mute } from '../../src/operators/mute.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { rebase } from '../../src/operators/rebase.ts';
import { reconnect } from '../../src/operators/reconnect.ts';
import { shiftAudio } from '../../src/operators/shift-audio.ts';
import { skipDuration } from '../../src/operators/skip-duration.ts';
import { stall } from '../../src/operators/stall.ts';
import { takeDuration } from '../../src/operators/take-duration.ts';
import { waitForKeyframe } from '../../src/operators/wait-for-keyframe.ts';
import { createFakeFilm, DURATION_US, type Film, type FilmOptions, nameOf } from './fake-film.ts';
import { expectClosed, expectLawful, turnedAt } from './lawful.ts';
import { type Arrival, inVirtualTime, type VirtualTime } from './virtual.ts';

/*
 * Random chains of random films: whatever is put together keeps the laws. What is to come out is known from a model, which
 * knows neither time nor back-pressure.
 */

const RUNS = Number(process.env['LAW_RUNS'] ?? 100);
const UNTIL_MS = 300_000;
/** Each opening may give one sample more than there is room for; so many openings there are at most. */
const SPARE = 12;
const KINDS = ['audio', 'video'] as const;

/** A chain as data. `pauses` are the times at which a gate is turned, first to pause. */
type Plain = 'rebase' | 'meter' | 'stall' | 'keyframe' | 'keepalive' | 'broadcast';
type Step =
  | { readonly type: Plain }
  | { readonly type: 'loop'; readonly times: number }
  | { readonly type: 'take' | 'skip' | 'shift'; readonly ms: number }
  | { readonly type: 'gate' | 'mute'; readonly turns: readonly number[] };

interface Chain {
  readonly films: readonly FilmOptions[];
  readonly openNext: 'early' | 'late';
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}

/** A sample of the model: its name, and what operators go by. */
interface Item {
  readonly name: string;
  readonly kind: MediaKind;
  readonly ptsUs: number;
  readonly keyframe: boolean;
}

/** Samples of one opening of one film, in order of pts, audio first. */
type Opening = readonly Item[];

const film = (counts: fc.Arbitrary<FilmOptions['counts']>): fc.Arbitrary<Omit<FilmOptions, 'id'>> =>
  fc.record({
    counts,
    firstKeyframe: fc.nat(4),
    delayMs: fc.integer({ min: 1, max: 300 }),
    failsAfter: fc.constant([]),
  });

const count = fc.integer({ min: 1, max: 160 });
const none = fc.constant(0);
/** All films of a chain have the same kinds of media. */
const films = fc
  .oneof(
    fc.record({ audio: count, video: none }),
    fc.record({ audio: none, video: count }),
    fc.record({ audio: count, video: count }),
  )
  .chain(({ audio, video }) =>
    fc.array(film(fc.record({ audio: audio > 0 ? count : none, video: video > 0 ? count : none })), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map((list) => list.map((one, id): FilmOptions => ({ ...one, id })));

const simple = (...types: Plain[]): fc.Arbitrary<Step> => fc.record({ type: fc.constantFrom(...types) });
const turns = fc.uniqueArray(fc.integer({ min: 0, max: 9000 }), { minLength: 2, maxLength: 6 }).map((list) => {
  const sorted = list.sort((a, b) => a - b);
  return sorted.length % 2 === 0 ? sorted : sorted.slice(1); // the last turn is to go on
});
const turned = (type: 'gate' | 'mute'): fc.Arbitrary<Step> => fc.record({ type: fc.constant(type), turns });
const anywhere = fc.oneof(simple('rebase', 'meter', 'keyframe'), turned('gate'), turned('mute'));
const cut: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('take' as const, 'skip' as const),
  ms: fc.integer({ min: 40, max: 6000 }),
});
const again: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('loop' as const),
  times: fc.integer({ min: 1, max: 3 }),
});
const shift: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('shift' as const),
  ms: fc.integer({ min: -300, max: 300 }),
});

const chainOf = (before: fc.Arbitrary<Step>, after: fc.Arbitrary<Step>, ends: readonly Plain[]): fc.Arbitrary<Chain> =>
  fc.record({
    films,
    openNext: fc.constantFrom('early' as const, 'late' as const),
    before: fc.array(before, { maxLength: 4 }).filter((steps) => passesOf(steps) <= 4),
    after: fc
      .tuple(fc.array(after, { maxLength: 3 }), fc.subarray([...ends]))
      .map(([steps, last]): Step[] => [...steps, ...last.map((type) => ({ type }))]),
  });

const passesOf = (steps: readonly Step[]): number =>
  steps.reduce((passes, step) => (step.type === 'loop' ? passes * step.times : passes), 1);

const everything = chainOf(fc.oneof(anywhere, again, cut, simple('stall')), fc.oneof(anywhere, cut), [
  'broadcast',
  'keepalive',
]);
/** Chains in which nothing is left out. */
const lossless = chainOf(
  fc.oneof(simple('rebase', 'meter', 'stall'), turned('gate'), turned('mute'), again, shift),
  fc.oneof(simple('rebase', 'meter'), turned('gate'), turned('mute')),
  ['keepalive'],
);

describe('the laws, in random chains', { timeout: 120_000 }, () => {
  it('nothing is lost or comes twice, in order; due times rise; it completes, and lets go of its sources', () => {
    fc.assert(
      fc.property(everything, (chain) => {
        fc.pre(!isAmbiguous(chain));
        inVirtualTime((time) => {
          const { out, films, completed } = run(time, chain);
          return () => {
            for (const kind of KINDS)
              expectSame(
                of(kind, out),
                modelOf(chain).filter((item) => item.kind === kind),
              );
            expectLawful(out);
            expect(completed.atMs).not.toBeNaN();
            expect(completed.atMs).toBeGreaterThanOrEqual(out.at(-1)?.at ?? 0);
            expectClosed(films);
          };
        }, UNTIL_MS);
      }),
      { numRuns: RUNS },
    );
  });

  it('no more is held than every holder may hold, paused or not', () => {
    fc.assert(
      fc.property(lossless, (chain) => {
        inVirtualTime((time) => {
          const { out, films } = run(time, chain);
          // Pace, which gets all at once what the next source of a list had waiting; a list; every gate.
          const holders = 3 + [...chain.before, ...chain.after].filter(({ type }) => type === 'gate').length;
          for (let ms = 50; ms < 60_000; ms += 370) {
            time.at(ms, () => {
              for (const kind of KINDS) {
                const read = films.reduce((sum, film) => sum + film.log.read[kind], 0);
                const held = read - of(kind, out).length;
                expect(held).toBeLessThanOrEqual(holders * 51 + SPARE);
              }
            });
          }
        }, 60_000);
      }),
      { numRuns: RUNS },
    );
  });

  it('an error comes last, behind all that was read before it', () => {
    // A gate that holds something back passes an error on at once.
    const failing = fc.tuple(
      lossless.filter(({ before, after }) => [...before, ...after].every(({ type }) => type !== 'gate')),
      fc.nat(300),
    );
    fc.assert(
      fc.property(failing, ([chain, after]) => {
        const error = new RxcallError('ERR_SOURCE_UNREADABLE', 'cut');
        const films = chain.films.map((film) => ({ ...film, failsAfter: [after], error }));
        const fails = after < films[0]!.counts.audio + films[0]!.counts.video;
        inVirtualTime((time) => {
          const { out, films: opened, completed, failed } = run(time, { ...chain, films });
          return () => {
            expectLawful(out);
            expectClosed(opened);
            if (!fails) return;
            expect(failed.errors).toEqual([error]);
            expect(completed.atMs).toBeNaN();
            expect(opened[0]!.log.read).toEqual({ audio: of('audio', out).length, video: of('video', out).length });
            expect(failed.atMs).toBeGreaterThanOrEqual(out.at(-1)?.at ?? 0);
          };
        }, UNTIL_MS);
      }),
      { numRuns: RUNS },
    );
  });

  it('unsubscribing reaches every source, and nothing is read or emitted after it', () => {
    fc.assert(
      fc.property(everything, fc.nat(6000), (chain, atMs) => {
        inVirtualTime((time) => {
          const { out, films, stop } = run(time, chain);
          let reads: number[] = [];
          time.at(atMs, () => {
            stop();
            reads = films.flatMap(({ log }) => [log.read.audio, log.read.video]);
            expectClosed(films);
          });
          return () => {
            expect(out.every((o) => o.at <= atMs)).toBe(true);
            expect(films.flatMap(({ log }) => [log.read.audio, log.read.video])).toEqual(reads);
            expectClosed(films);
          };
        }, 20_000);
      }),
      { numRuns: RUNS },
    );
  });

  it('a file of one kind that breaks off and is reconnected is as one that never did', () => {
    const breaks = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        count,
        fc.nat(4),
        breaks,
        turns,
        (kind, total, firstKeyframe, fails, pauses) => {
          inVirtualTime((time) => {
            const { clock, scheduler, out, record } = time;
            const film = createFakeFilm(
              {
                id: 0,
                counts: { audio: 0, video: 0, [kind]: total },
                firstKeyframe,
                delayMs: 40,
                failsAfter: fails,
                error: new RxcallError('ERR_SOURCE_UNREADABLE', 'cut', { retryable: true }),
              },
              scheduler,
            );
            const source = film.pipe(stall({ clock }), reconnect({ clock, jitter: 0, firstDelayMs: 100 }), loop(2));
            source.pipe(pace({ clock }), pauseGate(turnedAt(time, pauses), { clock })).subscribe(record());
            return () => {
              const pass = Array.from({ length: total }, (_, i) => `0/${i}`);
              expect(out.map((o) => nameOf(o.sample))).toEqual([...pass, ...pass]);
              expectLawful(out);
              expectClosed([film]);
            };
          }, UNTIL_MS);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

interface Run {
  readonly out: Arrival[];
  readonly films: readonly Film[];
  readonly completed: { atMs: number };
  readonly failed: { atMs: number; errors: unknown[] };
  readonly stop: () => void;
}

function run(time: VirtualTime, chain: Chain): Run {
  const { clock, out, record, scheduler } = time;
  const films = chain.films.map((options) => createFakeFilm(options, scheduler));
  const completed = { atMs: NaN };
  const failed = { atMs: NaN, errors: [] as unknown[] };
  const source: Observable<Sample> = films.length === 1 ? films[0]! : playlist(films, { openNext: chain.openNext });
  const before = chain.before.reduce((samples$, step) => samples$.pipe(operatorOf(time, step)), source);
  const paced$ = before.pipe(pace({ clock }));
  const after$ = chain.after.reduce((samples$, step) => samples$.pipe(pacedOperatorOf(time, step)), paced$);
  const subscription = after$.subscribe({
    next: record(),
    error(error: unknown) {
      failed.atMs = scheduler.now();
      failed.errors.push(error);
    },
    complete: () => (completed.atMs = scheduler.now()),
  });
  return { out, films, completed, failed, stop: () => subscription.unsubscribe() };
}

function operatorOf<T extends Sample>(time: VirtualTime, step: Step): MonoTypeOperatorFunction<T> {
  const { clock } = time;
  switch (step.type) {
    case 'rebase':
      return rebase();
    case 'meter':
      return meter(() => undefined, { clock });
    case 'stall':
      return stall({ clock });
    case 'keyframe':
      return waitForKeyframe();
    case 'loop':
      return loop(step.times);
    case 'take':
      return takeDuration(step.ms);
    case 'skip':
      return skipDuration(step.ms);
    case 'shift':
      return shiftAudio(step.ms) as MonoTypeOperatorFunction<Sample> as unknown as MonoTypeOperatorFunction<T>;
    case 'gate':
      return pauseGate<T>(turnedAt(time, step.turns), { clock });
    case 'mute':
      return mute<T>(turnedAt(time, step.turns));
    case 'keepalive':
    case 'broadcast':
      throw new Error('These want paced samples.');
  }
}

function pacedOperatorOf(time: VirtualTime, step: Step): MonoTypeOperatorFunction<PacedSample> {
  if (step.type === 'keepalive') return keepalive({ everyMs: 20, clock: time.clock });
  if (step.type === 'broadcast') return broadcast();
  return operatorOf(time, step);
}

function modelOf({ films, before, after }: Chain): Item[] {
  const openings = films.map((film): Opening => itemsOf(film));
  return [...before, ...after].reduce(applyToModel, openings).flat();
}

/**
 * Whether a cut may fall differently from the model. A kind that appears with a later film may lie beside the other one or
 * after it: only who made the chain knows. It may not be known yet that there is another kind. And when something was left
 * out before, either kind may come first.
 */
function isAmbiguous({ films, before, after }: Chain): boolean {
  let openings: readonly Opening[] = films.map((film) => itemsOf(film));
  let leftOut = false;
  for (const step of [...before, ...after]) {
    const kinds = (items: Opening): number => new Set(items.map((item) => item.kind)).size;
    const first = openings.find((items) => items.length > 0) ?? [];
    if (step.type === 'take' || step.type === 'skip') {
      if (kinds(first) < kinds(openings.flat()) || (leftOut && kinds(first) > 1)) return true;
      if (step.type === 'take' && lastToBegin(openings) >= (step.ms * 1000) / 2) return true;
    }
    leftOut ||= step.type === 'skip' || step.type === 'keyframe';
    openings = applyToModel(openings, step);
  }
  return false;
}

function lastToBegin(openings: readonly Opening[]): number {
  const begins = new Map<MediaKind, number>();
  for (const [item, atUs] of positionsOf(openings))
    begins.set(item.kind, Math.min(atUs, begins.get(item.kind) ?? atUs));
  return Math.max(0, ...begins.values());
}

function itemsOf({ id, counts, firstKeyframe }: FilmOptions): Item[] {
  const items = KINDS.flatMap((kind) =>
    Array.from({ length: counts[kind] }, (_, index): Item => ({
      name: `${id}/${index}`,
      kind,
      ptsUs: index * DURATION_US[kind],
      keyframe: kind === 'audio' || index % 5 === firstKeyframe,
    })),
  );
  return items.sort((a, b) => a.ptsUs - b.ptsUs);
}

function applyToModel(openings: readonly Opening[], step: Step): readonly Opening[] {
  if (step.type === 'loop') {
    const passes = openings.flat().length > 0 ? step.times : 1;
    // Each sample anew, so that it has a position of its own.
    return Array.from({ length: passes }, () => openings.map((items) => items.map((item) => ({ ...item })))).flat();
  }
  if (step.type === 'keyframe') return openings.map((items) => fromKeyframe(items));
  if (step.type === 'broadcast') {
    const kept = new Set(fromKeyframe(openings.flat()));
    return openings.map((items) => items.filter((item) => kept.has(item)));
  }
  if (step.type !== 'take' && step.type !== 'skip') return openings;
  const limitUs = step.ms * 1000;
  const positions = positionsOf(openings);
  if (step.type === 'take') return openings.map((items) => items.filter((item) => positions.get(item)! < limitUs));
  let begun = false;
  return openings.map((items) =>
    items.filter((item) => {
      if (positions.get(item)! < limitUs) return false;
      if (item.kind === 'video') begun ||= item.keyframe;
      return item.kind === 'audio' || begun;
    }),
  );
}

function fromKeyframe(items: readonly Item[]): Item[] {
  const first = items.findIndex((item) => item.kind === 'video' && item.keyframe);
  return items.filter((item, i) => item.kind === 'audio' || (first >= 0 && i >= first));
}

/** Where each sample lies when every opening begins where the one before it ended, in both kinds. */
function positionsOf(openings: readonly Opening[]): Map<Item, number> {
  const positions = new Map<Item, number>();
  let endUs = 0;
  for (const items of openings) {
    const startUs = endUs;
    for (const item of items) {
      const beginUs = startUs + item.ptsUs - items[0]!.ptsUs;
      positions.set(item, beginUs);
      endUs = Math.max(endUs, beginUs + DURATION_US[item.kind]);
    }
  }
  return positions;
}

/** Samples that came from a film; what keepalive puts between them has no segment. */
function of(kind: MediaKind, out: readonly Arrival[]): Arrival[] {
  return out.filter((o) => o.kind === kind && o.sample.segment !== undefined);
}

/** A sample that was muted has no name any more; all others are the ones expected. */
function expectSame(out: readonly Arrival[], items: readonly Item[]): void {
  expect(out.map((o, i) => nameOf(o.sample) ?? items[i]?.name)).toEqual(items.map((item) => item.name));
}
