import { defer, map, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type MediaClock, schedulerClock } from '../core/media-clock.ts';
import type { MediaKind, PacedSample, Sample } from '../core/sample.ts';
import { type BreakReason, Segment } from '../core/segment.ts';
import { compareTimelines, type SeenSample } from './marble-diff.ts';

/** One character of a marble diagram, in milliseconds: the length of an Opus frame. */
export const MARBLE_MS = 20;

/** What the letters of {@link MarbleHelpers.samples} stand for. */
export interface MarbleSampleOptions {
  /** How long each sample lasts, in milliseconds. Default 20, one character. */
  durationMs?: number | undefined;
  /** Media time of the first sample, in milliseconds. Default 0. */
  startMs?: number | undefined;
  /** Letters of video samples that are keyframes. Default: all of them. */
  keyframes?: string | undefined;
  /** Default false. */
  live?: boolean | undefined;
  reason?: BreakReason | undefined;
}

/** Samples, with the times at which they were subscribed to and let go, for `expectSubscriptions`. */
export interface MarbleSamples extends Observable<Sample> {
  readonly subscriptions: Parameters<TestScheduler['expectSubscriptions']>[0];
}

/** What {@link MarbleHelpers.expectSamples} returns. */
export interface SampleExpectation {
  /**
   * Compares with a marble diagram. Letters stand for the samples that {@link MarbleHelpers.samples} made of them, by kind,
   * pts, duration and keyframe; `s` stands for 20 ms or more of Opus silence. `error` is compared with `#`.
   */
  toBe(marbles: string, options?: { error?: unknown; breaks?: string | undefined }): void;
}

/** What a marble test is written with. */
export interface MarbleHelpers {
  /** A cold Observable of values, as in RxJS. */
  cold<T>(marbles: string, values?: Record<string, T>, error?: unknown): Observable<T>;
  /** A hot Observable of values, as in RxJS. */
  hot<T>(marbles: string, values?: Record<string, T>, error?: unknown): Observable<T>;
  /**
   * Samples from a marble diagram: a lower-case letter is an audio sample, an upper-case one a frame of video. Their pts
   * follow one another by `durationMs`, per kind. Each subscription has a segment of its own.
   */
  samples(marbles: string, options?: MarbleSampleOptions & { error?: unknown }): MarbleSamples;
  /** What an Observable of samples emits, from `subscription` on if given; checked when the callback has returned. */
  expectSamples(actual: Observable<Sample>, subscription?: string): SampleExpectation;
  expectObservable: TestScheduler['expectObservable'];
  expectSubscriptions: TestScheduler['expectSubscriptions'];
  /** The media clock of the virtual time: give it to every operator that takes one. */
  clock: MediaClock;
  /** Runs `task` at a virtual time, in milliseconds. */
  at(ms: number, task: () => void): void;
  scheduler: TestScheduler;
}

/**
 * Runs a marble test in virtual time: `TestScheduler.run` for media. **One character is 20 ms.**
 *
 * @example
 * runMarbles(({ samples, cold, expectSamples }) => {
 *   const source = samples('   -a-b-c-d-|');
 *   const muted$ = cold('      --t---f---', { t: true, f: false });
 *   expectSamples(source.pipe(mute(muted$))).toBe('-a-s-s-d-|');
 * });
 */
