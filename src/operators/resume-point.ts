import type { MediaSource, OpenRequest } from '../core/media-source.ts';
import type { MediaKind, Sample } from '../core/sample.ts';

/** Where a source broke off, and how to go on there. */
export interface ResumePoint {
  /** How to open the source so that it goes on where it broke off. From here on, `passes` skips what was delivered. */
  request(): OpenRequest;
  /** Notes that a sample was delivered. False for one that had been delivered before. */
  passes(sample: Sample): boolean;
}

/** A kind of media that ended this much before the other one is over; it did not break off. */
const MAX_APART_US = 5_000_000;

/**
 * Follows what a source delivers. A finite source that can seek goes on at the end of what it delivered, of both kinds of
 * media; one that cannot is skipped up to there, video to the next keyframe. A live one goes on at its edge.
 */
export function createResumePoint(media: MediaSource | undefined): ResumePoint {
  const endsUs = new Map<MediaKind, number>();
  const skips = new Set<MediaKind>();
  let positionUs = 0;
  let live = media?.live ?? false;

  /** The earlier end of the two kinds: nothing is lost, and of the other kind a little comes twice. */
  function earliestEndUs(): number {
    const latestUs = Math.max(...endsUs.values());
    return Math.min(...[...endsUs.values()].filter((endUs) => latestUs - endUs <= MAX_APART_US));
  }

  function skipped(sample: Sample): boolean {
    // Who makes samples by hand may begin anew at 0 each time.
    if (!sample.segment || !skips.has(sample.kind)) return false;
    if (sample.segment.positionUs(sample.ptsUs) < positionUs || !sample.keyframe) return true;
    skips.delete(sample.kind);
    return false;
  }

  return {
    request() {
      skips.clear();
      if (live || endsUs.size === 0) return {};
      positionUs = earliestEndUs();
      if (media?.seekable) return { startMs: positionUs / 1000 };
      skips.add('audio').add('video');
      return {};
    },
    passes(sample) {
      if (sample.segment) live ||= sample.segment.live;
      if (skipped(sample)) return false;
      const endUs = sample.ptsUs + sample.durationUs;
      endsUs.set(sample.kind, sample.segment?.positionUs(endUs) ?? endUs);
      return true;
    },
  };
}
