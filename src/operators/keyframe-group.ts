import type { PacedSample } from '../core/sample.ts';

/** The last keyframe and the video that depends on it, as long as it is not too large. */
export interface KeyframeGroup {
  push(sample: PacedSample): void;
  /** What a decoder needs to have seen before `sample`, due a millisecond apart and last when it really was. */
  before(sample: PacedSample): readonly PacedSample[];
  /** From the keyframe to the last frame; empty when there is none, or it was too large. */
  all(): readonly PacedSample[];
  clear(): void;
}

/** Frames that come late all at once are not to be shown at their old pace. */
const STEP_US = 1000;

export function createKeyframeGroup(maxBytes: number): KeyframeGroup {
  let frames: PacedSample[] = [];
  let bytes = 0;

  function clear(): void {
    frames = [];
    bytes = 0;
  }

  return {
    clear,
    all: () => frames,
    push(sample) {
      if (sample.kind !== 'video') return;
      const follows = frames.length > 0 && frames[0]!.segment === sample.segment;
      if (sample.keyframe || !follows) clear();
      if (!sample.keyframe && !follows) return;
      frames.push(sample);
      bytes += sample.data.length;
      if (bytes > maxBytes) clear();
    },
    before(sample) {
      const earlier = frames.at(-1) === sample ? frames.slice(0, -1) : frames;
      const lastDueUs = frames.at(-1)?.dueUs ?? 0;
      return earlier.map((frame, i) => ({ ...frame, dueUs: lastDueUs - (frames.length - 1 - i) * STEP_US }));
    },
  };
}
