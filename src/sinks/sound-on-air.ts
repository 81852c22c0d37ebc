import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import { silentFrame } from '../media/silence.ts';

/** Sound without a hole: what comes, and silence where nothing does. */
export interface SoundOnAir {
  /** Begins at `atUs`, with silence. */
  begin(atUs: number): void;
  write(sample: PacedSample): void;
  end(): void;
  /** Frames of silence that were sent. */
  readonly silentFrames: number;
}

export interface SoundOnAirOptions {
  clock: MediaClock;
  /** Takes each frame with the time at which it is to be heard, in microseconds of the clock. */
  send(frame: Pick<Sample, 'kind' | 'data' | 'keyframe'>, atUs: number): void;
}

/** `pace` lets a sample be 200 ms late, and it must still find its time free. */
const PATIENCE_US = 220_000;

/**
 * Puts AAC frames one behind the other. A frame is heard no more than half a frame from when it was due; where one frame
 * or more is missing there is silence, and what comes for a time that is taken already is left out.
 */
export function createSoundOnAir({ clock, send }: SoundOnAirOptions): SoundOnAir {
  let silence = silentFrame('aac');
  let nextUs = 0;
  let silentFrames = 0;
  const task: ClockTask = { run: fillUp };

  function sendSilence(): void {
    silentFrames++;
    send({ kind: 'audio', data: silence.data, keyframe: true }, nextUs);
    nextUs += silence.durationUs;
  }

  function fillUntil(untilUs: number): void {
    while (nextUs + silence.durationUs / 2 <= untilUs) sendSilence();
  }

  function fillUp(): void {
    fillUntil(clock.nowUs() - PATIENCE_US);
    clock.arm(task, nextUs + silence.durationUs + PATIENCE_US);
  }

  return {
    begin(atUs) {
      nextUs = atUs;
      sendSilence();
      fillUp();
    },
    write(sample) {
      fillUntil(sample.dueUs);
      if (sample.dueUs + sample.durationUs / 2 < nextUs) return;
      send(sample, nextUs);
      nextUs += sample.durationUs;
      silence = silentFrame('aac', sample.data);
      clock.arm(task, nextUs + silence.durationUs + PATIENCE_US);
    },
    end: () => clock.disarm(task),
    get silentFrames() {
      return silentFrames;
    },
  };
}
