import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Sample } from 'rxcall';

/**
 * Drops video while `hidden$` is true; it comes back with the next keyframe. Audio passes.
 *
 * ```text
 * source    aAbBcCdDeE|     A and E are keyframes
 * hidden$   --t--f-----
 *              hideVideo(hidden$)
 * result    aAb-c-d-eE|
 * ```
 *
 * - Completes with the source; an error of either input errors the result. The end of `hidden$` leaves it as it is.
 */
export function hideVideo<T extends Sample>(hidden$: Observable<boolean>): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      let hidden = false;
      let awaitsKeyframe = false;

      subscriber.add(
        hidden$.subscribe({
          next(value) {
            hidden = value;
            awaitsKeyframe ||= hidden;
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      subscriber.add(
        source.subscribe({
          next(sample) {
            if (sample.kind === 'video') {
              if (hidden || (awaitsKeyframe && !sample.keyframe)) return;
              awaitsKeyframe = false;
            }
            subscriber.next(sample);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
