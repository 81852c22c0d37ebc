import type { MediaKind, Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';

/** One line of media time through all segments: each begins where the one before it ended. */
export interface MediaLine {
  /** Where `sample` begins on the line, in microseconds; the very first sample begins at 0. Ask once for each sample. */
  at(sample: Sample): number;
}

/** A stretch of continuous pts. Audio and video of one segment share it. */
interface Stretch {
  readonly segment: Segment | undefined;
  /** What is to be added to pts. */
  offsetUs: number;
}

interface Leg {
  stretch: Stretch | undefined;
  lastPtsUs: number;
  endUs: number;
}

export function createMediaLine(): MediaLine {
  const legs: Record<MediaKind, Leg> = { audio: createLeg(), video: createLeg() };

  function stretchOf(sample: Sample, leg: Leg, other: Leg): Stretch {
    const { stretch } = leg;
    if (stretch && stretch.segment === sample.segment && sample.ptsUs > leg.lastPtsUs) return stretch;
    const shared = other.stretch;
    if (shared && shared.segment === sample.segment && shared !== stretch) return join(shared, sample, leg);
    // The first of its kind is not after the other kind, but beside it.
    const startUs = stretch ? Math.max(leg.endUs, other.endUs) : 0;
    return { segment: sample.segment, offsetUs: startUs - sample.ptsUs };
  }

  /** The other kind has begun this stretch; if that was too early for this kind, it goes on later. */
  function join(shared: Stretch, sample: Sample, leg: Leg): Stretch {
    if (leg.stretch) shared.offsetUs = Math.max(shared.offsetUs, leg.endUs - sample.ptsUs);
    return shared;
  }

  return {
    at(sample) {
      const leg = legs[sample.kind];
      leg.stretch = stretchOf(sample, leg, legs[sample.kind === 'audio' ? 'video' : 'audio']);
      leg.lastPtsUs = sample.ptsUs;
      const beginUs = sample.ptsUs + leg.stretch.offsetUs;
      leg.endUs = beginUs + sample.durationUs;
      return beginUs;
    },
  };
}

function createLeg(): Leg {
  return { stretch: undefined, lastPtsUs: 0, endUs: 0 };
}
