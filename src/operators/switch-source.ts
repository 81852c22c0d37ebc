import { type Observable, Observable as RxObservable, type OperatorFunction, Subscription } from 'rxjs';
import type { PacedSample } from '../core/sample.ts';
import { RisingTimes } from './rising-times.ts';

export interface SwitchSourceOptions {
  /** A new source failed before its first sample; the old one plays on. Without an old one the result errors. */
  onFail?: ((error: unknown) => void) | undefined;
}

/**
 * Plays the newest of several paced sources, make before break: the old one plays on until the first sample of the new
 * one is there, and then is dropped with whatever it had queued.
 *
 * ```text
 * sources  x----y---|
 * x        -abcdefghij|
 * y             ---tuv|
 *              switchSource()
 * result   -abcdefghuv|     t: its time was taken by h
 * ```
 *
 * - At most two sources are subscribed at a time: a third replaces the one that has not begun yet.
 * - Due times never step back: a sample of the new source whose time is already taken is dropped (audio) or moved (video).
 * - Completes when the outer source and the present inner one have; an inner error after its first sample errors the result.
 *
 * @example
 * tracks$.pipe(map((file) => fromFile(file).pipe(pace())), switchSource()).subscribe(toWebRtcTrack(track));
 */
export function switchSource(
  options: SwitchSourceOptions = {},
): OperatorFunction<Observable<PacedSample>, PacedSample> {
  const { onFail } = options;
  return (sources) =>
    new RxObservable((subscriber) => {
      let present: Subscription | undefined;
      let coming: Subscription | undefined;
      let noMore = false;
      const rising = new RisingTimes();

      function begin(source: Observable<PacedSample>): void {
        coming?.unsubscribe();
        const inner = new Subscription();
        coming = inner;
        subscriber.add(inner);
        inner.add(
          source.subscribe({
            next(sample) {
              if (coming === inner) takeOver(inner);
              if (present === inner) emit(sample);
            },
            error: (error: unknown) => fail(inner, error),
            complete: () => end(inner),
          }),
        );
        if (inner.closed) subscriber.remove(inner);
      }

      function takeOver(inner: Subscription): void {
        const old = present;
        present = inner;
        coming = undefined;
        if (!old) return;
        subscriber.remove(old);
        old.unsubscribe();
      }

      function emit(sample: PacedSample): void {
        const placed = rising.place(sample);
        if (placed) subscriber.next(placed);
      }

      function fail(inner: Subscription, error: unknown): void {
        subscriber.remove(inner);
        if (coming !== inner) return subscriber.error(error);
        coming = undefined;
        onFail?.(error);
        if (!present) subscriber.error(error);
      }

      function end(inner: Subscription): void {
        subscriber.remove(inner);
        if (present === inner) present = undefined;
        if (coming === inner) coming = undefined;
        completeWhenDone();
      }

      function completeWhenDone(): void {
        if (noMore && !present && !coming) subscriber.complete();
      }

      subscriber.add(
        sources.subscribe({
          next: begin,
          error: (error: unknown) => subscriber.error(error),
          complete() {
            noMore = true;
            completeWhenDone();
          },
        }),
      );
    });
}
