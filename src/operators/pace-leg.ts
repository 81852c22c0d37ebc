import type { Logger } from '../core/logger.ts';
import { AUDIO_GRID_US, ceilToGrid, type MediaKind, type Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import type { Timeline, Timelines } from './timeline.ts';

/** A step forward of more than this within one segment is not waited for: what follows joins on. */
const MAX_JUMP_US = 5_000_000;
/** Up to here a late timer is made up for by sending at once; beyond it the rest is moved. */
const MAX_TIMER_LAG_US = 2_000_000;
/** A source that is silent longer than this has lost that time; what follows does not catch up. */
const MAX_SOURCE_LAG_US = 200_000;

/** From the sample numbered `first` on, a leg lies on `timeline`. */
interface Break {
  readonly first: number;
  readonly timeline: Timeline;
}

/** One kind of media inside {@link pace}: what waits, and on which timeline. */
export class PaceLeg {
  readonly #kind: MediaKind;
  readonly #timelines: Timelines;
  readonly #logger: Logger;
  readonly #queue = new SampleQueue();
  readonly #breaks: Break[] = [];
  #endUs = 0;
  /** Samples are numbered as they come: how many came, how many left. */
  #pushed = 0;
  #left = 0;
  /** The number of the first one on another timeline than the head's; -1 when there is none. Asked for every sample. */
  #nextBreak = -1;
  /** Where the head lies; the newest sample may lie on a later one. */
  #current: Timeline | undefined;
  #newest: Timeline | undefined;
  #last: Sample | undefined;
  /** The number of the first sample after a silence. */
  #opener = -1;

  constructor(kind: MediaKind, timelines: Timelines, logger: Logger) {
    this.#kind = kind;
    this.#timelines = timelines;
    this.#logger = logger;
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** When the last sample that left ends, in clock time. */
  get endUs(): number {
    return this.#endUs;
  }

  push(sample: Sample): void {
    const timeline = this.#place(sample);
    timeline.note(this.#kind, endOf(sample));
    if (timeline !== this.#newest) this.#break(timeline, sample);
    if (this.empty) this.#makeUpForSilence(timeline, sample);
    this.#last = sample;
    this.#pushed++;
    this.#queue.push(sample);
  }

  head(): Sample | undefined {
    return this.#queue.peek();
  }

  /** When the head is due, which is never while its segment is frozen. */
  dueUs(nowUs: number): number {
    const sample = this.#queue.peek();
    if (!sample) return Infinity;
    const timeline = this.#left === this.#nextBreak ? this.#enterTimeline(sample, nowUs) : this.#current;
    if (!timeline || timeline.frozen) return Infinity;
    const lagUs = nowUs - timeline.dueUs(sample.ptsUs);
    if (lagUs > MAX_TIMER_LAG_US) this.#catchUp(timeline, lagUs);
    return timeline.dueUs(sample.ptsUs);
  }

  /** True for a sample that opens a silent line: it may leave before the grid point it belongs to. */
  mayLeave(dueUs: number, nowUs: number): boolean {
    return dueUs <= nowUs || this.#opener === this.#left;
  }

  /** The head was handed on with `dueUs`: lets go of it. */
  shift(dueUs: number): void {
    this.#endUs = dueUs + this.#queue.peek()!.durationUs;
    this.#current!.begin();
    this.#left++;
    this.#queue.shift();
  }

  clear(): void {
    this.#queue.clear();
  }

  #place(sample: Sample): Timeline {
    const [newest, last] = [this.#newest, this.#last];
    if (!newest || !last || last.segment !== sample.segment) return this.#timelines.of(sample.segment);
    const step = sample.ptsUs - last.ptsUs;
    // With two kinds a hole in one of them is media: the other one goes on meanwhile.
    const jumped = !newest.hasBoth && step - last.durationUs > MAX_JUMP_US;
    return step <= 0 || jumped ? this.#timelines.after(newest) : newest;
  }

  #break(timeline: Timeline, sample: Sample): void {
    const newest = this.#newest;
    timeline.previous ??= newest;
    if (newest?.anchored) joinAfter(newest, timeline, sample, newest.dueUs(endOf(this.#last!)));
    timeline.retain();
    this.#breaks.push({ first: this.#pushed, timeline });
    this.#nextBreak = this.#breaks[0]!.first;
    this.#newest = timeline;
  }

  #makeUpForSilence(timeline: Timeline, sample: Sample): void {
    if (!timeline.anchored || timeline.frozen) return;
    const lagUs = this.#timelines.clock.nowUs() - timeline.dueUs(sample.ptsUs);
    if (lagUs <= MAX_SOURCE_LAG_US) return;
    timeline.postpone(lagUs);
    this.#logger.warn(
      { kind: this.#kind, lateMs: lagUs / 1000 },
      'the source was silent: what follows leaves as much later',
    );
  }

  /**
   * The timeline that the head opens, if it may: while time stands still, no other segment begins; one that is live does not
   * wait for the one before it.
   */
  #enterTimeline(sample: Sample, nowUs: number): Timeline | undefined {
    const { timeline } = this.#breaks[0]!;
    const before = this.#current;
    const previous = before ?? timeline.previous;
    if (timeline.frozen || (previous?.frozen && !sample.segment?.live)) return undefined;
    this.#breaks.shift();
    this.#nextBreak = this.#breaks[0]?.first ?? -1;
    this.#current = timeline;
    if (!timeline.anchored) this.#anchor(timeline, sample, nowUs, previous);
    else if (before) joinAfter(before, timeline, sample, this.#endUs);
    before?.release();
    return timeline;
  }

  /** A new timeline starts where the one before it ends, in both kinds, or now. */
  #anchor(timeline: Timeline, sample: Sample, nowUs: number, before: Timeline | undefined): void {
    const beforeEndUs = before?.endUs ?? 0;
    const startUs = Math.max(nowUs, this.#endUs, beforeEndUs);
    if (startUs === nowUs) this.#opener = this.#left;
    else if (before && startUs === beforeEndUs) timeline.follow(before);
    const { ptsUs, segment } = sample;
    const dueUs = ceilToGrid(startUs, AUDIO_GRID_US, this.#timelines.clock.gridOffsetUs);
    timeline.anchor(ptsUs, dueUs);
    this.#logger.debug(
      { kind: this.#kind, ptsUs, reason: segment?.reason, inMs: (dueUs - nowUs) / 1000 },
      'a timeline is anchored',
    );
  }

  #catchUp(timeline: Timeline, lagUs: number): void {
    timeline.postpone(lagUs);
    this.#logger.warn(
      { kind: this.#kind, lateMs: lagUs / 1000 },
      'a timer was late, so the process stood still: what follows leaves later',
    );
  }
}

/**
 * The other kind may have begun the new timeline already, with less of its own to wait for. Then both move on: this kind
 * does not begin before it has ended, nor more than a frame before the other one has.
 */
function joinAfter(before: Timeline, timeline: Timeline, sample: Sample, ownEndUs: number): void {
  if (before.endUs === undefined || !timeline.anchored) return;
  const startUs = Math.max(ownEndUs, before.endUs - AUDIO_GRID_US);
  const overlapUs = startUs - timeline.dueUs(sample.ptsUs);
  if (overlapUs > 0) timeline.postpone(overlapUs);
}

function endOf(sample: Sample): number {
  return sample.ptsUs + sample.durationUs;
}
