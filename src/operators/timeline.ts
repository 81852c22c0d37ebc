import type { MediaClock } from '../core/media-clock.ts';
import { AUDIO_GRID_US, ceilToGrid, type MediaKind } from '../core/sample.ts';
import type { FreezeWatcher, Segment } from '../core/segment.ts';

/**
 * One stretch of continuous pts and where it lies on the clock: `due = anchor + pts`. Audio and video of one segment
 * share it, which is what keeps lips in sync.
 */
export class Timeline implements FreezeWatcher {
  readonly segment: Segment | undefined;
  /** The largest end of a sample seen on it, on its own pts axis. */
  endPtsUs: number = -Infinity;
  /** Where the segment goes on after its pts jumped. */
  next: Timeline | undefined;
  /** The one that some kind is on before it; undefined when none is. */
  previous: Timeline | undefined;
  readonly #owner: Timelines;
  /** Where pts 0 lies on the clock, if {@link anchored}. */
  #anchorUs = 0;
  #anchored = false;
  #frozenAtUs: number | undefined;
  /** It begins where this one ends, wherever that moves to, until it has begun; and the one that does so after itself. */
  #leader: Timeline | undefined;
  #follower: Timeline | undefined;
  #hasAudio = false;
  #hasVideo = false;
  #users = 0;

  constructor(owner: Timelines, segment: Segment | undefined) {
    this.#owner = owner;
    this.segment = segment;
  }

  /** Follows its segment from now on, when it stops and when it goes on. */
  watch(): void {
    this.#frozenAtUs = this.segment?.frozen ? this.#owner.clock.nowUs() : undefined;
    this.segment?.watch(this);
  }

  unwatch(): void {
    this.segment?.unwatch(this);
  }

  /** False until the first sample is about to leave. */
  get anchored(): boolean {
    return this.#anchored;
  }

  /** True while its segment is frozen, or the one it follows. */
  get frozen(): boolean {
    return this.#frozenAtUs !== undefined || (this.#leader?.frozen ?? false);
  }

  /** Whether both kinds of media were seen on it. */
  get hasBoth(): boolean {
    return this.#hasAudio && this.#hasVideo;
  }

  /** Where the last sample seen on it ends, on the clock; undefined until it is anchored. */
  get endUs(): number | undefined {
    return this.#anchored ? this.dueUs(this.endPtsUs) : undefined;
  }

  /** When something at `ptsUs` is due, once it is anchored. */
  dueUs(ptsUs: number): number {
    return this.#anchorUs + ptsUs;
  }

  /** From now on, what is at `ptsUs` is due at `dueUs`. */
  anchor(ptsUs: number, dueUs: number): void {
    this.#anchorUs = dueUs - ptsUs;
    this.#anchored = true;
  }

  /** A sample of that kind, which ends at `endPtsUs`, lies on it. */
  note(kind: MediaKind, endPtsUs: number): void {
    if (kind === 'audio') this.#hasAudio = true;
    else this.#hasVideo = true;
    if (endPtsUs > this.endPtsUs) this.endPtsUs = endPtsUs;
  }

  follow(before: Timeline): void {
    this.#leader = before;
    before.#follower = this;
  }

  begin(): void {
    if (this.#leader) this.#leader.#follower = undefined;
    this.#leader = undefined;
    this.previous = undefined;
  }

  /** Moves everything that is still to come later, by at least `byUs`, in steps of the grid. */
  postpone(byUs: number): void {
    if (this.#anchored) this.#anchorUs += ceilToGrid(byUs, AUDIO_GRID_US);
    this.#follower?.postpone(byUs);
  }

  /** Counts users; the last release stops watching the segment. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) this.#owner.forget(this);
  }

  froze(): void {
    this.#frozenAtUs = this.#owner.clock.nowUs();
    this.#owner.changed();
  }

  thawed(): void {
    if (this.#frozenAtUs !== undefined) this.postpone(this.#owner.clock.nowUs() - this.#frozenAtUs);
    this.#frozenAtUs = undefined;
    this.#owner.changed();
  }
}

/** The timelines of the segments a pace has in hand: a few at most. */
export class Timelines {
  readonly clock: MediaClock;
  /** Called whenever a segment was frozen or thawed, for then due times have changed. */
  readonly changed: () => void;
  readonly #all: Timeline[] = [];

  constructor(clock: MediaClock, changed: () => void) {
    this.clock = clock;
    this.changed = changed;
  }

  /** The timeline on which the first sample of `segment`, of one kind, belongs. */
  of(segment: Segment | undefined): Timeline {
    return this.#all.findLast((timeline) => timeline.segment === segment) ?? this.#keep(new Timeline(this, segment));
  }

  /** The timeline that follows `timeline` after a jump in pts; both kinds find the same one. */
  after(timeline: Timeline): Timeline {
    timeline.next ??= new Timeline(this, timeline.segment);
    // The other kind may have been on it, and be further by now.
    return this.#all.includes(timeline.next) ? timeline.next : this.#keep(timeline.next);
  }

  /** For {@link Timeline}: nobody uses it any more. */
  forget(timeline: Timeline): void {
    timeline.unwatch();
    this.#all.splice(this.#all.indexOf(timeline), 1);
  }

  clear(): void {
    for (const timeline of this.#all) timeline.unwatch();
    this.#all.length = 0;
  }

  #keep(timeline: Timeline): Timeline {
    this.#all.push(timeline);
    timeline.watch();
    return timeline;
  }
}
