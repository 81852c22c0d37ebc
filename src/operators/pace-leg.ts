import type { Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { AUDIO_GRID_US, ceilToGrid, type MediaKind, type Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import type { Timeline, Timelines } from './timeline.ts';

/** A step forward of more than this within one segment is not waited for: what follows joins on. */
const MAX_JUMP_US = 5_000_000;
/** Up to here a late timer is made up for by sending at once; beyond it the rest is moved. */
const MAX_TIMER_LAG_US = 2_000_000;
/** A source that is silent longer than this has lost that time; what follows does not catch up. */
const MAX_SOURCE_LAG_US = 200_000;

/** One kind of media inside {@link pace}: what waits, and on which timeline. */
export interface PaceLeg {
  readonly empty: boolean;
  /** When the last sample that left ends, in clock time. */
  readonly endUs: number;
  push(sample: Sample): void;
  head(): Sample | undefined;
  /** When the head is due, which is never while its segment is frozen. */
  dueUs(nowUs: number): number;
  /** True for a sample that opens a silent line: it may leave before the grid point it belongs to. */
  mayLeave(dueUs: number, nowUs: number): boolean;
  /** The head was handed on with `dueUs`: lets go of it. */
  shift(dueUs: number): void;
  clear(): void;
}

/** From the sample numbered `first` on, a leg lies on `timeline`. */
interface Break {
  readonly first: number;
  readonly timeline: Timeline;
}

export function createPaceLeg(kind: MediaKind, timelines: Timelines, clock: MediaClock, logger: Logger): PaceLeg {
  const queue = new SampleQueue();
  const breaks: Break[] = [];
  let endUs = 0;
  /** Samples are numbered as they come: how many came, how many left. */
  let pushed = 0;
  let left = 0;
  /** Where the head lies; the newest sample may lie on a later one. */
  let current: Timeline | undefined;
  let newest: Timeline | undefined;
  let last: Sample | undefined;
  /** The number of the first sample after a silence. */
  let opener = -1;

  function push(sample: Sample): void {
    const timeline = place(sample);
    timeline.kinds.add(kind);
    timeline.endPtsUs = Math.max(timeline.endPtsUs, endOf(sample));
    if (timeline !== newest) {
      timeline.previous ??= newest;
      if (newest?.anchorUs !== undefined) joinAfter(newest, timeline, sample, newest.anchorUs + endOf(last!));
      timeline.retain();
      breaks.push({ first: pushed, timeline });
      newest = timeline;
    }
    if (queue.length === 0) makeUpForSilence(timeline, sample);
    last = sample;
    pushed++;
    queue.push(sample);
  }

  function place(sample: Sample): Timeline {
    if (!newest || !last || last.segment !== sample.segment) return timelines.of(sample.segment);
    const step = sample.ptsUs - last.ptsUs;
    // With two kinds a hole in one of them is media: the other one goes on meanwhile.
    const jumped = newest.kinds.size < 2 && step - last.durationUs > MAX_JUMP_US;
    return step <= 0 || jumped ? timelines.after(newest, sample) : newest;
  }

  function makeUpForSilence(timeline: Timeline, sample: Sample): void {
    if (timeline.anchorUs === undefined || timeline.frozen) return;
    const lagUs = clock.nowUs() - (timeline.anchorUs + sample.ptsUs);
    if (lagUs <= MAX_SOURCE_LAG_US) return;
    timeline.postpone(lagUs);
    logger.warn({ kind, lateMs: lagUs / 1000 }, 'the source was silent: what follows leaves as much later');
  }

  /** While time stands still, no other segment begins; one that is live does not wait for the one before it. */
  function waitsForThaw(sample: Sample): boolean {
    const next = breaks[0];
    if (next?.first !== left) return false;
    const before = current ?? next.timeline.previous;
    return next.timeline.frozen || (before !== undefined && before.frozen && !sample.segment?.live);
  }

  function enterTimeline(sample: Sample, nowUs: number): Timeline {
    if (breaks[0]?.first !== left) return current!;
    const { timeline } = breaks.shift()!;
    const before = current;
    current = timeline;
    if (timeline.anchorUs === undefined) anchor(timeline, sample, nowUs, before ?? timeline.previous);
    else if (before) joinAfter(before, timeline, sample, endUs);
    before?.release();
    return timeline;
  }

  /** A new timeline starts where the one before it ends, in both kinds, or now. */
  function anchor(timeline: Timeline, sample: Sample, nowUs: number, before: Timeline | undefined): void {
    const beforeEndUs = before?.anchorUs === undefined ? 0 : before.anchorUs + before.endPtsUs;
    const startUs = Math.max(nowUs, endUs, beforeEndUs);
    if (startUs === nowUs) opener = left;
    else if (before && startUs === beforeEndUs) timeline.follow(before);
    const dueUs = ceilToGrid(startUs, AUDIO_GRID_US, clock.gridOffsetUs);
    timeline.anchorUs = dueUs - sample.ptsUs;
    const { ptsUs, segment } = sample;
    logger.debug({ kind, ptsUs, reason: segment?.reason, inMs: (dueUs - nowUs) / 1000 }, 'a timeline is anchored');
  }

  /**
   * The other kind may have begun the new timeline already, with less of its own to wait for. Then both move on: this kind
   * does not begin before it has ended, nor more than a frame before the other one has.
   */
  function joinAfter(before: Timeline, timeline: Timeline, sample: Sample, ownEndUs: number): void {
    if (before.anchorUs === undefined || timeline.anchorUs === undefined) return;
    const startUs = Math.max(ownEndUs, before.anchorUs + before.endPtsUs - AUDIO_GRID_US);
    const overlapUs = startUs - (timeline.anchorUs + sample.ptsUs);
    if (overlapUs > 0) timeline.postpone(overlapUs);
  }

  function dueUs(nowUs: number): number {
    const sample = queue.peek();
    if (!sample) return Infinity;
    if (waitsForThaw(sample)) return Infinity;
    const timeline = enterTimeline(sample, nowUs);
    if (timeline.frozen || timeline.anchorUs === undefined) return Infinity;
    const lagUs = nowUs - (timeline.anchorUs + sample.ptsUs);
    if (lagUs > MAX_TIMER_LAG_US) catchUp(timeline, lagUs);
    return timeline.anchorUs + sample.ptsUs;
  }

  function catchUp(timeline: Timeline, lagUs: number): void {
    timeline.postpone(lagUs);
    logger.warn(
      { kind, lateMs: lagUs / 1000 },
      'a timer was late, so the process stood still: what follows leaves later',
    );
  }

  return {
    get empty() {
      return queue.length === 0;
    },
    get endUs() {
      return endUs;
    },
    push,
    head: () => queue.peek(),
    dueUs,
    mayLeave: (due, nowUs) => due <= nowUs || opener === left,
    shift(due) {
      endUs = due + queue.peek()!.durationUs;
      current!.begin();
      left++;
      queue.shift();
    },
    clear: () => queue.clear(),
  };
}

function endOf(sample: Sample): number {
  return sample.ptsUs + sample.durationUs;
}
