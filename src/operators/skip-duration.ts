import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { liftSource } from './lift-source.ts';
import { createMediaLine } from './media-line.ts';

/**
 * Leaves out the first `ms` milliseconds of media, over all segments, and video up to the next keyframe after that.
 *
 * ```text
 * source    aAbBcCdD|      A and D are keyframes
 *              skipDuration(40)
 * result    ----c-dD|
 * ```
 *
 * - Counts media time, not the clock. Pts stay as they are: {@link rebase} lets them begin at 0.
 * - Reads and drops what it leaves out; to begin somewhere in a file, opening it there is faster (`startMs`).
 * - Completes and errors with the source. A {@link MediaSource} remains one, but cannot be seeked in.
 *
 * Throws {@link OptionError} unless `ms` is at least 0.
 *
 * @example
 * fromUrl(podcast).pipe(skipDuration(15_000), pace()).subscribe(toWebRtcTrack(track));
 * @see {@link takeDuration} for what comes before
 */
export function skipDuration<T extends Sample>(ms: number): MonoTypeOperatorFunction<T> {
  if (!(ms >= 0)) throw new OptionError('ms', ms, 'at least 0');
  const startUs = ms * 1000;
  return (source) =>
    liftSource(
      source,
      (open) =>
        defer(() => {
          const line = createMediaLine();
          let awaitsKeyframe = startUs > 0;
          return open().pipe(
            filter((sample) => {
              if (line.at(sample) < startUs) return false;
              if (sample.kind === 'audio') return true;
              awaitsKeyframe &&= !sample.keyframe;
              return !awaitsKeyframe;
            }),
          );
        }),
      { losesPosition: true },
    );
}
