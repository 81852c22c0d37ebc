import { delay } from './delay.ts';
import { isDuplicateSsrcError } from './rpc-error.ts';

export interface SsrcRetryOptions {
  /** How many joins in all. Default 5. */
  attempts?: number | undefined;
  /**
   * How long to wait before a join, in milliseconds; `retry` counts from 1. Default: 0, then 1, 2, 4 … s. New SSRCs are
   * free at once; it is our own former place in the call that takes the server some time to clear.
   */
  delayMs?: ((retry: number) => number) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Joins, and where Telegram says that the SSRCs are taken (`GROUPCALL_SSRC_DUPLICATE_MUCH`), renews them and joins again.
 * Any other error, and the last one of this kind, rejects.
 *
 * @example
 * const client = createClient();
 * let call = await client.createCall(chatId);
 * const answer = await retryWithNewSsrcs(
 *   () => joinGroupCall(call.joinPayload),
 *   async () => {
 *     await call.close();
 *     call = await client.createCall(chatId);
 *   },
 * );
 * await call.connect(answer);
 */
export async function retryWithNewSsrcs<T>(
  join: () => Promise<T>,
  renew: () => Promise<void>,
  options: SsrcRetryOptions = {},
): Promise<T> {
  const { attempts = 5, delayMs = defaultDelayMs, signal } = options;
  for (let retry = 1; ; retry++) {
    try {
      return await join();
    } catch (error) {
      if (!isDuplicateSsrcError(error) || retry >= attempts) throw error;
    }
    await delay(delayMs(retry), signal);
    await renew();
  }
}

function defaultDelayMs(retry: number): number {
  return retry === 1 ? 0 : 1000 * 2 ** (retry - 2);
}
