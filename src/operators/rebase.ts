import { defer, map, type MonoTypeOperatorFunction } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { liftSource } from './lift-source.ts';
import { createMediaLine } from './media-line.ts';

/**
 * Puts samples on one line of media time that begins at `startMs`, 0 by default, and goes on through every break: each
 * segment begins where the one before it ended.
 *
 * ```text
 * source    abcd|        pts 500, 520 ms; then, a break, 0, 20 ms
 *              rebase(100)
 * result    abcd|        pts 100, 120, 140, 160 ms
 * ```
 *
 * - Audio and video keep their distance within a segment. A step back in pts counts as a break.
 * - Segments stay as they are, so that a break can still be seen. One sample in, one sample out, synchronously.
 * - Completes and errors with the source. A {@link MediaSource} remains one, but cannot be seeked in: its media time is no
 *   position any more.
 *
 * Throws {@link OptionError} unless `startMs` is a finite number.
 *
 * @example
 * playlist(chapters).pipe(rebase(), tap(({ ptsUs }) => showElapsed(ptsUs)), pace()).subscribe(toWebRtcTrack(track));
 */
export function rebase<T extends Sample>(startMs: number = 0): MonoTypeOperatorFunction<T> {
  if (!Number.isFinite(startMs)) throw new OptionError('startMs', startMs, 'a finite number');
  const startUs = Math.round(startMs * 1000);
  return (source) =>
    liftSource(
      source,
      (open) =>
        defer(() => {
          const line = createMediaLine();
          return open().pipe(map((sample) => ({ ...sample, ptsUs: startUs + line.at(sample) })));
        }),
      { losesPosition: true },
    );
}
