import { AUDIO_GRID_US, type MediaKind, type PacedSample, type Sample } from '../core/sample.ts';

/**
 * Where paced samples of several sources meet, their due times must still rise, for RTP time is made of them. Takes the samples
 * in order: one whose time is taken comes back later (video) or not at all (audio, which would push all that follows).
 * Samples that are not paced have no such time and pass.
 */
export class RisingTimes {
  #audioUs = -Infinity;
  #videoUs = -Infinity;

  place<T extends Sample>(sample: T): T | undefined {
    const wantedUs = (sample as Partial<PacedSample>).dueUs;
    if (wantedUs === undefined) return sample;
    const freeUs = sample.kind === 'audio' ? this.#audioUs : this.#videoUs;
    if (wantedUs < freeUs && sample.kind === 'audio') return undefined;
    const dueUs = Math.max(wantedUs, freeUs);
    this.#take(sample.kind, dueUs + occupiedUs(sample));
    return dueUs === wantedUs ? sample : { ...sample, dueUs };
  }

  #take(kind: MediaKind, untilUs: number): void {
    if (kind === 'audio') this.#audioUs = untilUs;
    else this.#videoUs = untilUs;
  }
}

/** How much time a sample takes away from the next one of its kind. A frame only has to come before the next one. */
function occupiedUs(sample: Sample): number {
  return sample.kind === 'audio' ? Math.min(sample.durationUs, AUDIO_GRID_US) : 1000;
}