export function runMarbles(test: (helpers: MarbleHelpers) => void): void {
  const known = new Map<string, SeenSample>();
  const scheduler = new TestScheduler((actual, expected) => compareTimelines(actual, expected, MARBLE_MS));

  scheduler.run(({ cold, hot, expectObservable, expectSubscriptions }) => {
    // Marbles are parsed by it, and run() restores it; there is no other way to say how long a character is.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    TestScheduler.frameTimeFactor = MARBLE_MS;

    function samples(marbles: string, options: MarbleSampleOptions & { error?: unknown } = {}): MarbleSamples {
      const values = sampleValues(lettersOf(marbles), options);
      for (const [letter, sample] of Object.entries(values)) known.set(letter, { letter, ...timesOf(sample) });
      const bare$ = cold(marbles, values, options.error);
      const source$ = defer(() => {
        const segment = new Segment({ live: options.live, reason: options.reason });
        return bare$.pipe(map((sample) => ({ ...sample, segment })));
      });
      return Object.assign(source$, { subscriptions: bare$.subscriptions });
    }

    function expectSamples(actual: Observable<Sample>, subscription?: string): SampleExpectation {
      return {
        toBe(marbles, { error, breaks } = {}) {
          const seen$ = actual.pipe(map(reduceSample(breaks !== undefined)));
          expectObservable(seen$, subscription).toBe(marbles, expectedValues(marbles, known, breaks), error);
        },
      };
    }

    test({
      cold: cold as MarbleHelpers['cold'],
      hot: hot as MarbleHelpers['hot'],
      samples,
      expectSamples,
      expectObservable: expectObservable,
      expectSubscriptions: expectSubscriptions,
      clock: schedulerClock(scheduler),
      at: (ms, task) => void scheduler.schedule(task, ms),
      scheduler,
    });
  });
}

/** The letters of a diagram, without those of time steps such as `40ms`. */
function lettersOf(marbles: string): string[] {
  return marbles.replace(/\b[\d.]+(ms|s|m)\b/g, '').match(/[a-zA-Z]/g) ?? [];
}

function sampleValues(letters: readonly string[], options: MarbleSampleOptions): Record<string, Sample> {
  const { durationMs = MARBLE_MS, startMs = 0, keyframes } = options;
  const next: Record<MediaKind, number> = { audio: startMs * 1000, video: startMs * 1000 };
  const values: Record<string, Sample> = {};
  for (const letter of letters) {
    if (values[letter]) throw new Error(`Each letter names one sample: '${letter}' stands twice.`);
    if (letter === 's') throw new Error("The letter 's' stands for silence: name the sample otherwise.");
    const kind = letter === letter.toLowerCase() ? 'audio' : 'video';
    values[letter] = {
      kind,
      codec: kind === 'audio' ? 'opus' : 'vp8',
      data: Uint8Array.of(letter.charCodeAt(0)),
      ptsUs: next[kind],
      durationUs: durationMs * 1000,
      keyframe: kind === 'audio' || keyframes === undefined || keyframes.includes(letter),
    };
    next[kind] += durationMs * 1000;
  }
  return values;
}

function timesOf(sample: Sample): Omit<SeenSample, 'letter'> {
  return {
    kind: sample.kind,
    ptsMs: sample.ptsUs / 1000,
    durationMs: sample.durationUs / 1000,
    keyframe: sample.keyframe,
  };
}

function reduceSample(withBreaks: boolean): (sample: Sample | PacedSample) => SeenSample {
  const last: Partial<Record<MediaKind, Segment | undefined>> = {};
  return (sample) => {
    const letter = letterOf(sample);
    const broken = sample.kind in last && last[sample.kind] !== sample.segment;
    last[sample.kind] = sample.segment;
    const seen: SeenSample = letter === 's' ? { letter } : { letter, ...timesOf(sample) };
    return withBreaks ? { ...seen, break: broken } : seen;
  };
}

/** A marble sample holds its letter; anything else in an audio sample is silence. */
function letterOf(sample: Sample): string {
  return sample.data.length === 1 ? String.fromCharCode(sample.data[0]!) : 's';
}

function expectedValues(
  marbles: string,
  known: ReadonlyMap<string, SeenSample>,
  breaks: string | undefined,
): Record<string, SeenSample> {
  const values: Record<string, SeenSample> = {};
  for (const letter of lettersOf(marbles)) {
    const seen = known.get(letter) ?? { letter };
    values[letter] = breaks === undefined ? seen : { ...seen, break: breaks.includes(letter) };
  }
  return values;
}
