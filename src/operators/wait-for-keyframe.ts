import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';
import { liftSource } from './lift-source.ts';

export interface WaitForKeyframeOptions {
  /** What happens to audio until the first keyframe of its segment is there. Default `'pass'`. */
  audio?: 'pass' | 'drop' | undefined;
}

/**
 * Lets the video of each segment begin with a keyframe: what comes before it cannot be decoded and is dropped.
 *
 * ```text
 * source    aAbBcC|      B is a keyframe, A and C are not
 *              waitForKeyframe()
 * result    a-bBcC|
 * ```
 *
 * - Only video opens the gate; audio passes, or waits for the picture with `audio: 'drop'`, which lets nothing of a segment
 *   pass that has no video at all.
 * - Completes and errors with the source. A {@link MediaSource} remains one.
 *
 * @example
 * failover([fromUrl(studio), fromUrl(backup)].map((input) => input.pipe(waitForKeyframe({ audio: 'drop' }))));
 */
export function waitForKeyframe<T extends Sample>(options: WaitForKeyframeOptions = {}): MonoTypeOperatorFunction<T> {
  const { audio = 'pass' } = options;
  return (source) =>
    liftSource(source, (open) =>
      defer(() => {
        /** The segment whose first keyframe has come. */
        let begun: { readonly segment: Segment | undefined } | undefined;
        return open().pipe(
          filter((sample) => {
            const hasBegun = begun !== undefined && begun.segment === sample.segment;
            if (sample.kind === 'audio') return hasBegun || audio === 'pass';
            if (!hasBegun && sample.keyframe) begun = { segment: sample.segment };
            return hasBegun || sample.keyframe;
          }),
        );
      }),
    );
}
