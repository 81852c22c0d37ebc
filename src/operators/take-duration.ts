import { defer, filter, type MonoTypeOperatorFunction, takeWhile } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { MediaKind, Sample } from '../core/sample.ts';
import { liftSource } from './lift-source.ts';
import { createMediaLine } from './media-line.ts';

/** When one kind of a live source is this much beyond the end, the other one, which has not reached it, is over. */
const MAX_APART_US = 2_000_000;

/**
 * Passes the first `ms` milliseconds of media, over all segments, and completes.
 *
 * ```text
 * source    abcdef|
 *              takeDuration(60)
 * result    ab(c|)
 * ```
 *
 * - Counts media time, not the clock: a pause does not shorten it. A sample that begins before the end passes whole.
 * - With audio and video, waits until both are there, or the source has ended, or, when it is live, 2 s. It knows the kinds
 *   that have come so far: a cut that is shorter than a source reads ahead (a second or two) belongs after `pace`.
 * - Completes with the source if that is shorter; errors with it. A {@link MediaSource} remains one, but cannot be seeked in.
 *
 * Throws {@link OptionError} unless `ms` is greater than 0.
 *
 * @example
 * fromFile('song.mp3', { startMs: 30_000 }).pipe(takeDuration(10_000), loop(), pace()).subscribe(toWebRtcTrack(track));
 * @see {@link skipDuration} for the rest of it
 */
export function takeDuration<T extends Sample>(ms: number): MonoTypeOperatorFunction<T> {
  if (!(ms > 0)) throw new OptionError('ms', ms, 'greater than 0');
  const limitUs = ms * 1000;
  return (source) =>
    liftSource(
      source,
      (open) =>
        defer(() => {
          const line = createMediaLine();
          const reached = new Map<MediaKind, boolean>();
          let passes = true;

          function goesOn(sample: T): boolean {
            const beginUs = line.at(sample);
            passes = beginUs < limitUs;
            reached.set(sample.kind, beginUs + sample.durationUs >= limitUs);
            if (sample.segment?.live && beginUs >= limitUs + MAX_APART_US) return false;
            return [...reached.values()].includes(false);
          }

          return open().pipe(
            takeWhile(goesOn, true),
            filter(() => passes),
          );
        }),
      { losesPosition: true },
    );
}
