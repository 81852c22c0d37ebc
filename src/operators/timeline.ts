import type { MediaClock } from '../core/media-clock.ts';
import { AUDIO_GRID_US, ceilToGrid, type MediaKind, type Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';

/**
 * One stretch of continuous pts and where it lies on the clock: `due = anchor + pts`. Audio and video of one segment
 * share it, which is what keeps lips in sync.
 */
export interface Timeline {
  /** Where pts 0 lies on the clock; undefined until the first sample is about to leave. */
  anchorUs: number | undefined;
  /** The largest end of a sample seen on it, on its own pts axis. */
  endPtsUs: number;
  /** Where the segment goes on after its pts jumped. */
  next: Timeline | undefined;
  /** The one that some kind is on before it; undefined when none is. */
  previous: Timeline | undefined;
  /** Kinds of media seen on it. */
  readonly kinds: Set<MediaKind>;
  /** True while its segment is frozen, or the one it follows. */
  readonly frozen: boolean;
  /** It begins where `before` ends, wherever that moves to, until it has begun. */
  follow(before: Timeline): void;
  begin(): void;
  /** The one that follows. */
  follower: Timeline | undefined;
  /** Moves everything that is still to come later, by at least `byUs`, in steps of the grid. */
  postpone(byUs: number): void;
  /** Counts users; the last release stops watching the segment. */
  retain(): void;
  release(): void;
}

/** The timelines of the segments a pace has in hand: a few at most. */
export interface Timelines {
  /** The timeline on which the first sample of `segment`, of one kind, belongs. */
  of(segment: Segment | undefined): Timeline;
  /** The timeline that follows `timeline` after a jump in pts; both kinds find the same one. */
  after(timeline: Timeline, sample: Sample): Timeline;
  clear(): void;
}

/** Calls `changed` whenever a segment was frozen or thawed, for then due times have changed. */
export function createTimelines(clock: MediaClock, changed: () => void): Timelines {
  const present = new Map<Segment | undefined, Timeline>();
  const unwatch = new Map<Timeline, () => void>();

  function create(segment: Segment | undefined): Timeline {
    let frozenAtUs = segment?.frozen ? clock.nowUs() : undefined;
    let users = 0;
    let leader: Timeline | undefined;
    const timeline: Timeline = {
      anchorUs: undefined,
      endPtsUs: -Infinity,
      next: undefined,
      previous: undefined,
      kinds: new Set(),
      follower: undefined,
      get frozen() {
        return frozenAtUs !== undefined || (leader?.frozen ?? false);
      },
      follow(before) {
        leader = before;
        before.follower = timeline;
      },
      begin() {
        if (leader) leader.follower = undefined;
        leader = undefined;
        timeline.previous = undefined;
      },
      postpone(byUs) {
        if (timeline.anchorUs !== undefined) timeline.anchorUs += ceilToGrid(byUs, AUDIO_GRID_US);
        timeline.follower?.postpone(byUs);
      },
      retain() {
        users++;
      },
      release() {
        if (--users === 0) forget(segment, timeline);
      },
    };
    const watcher = {
      froze() {
        frozenAtUs = clock.nowUs();
        changed();
      },
      thawed() {
        if (frozenAtUs !== undefined) timeline.postpone(clock.nowUs() - frozenAtUs);
        frozenAtUs = undefined;
        changed();
      },
    };
    segment?.watch(watcher);
    unwatch.set(timeline, () => segment?.unwatch(watcher));
    return timeline;
  }

  function forget(segment: Segment | undefined, timeline: Timeline): void {
    unwatch.get(timeline)?.();
    unwatch.delete(timeline);
    if (present.get(segment) === timeline) present.delete(segment);
  }

  return {
    of(segment) {
      let timeline = present.get(segment);
      if (!timeline) present.set(segment, (timeline = create(segment)));
      return timeline;
    },
    after(timeline, sample) {
      timeline.next ??= create(sample.segment);
      present.set(sample.segment, timeline.next);
      return timeline.next;
    },
    clear() {
      for (const stop of unwatch.values()) stop();
      unwatch.clear();
      present.clear();
    },
  };
}
