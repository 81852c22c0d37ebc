import { AUDIO_GRID_US, type MediaKind, type PacedSample, type Sample } from '../core/sample.ts';

/**
 * Where paced samples of several sources meet, their due times must still rise, for RTP time is made of them. Returns a function
 * that takes the samples in order: one whose time is taken comes back later (video) or not at all (audio, which would push
 * all that follows). Samples that are not paced have no such time and pass.
 */
export function risingTimes(): <T extends Sample>(sample: T) => T | undefined {
  const takenUntilUs: Record<MediaKind, number> = { audio: -Infinity, video: -Infinity };
  return (sample) => {
    const wantedUs = (sample as Partial<PacedSample>).dueUs;
    if (wantedUs === undefined) return sample;
    const freeUs = takenUntilUs[sample.kind];
    if (wantedUs < freeUs && sample.kind === 'audio') return undefined;
    const dueUs = Math.max(wantedUs, freeUs);
    takenUntilUs[sample.kind] = dueUs + occupiedUs(sample);
    return dueUs === wantedUs ? sample : { ...sample, dueUs };
  };
}

/** How much time a sample takes away from the next one of its kind. A frame only has to come before the next one. */
function occupiedUs(sample: Sample): number {
  return sample.kind === 'audio' ? Math.min(sample.durationUs, AUDIO_GRID_US) : 1000;
}
