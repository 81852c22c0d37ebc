import type { MediaKind, Sample } from './sample.ts';

/** Why a source was opened. */
export type BreakReason = 'fresh' | 'loop' | 'seek' | 'switch' | 'reconnect' | 'failover' | 'interrupt';

/** What video is encoded to on its way from a source to a sink, in kbit/s. */
export interface VideoRate {
  readonly kbps: number;
  /** What the source would encode to if nothing held it back. */
  readonly highestKbps: number;
}

export interface SegmentOptions {
  /** Default `'fresh'`. */
  reason?: BreakReason | undefined;
  /** A live source is never frozen: holding it back would only make it late. Default false. */
  live?: boolean | undefined;
  /** Where in the source something at `ptsUs` is. Default: there; a tempo filter makes a difference. */
  positionUs?: ((ptsUs: number) => number) | undefined;
  /** What its video is encoded to. Default undefined: there is none, or it is sent as it is. */
  videoRate?: VideoRate | undefined;
  /** Called when there may be room again, and on thaw: the source's cue to ask {@link Segment.full} again. */
  onRoom?: (() => void) | undefined;
}

/** Told when a segment stops and when it goes on; see {@link Segment.watch}. */
export interface FreezeWatcher {
  froze(segment: Segment): void;
  thawed(segment: Segment): void;
}

/** How much one {@link SampleQueue} holds. */
export interface Holding {
  audioUs: number;
  videoUs: number;
  bytes: number;
}

const FULL_AUDIO_US = 1_000_000;
const FULL_VIDEO_US = 2_000_000;
const FULL_BYTES = 8 * 1024 * 1024;

/**
 * One opening of one source. Its identity is the break: a sample whose segment differs from the one before it (of the
 * same kind) begins a new time line. It also carries the back-pressure: a source reads while its segment is not
 * {@link full}, and whoever keeps samples reports them through a {@link SampleQueue}.
 *
 * @example
 * const segment = new Segment({ onRoom: () => readMore() });
 * function readMore() { while (!segment.full('audio')) subscriber.next(readSample(segment)); }
 */
export class Segment {
  readonly reason: BreakReason;
  readonly live: boolean;
  /** Where in the source something of this segment at `ptsUs` is, in microseconds. */
  readonly positionUs: (ptsUs: number) => number;
  /** What its video is encoded to; undefined when there is none, or when it is sent as it is. */
  readonly videoRate: VideoRate | undefined;
  readonly #onRoom: (() => void) | undefined;
  readonly #holdings = new Set<Holding>();
  readonly #watchers = new Set<FreezeWatcher>();
  #fullAudioUs = FULL_AUDIO_US;
  /** Kinds that its source was told to stop reading. */
  #stopped: Record<MediaKind, boolean> = { audio: false, video: false };
  #freezes = 0;
  #sinks = 0;

  constructor(options: SegmentOptions = {}) {
    this.reason = options.reason ?? 'fresh';
    this.live = options.live ?? false;
    this.positionUs = options.positionUs ?? ((ptsUs) => ptsUs);
    this.videoRate = options.videoRate;
    this.#onRoom = options.onRoom;
  }

  /**
   * True when some holder of this segment keeps at least 1 s of audio (or its {@link limit}), 2 s of video, or 8 MiB, and from
   * then on until half of that time has left: sources read a lot now and then, instead of a little for each sample. What a
   * holder keeps of other segments counts too: else a short file in a loop would never be full.
   */
  full(kind: MediaKind): boolean {
    if (this.#stopped[kind]) return true;
    for (const held of this.#holdings) {
      if (held.bytes < FULL_BYTES && heldUs(held, kind) < this.#fullUs(kind)) continue;
      this.#stopped[kind] = true;
      return true;
    }
    return false;
  }

  /** For its source, when less sound is enough for it to be full; undefined for the usual second. */
  limit(audioUs: number | undefined): void {
    this.#fullAudioUs = audioUs ?? FULL_AUDIO_US;
    this.#stopped.audio = false;
  }

  #fullUs(kind: MediaKind): number {
    return kind === 'audio' ? this.#fullAudioUs : FULL_VIDEO_US;
  }

  get frozen(): boolean {
    return this.#freezes > 0;
  }

  /** False while live, and while several sinks take this segment: then one of them must not stop the others. */
  get freezable(): boolean {
    return !this.live && this.#sinks < 2;
  }

  /** Stops the segment's time; counted. Ignored unless {@link freezable}. Returns whether it took effect. */
  freeze(): boolean {
    if (!this.freezable) return false;
    if (this.#freezes++ === 0) {
      for (const watcher of [...this.#watchers]) watcher.froze(this);
    }
    return true;
  }

  /** Undoes one {@link freeze}. */
  thaw(): void {
    if (this.#freezes === 0) return;
    if (--this.#freezes === 0) {
      for (const watcher of [...this.#watchers]) watcher.thawed(this);
      this.#onRoom?.();
    }
  }

  /** Registers a sink that takes this segment; returns its release, which may be called more than once. */
  attach(): () => void {
    this.#sinks++;
    let attached = true;
    return () => {
      if (attached) this.#sinks--;
      attached = false;
    };
  }

  watch(watcher: FreezeWatcher): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: FreezeWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** For {@link SampleQueue}: it holds samples of this segment from now on, and `held` says how much it holds in all. */
  hold(held: Holding): void {
    this.#holdings.add(held);
  }

  /** For {@link SampleQueue}: it holds nothing of this segment any more. */
  release(held: Holding): void {
    this.#holdings.delete(held);
    this.#readOn();
  }

  /** For {@link SampleQueue}: of what it holds, something of that kind has left. */
  drain(held: Holding, kind: MediaKind): void {
    if (heldUs(held, kind) <= this.#fullUs(kind) / 2) this.#readOn();
  }

  #readOn(): void {
    this.#stopped.audio = this.#stopped.video = false;
    this.#onRoom?.();
  }
}

function heldUs(held: Holding, kind: MediaKind): number {
  return kind === 'audio' ? held.audioUs : held.videoUs;
}

/** Adds one sample to what a queue holds (`sign` 1) or takes it away (`sign` -1). */
export function countSample(held: Holding, sample: Sample, sign: 1 | -1): void {
  if (sample.kind === 'audio') held.audioUs += sign * sample.durationUs;
  else held.videoUs += sign * sample.durationUs;
  held.bytes += sign * sample.data.length;
}
