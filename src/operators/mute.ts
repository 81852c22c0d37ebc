import { Observable, type OperatorFunction } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { silenceLike } from '../media/silence.ts';

/**
 * Replaces audio by silence while `muted$` is true; timing and numbering stay untouched.
 *
 * ```text
 * source    -a-b-c-d-|
 * muted$    --t---f---
 *              mute(muted$)
 * result    -a-s-s-d-|     s: silent sample of the same duration
 * ```
 *
 * - One sample in, one sample out, synchronously. Video passes.
 * - Completes with the source; an error of either input errors the result. The end of `muted$` leaves it as it is.
 *
 * @example
 * fromFile('song.mp3').pipe(pace(), mute(muted$)).subscribe(toWebRtcTrack(track));
 * @see {@link pauseGate} to hold samples back instead
 */
export function mute<T extends Sample>(muted$: Observable<boolean>): OperatorFunction<T, T> {
  return (source) =>
    new Observable((subscriber) => {
      let muted = false;
      subscriber.add(
        muted$.subscribe({
          next: (value) => {
            muted = value;
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      subscriber.add(
        source.subscribe({
          next: (sample) => subscriber.next(muted && sample.kind === 'audio' ? silenced(sample) : sample),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}

function silenced<T extends Sample>(sample: T): T {
  return { ...sample, data: silenceLike(sample) };
}
