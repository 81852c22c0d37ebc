import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { OptionError, SourceError } from '../core/errors.ts';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { MediaSource } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import type { Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';
import { liftSource } from './lift-source.ts';

export interface StallOptions {
  /** How long the first sample may take, in milliseconds. Default 10,000. */
  firstMs?: number | undefined;
  /** How long the source may be silent after that. Default 15,000: HLS delivers a segment of several seconds at a time. */
  thenMs?: number | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** How often it is looked whether the silence is the source's own. */
const LOOK_EVERY_US = 1_000_000;

/**
 * Makes an error of a silence: a source that delivers nothing, and says nothing, has failed.
 *
 * ```text
 * source    --a-b--------
 *              stall({ firstMs: 60, thenMs: 100 })
 * result    --a-b----#       100 ms after b
 * ```
 *
 * - The error is a {@link SourceError} with the code `ERR_SOURCE_STALLED`; it is retryable.
 * - A silence that somebody downstream asked for is no stall: while the segment is frozen (a pause) or full (there is no
 *   room), the time does not run; it begins anew when that is over. This is looked at once a second.
 * - Samples pass unchanged and at once. Completes and errors with the source. A {@link MediaSource} remains one.
 *
 * Throws {@link OptionError} for a time that is not greater than 0.
 *
 * @example
 * fromUrl(radio).pipe(stall(), reconnect(), pace()).subscribe(toWebRtcTrack(track));
 * @see {@link reconnect} to open the source again
 */
export function stall<T extends Sample>(options: StallOptions = {}): MonoTypeOperatorFunction<T> {
  const { firstMs = 10_000, thenMs = 15_000, clock = processClock } = options;
  if (!(firstMs > 0)) throw new OptionError('options.firstMs', firstMs, 'greater than 0');
  if (!(thenMs > 0)) throw new OptionError('options.thenMs', thenMs, 'greater than 0');
  return (source) =>
    liftSource(
      source,
      (open) =>
        new Observable((subscriber) => {
          let first = true;
          let limitMs = firstMs;
          let silentSinceUs = clock.nowUs();
          /** The silence that is seen now is not the source's. */
          let excused = false;
          let segment: Segment | undefined;
          const task: ClockTask = { run: look };

          function look(): void {
            const nowUs = clock.nowUs();
            const wasExcused = excused;
            excused = segment !== undefined && (segment.frozen || segment.full('audio') || segment.full('video'));
            if (excused || wasExcused) silentSinceUs = nowUs;
            const failsAtUs = silentSinceUs + limitMs * 1000;
            if (nowUs < failsAtUs) clock.arm(task, Math.min(failsAtUs, nowUs + LOOK_EVERY_US));
            else subscriber.error(stallError(source, limitMs));
          }

          function begin(): void {
            first = false;
            limitMs = thenMs;
            look();
          }

          subscriber.add(() => clock.disarm(task));
          look();
          subscriber.add(
            open().subscribe({
              next(sample) {
                silentSinceUs = clock.nowUs();
                segment = sample.segment;
                if (first) begin();
                subscriber.next(sample);
              },
              error: (error: unknown) => subscriber.error(error),
              complete: () => subscriber.complete(),
            }),
          );
        }),
    );
}

function stallError(source: unknown, limitMs: number): SourceError {
  const label = source instanceof MediaSource ? source.label : 'samples';
  const message = `${label} delivered nothing for ${limitMs / 1000} s.`;
  return new SourceError('ERR_SOURCE_STALLED', label, message, { retryable: true });
}
