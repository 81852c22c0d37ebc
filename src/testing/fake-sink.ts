import type { Observer } from 'rxjs';
import type { MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import { AUDIO_GRID_US, type MediaKind, type PacedSample } from '../core/sample.ts';
import { toSamples } from '../sinks/webrtc-track.ts';

/** How {@link createFakeSink} receives. */
export interface FakeSinkOptions {
  /** The clock that paced the samples. Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** One sample, and when it came. */
export interface ReceivedSample {
  readonly sample: PacedSample;
  /** On the clock of the sink, in microseconds. */
  readonly atUs: number;
}

/** A sink that keeps what it gets. Give it to `subscribe`. */
export interface FakeSink extends Observer<PacedSample> {
  readonly received: readonly ReceivedSample[];
  /** Samples of one kind. */
  of(kind: MediaKind): readonly ReceivedSample[];
  /** How it ended; undefined while it goes on. */
  readonly end: 'complete' | 'error' | undefined;
  /** The error that ended it. */
  readonly cause: unknown;
  /**
   * What no track could send as it came, in words: samples of one kind that overlap in time or step back, samples more than
   * a grid step early, anything after the end. Empty when all is well.
   */
  readonly problems: readonly string[];
}

/** A sample may come this much before it is due: a step of the grid of audio. */
const EARLY_US = AUDIO_GRID_US;

/**
 * A sink that takes samples as a track does, keeps them, and notices what a track could not have sent.
 *
 * @example
 * const sink = createFakeSink();
 * source.pipe(pace(), mute(muted$)).subscribe(sink);
 */
export function createFakeSink({ clock = processClock }: FakeSinkOptions = {}): FakeSink {
  const received: ReceivedSample[] = [];
  const problems: string[] = [];
  const takenUs: Partial<Record<MediaKind, number>> = {};
  let end: FakeSink['end'];
  let cause: unknown;
  const sink = toSamples(receive);

  function receive(sample: PacedSample): void {
    const atUs = clock.nowUs();
    received.push({ sample, atUs });
    const { kind, dueUs, durationUs } = sample;
    const name = `${kind} sample due at ${dueUs / 1000} ms`;
    if (end !== undefined) problems.push(`${name} came after the end`);
    if (dueUs - atUs > EARLY_US) problems.push(`${name} came ${(dueUs - atUs) / 1000} ms early`);
    const freeUs = takenUs[kind] ?? -Infinity;
    if (dueUs < freeUs) problems.push(`${name} has a time that is taken up to ${freeUs / 1000} ms`);
    // A frame is shown until the next one comes, however long it was to last.
    takenUs[kind] = Math.max(freeUs, dueUs + (kind === 'audio' ? durationUs : 1));
  }

  return {
    received,
    problems,
    of: (kind) => received.filter(({ sample }) => sample.kind === kind),
    get end() {
      return end;
    },
    get cause() {
      return cause;
    },
    next: (sample) => sink.next?.(sample),
    error(error) {
      end = 'error';
      cause = error;
      sink.complete?.();
    },
    complete() {
      end = 'complete';
      sink.complete?.();
    },
  };
}
