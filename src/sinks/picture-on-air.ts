import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';
import { createKeyframeGroup } from '../operators/keyframe-group.ts';
import { STILL_FRAME_US, type StillFrame } from './still-picture.ts';

/** A picture at all times: what comes, and where nothing does, the last of it or the cover, standing still. */
export interface PictureOnAir {
  /** Begins anew, for somebody who has seen nothing yet, with a picture that stands still. */
  begin(): void;
  /** Takes H.264. */
  write(sample: PacedSample): void;
  /** Told of sound: a source that has only sound takes the picture of the one before it away. */
  hear(sample: PacedSample): void;
  /** What was shown is over: shows the cover. */
  clear(): void;
  end(): void;
  /** Frames that were left out because the server did not take them fast enough. */
  readonly dropped: number;
}

export interface PictureOnAirOptions {
  clock: MediaClock;
  /** Shown while there is nothing else. */
  cover: readonly StillFrame[];
  /** Makes a still of the last of some frames, and hands it to `ready` later, or never. Returns what stops that. */
  freeze(frames: readonly Uint8Array[], ready: (still: readonly StillFrame[]) => void): () => void;
  /** The server does not take what it is given: less is to be sent. */
  isCongested(): boolean;
  /** Takes each frame with the time at which it is to be seen, in microseconds of the clock. */
  send(frame: Pick<Sample, 'kind' | 'data' | 'keyframe'>, atUs: number): void;
}

/** So much later than expected is a frame when something is up: `pace` lets it be 200 ms late. */
const PATIENCE_US = 300_000;
/** So long may sound of another source be heard before its picture comes. */
const PICTURE_WAIT_US = 1_000_000;
/** Times are told in milliseconds. */
const STEP_US = 1000;
/** Frames since a keyframe that are more than this are not kept. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;

export function createPictureOnAir(options: PictureOnAirOptions): PictureOnAir {
  const { clock, cover, freeze, isCongested, send } = options;
  const group = createKeyframeGroup(MAX_GROUP_BYTES);
  /** What stands still; undefined while frames come, and while the last of them is being made a still of. */
  let still: readonly StillFrame[] | undefined = cover;
  let index = 0;
  /** Whoever looks has seen all frames up to `last`, so that the next one can be shown to them. */
  let inStep = false;
  let last: PacedSample | undefined;
  let sound: { readonly segment: Segment; readonly sinceUs: number } | undefined;
  let sentUs = -Infinity;
  let dropped = 0;
  let stopFreezing = (): void => {};
  const task: ClockTask = { run: fillUp };

  function show(frame: Pick<Sample, 'data' | 'keyframe'>, atUs: number): void {
    sentUs = Math.max(atUs, sentUs + STEP_US);
    send({ kind: 'video', data: frame.data, keyframe: frame.keyframe }, sentUs);
  }

  function standStill(frames: readonly StillFrame[]): void {
    still = frames;
    index = 0;
    inStep = false;
    fillUp();
  }

  /** Shows the next frame of the still, or makes one, if nothing else came. */
  function fillUp(): void {
    const nowUs = clock.nowUs();
    if (isOver(nowUs)) return clear();
    if (!still) return freezeLast();
    show(still[index % still.length]!, nowUs);
    index++;
    clock.arm(task, nowUs + STILL_FRAME_US);
  }

  function freezeLast(): void {
    const frames = group.all();
    if (frames.length === 0) return standStill(cover);
    stopFreezing = freeze(
      frames.map(({ data }) => data),
      standStill,
    );
  }

  /** Something else is heard for a while, without a picture. */
  function isOver(nowUs: number): boolean {
    if (!last || !sound || sound.segment === last.segment) return false;
    return sound.sinceUs > last.dueUs && nowUs - sound.sinceUs > PICTURE_WAIT_US;
  }

  function clear(): void {
    if (!last) return;
    stopFreezing();
    group.clear();
    last = undefined;
    standStill(cover);
  }

  /** Nothing is shown before the next keyframe, so that less is sent. */
  function leaveOut(sample: PacedSample): void {
    dropped++;
    group.clear();
    last = sample;
    inStep = false;
  }

  /** What whoever looks has to see first, so that `sample` can be shown; undefined when that is not there. */
  function leadTo(sample: PacedSample): readonly PacedSample[] | undefined {
    if (sample.keyframe || (inStep && last?.segment === sample.segment)) return [];
    return group.all().length > 0 ? group.before(sample) : undefined;
  }

  return {
    clear,
    begin() {
      stopFreezing();
      sentUs = -Infinity;
      const wasMoving = !still;
      standStill(still ?? cover);
      if (wasMoving) freezeLast();
    },
    write(sample) {
      if (isCongested()) {
        leaveOut(sample);
        return;
      }
      group.push(sample);
      const lead = leadTo(sample);
      last = sample;
      inStep = lead !== undefined;
      if (!lead) return;
      stopFreezing();
      still = undefined;
      for (const frame of lead) show(frame, frame.dueUs);
      show(sample, sample.dueUs);
      clock.arm(task, sample.dueUs + sample.durationUs + PATIENCE_US);
    },
    hear({ segment, dueUs }) {
      // Silence that somebody has put in has no segment.
      if (segment && sound?.segment !== segment) sound = { segment, sinceUs: dueUs };
    },
    end() {
      stopFreezing();
      clock.disarm(task);
      group.clear();
      last = undefined; // so that there is nothing to clear any more
    },
    get dropped() {
      return dropped;
    },
  };
}
