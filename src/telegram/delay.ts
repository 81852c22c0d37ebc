import { AbortedError } from '../core/errors.ts';

/** Waits; rejects with an {@link AbortedError} at once when the signal aborts. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new AbortedError('waiting', signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Waits until a promise has settled either way, but no longer than this. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  const enough = new AbortController();
  const waiting = delay(ms, enough.signal).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), waiting]);
  enough.abort();
}

/** A promise's outcome, or an {@link AbortedError} of `what` as soon as the signal aborts; what it stands for goes on. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  what = 'waiting',
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new AbortedError(what, signal?.reason));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
