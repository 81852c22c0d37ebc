/**
 * An operator of one's own, and its proof in virtual time: five seconds of media take no time at all.
 *
 *     npx node examples/03-write-an-operator-and-test-it.ts
 */
import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Sample } from '../src/core/sample.ts';
import { runMarbles } from '../src/testing/index.ts';

/** Lets every second audio sample pass, as a very bad line would. Video is left alone. */
function dropEveryOther<T extends Sample>(): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      let odd = false;
      return source.subscribe({
        next(sample) {
          if (sample.kind === 'audio') odd = !odd;
          if (sample.kind === 'video' || odd) subscriber.next(sample);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}

// One character is 20 ms. Small letters are audio, capital letters are video.
runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
  const source = samples('                  -abVcd-e-|');
  expectSamples(source.pipe(dropEveryOther())).toBe('-a-Vc--e-|');
  expectSubscriptions(source.subscriptions).toBe('^--------!');
});

runMarbles(({ samples, expectSamples }) => {
  const source = samples('                  -ab#');
  expectSamples(source.pipe(dropEveryOther())).toBe('-a-#');
});

console.log('Both hold.');
