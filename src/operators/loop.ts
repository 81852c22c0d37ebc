import { type MonoTypeOperatorFunction, Observable, Subscription } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { described } from '../core/source-description.ts';
import { liftSource } from './lift-source.ts';

/**
 * Plays a source over and over: `times` times in all, for ever by default. Each pass begins where the last one ended,
 * without a gap, when `pace` comes after it.
 *
 * ```text
 * source    ab|
 *              loop(3)
 * result    ababab|
 * ```
 *
 * - A {@link MediaSource} is opened anew with the reason `'loop'`, from where it was created to begin, and the result is
 *   one again: a seek goes somewhere into a pass. Any other Observable is subscribed anew.
 * - A pass without a sample ends it, or a source that became empty would be opened without end.
 * - Completes after the last pass; an error of any pass errors the result.
 *
 * Throws {@link OptionError} unless `times` is a whole number of at least 1, or `Infinity`.
 *
 * @example
 * fromFile('jingle.ogg').pipe(loop(), pace()).subscribe(toWebRtcTrack(track));
 * @see {@link playlist} to play different sources one after the other
 */
export function loop<T extends Sample>(times: number = Infinity): MonoTypeOperatorFunction<T> {
  if (times !== Infinity && !(Number.isInteger(times) && times >= 1)) {
    throw new OptionError('times', times, 'a whole number of at least 1, or Infinity');
  }
  return (source) => {
    const looped$ = liftSource(
      source,
      (open) =>
        new Observable((subscriber) => {
          let passes = 0;
          let opening = false;
          let again = true;

          /** One pass after the other in a loop, not one inside the other: a source may end while it is subscribed to. */
          function play(): void {
            opening = true;
            while (again && !subscriber.closed) {
              again = false;
              playOnce(passes === 0 ? open() : open({ startMs: undefined, reason: 'loop' }));
            }
            opening = false;
          }

          function playOnce(pass$: Observable<T>): void {
            let empty = true;
            const pass = new Subscription();
            subscriber.add(pass);
            pass.add(
              pass$.subscribe({
                next(sample) {
                  empty = false;
                  subscriber.next(sample);
                },
                error: (error: unknown) => subscriber.error(error),
                complete() {
                  subscriber.remove(pass);
                  passes++;
                  again = !empty && passes < times;
                  if (!again) subscriber.complete();
                  else if (!opening) play();
                },
              }),
            );
            if (pass.closed) subscriber.remove(pass);
          }

          play();
        }),
    );
    return described(looped$, 'loop', [source, times]);
  };
}
