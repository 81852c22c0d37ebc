import { checkDuration } from '../core/check-duration.ts';
import { OptionError } from '../core/errors.ts';
import { delay } from './delay.ts';

/** How often, and how soon, a lost call is joined again. */
export interface RejoinPolicy {
  /** How many joins in a row may be needed before it is given up. Default 5. */
  attempts?: number | undefined;
  /** How long to wait before a join, in milliseconds; `attempt` counts from 1. Default: 0, then 1, 2, 4 … 30 s, ±50 %. */
  delayMs?: ((attempt: number) => number) | undefined;
  /** A connection that lasts this long, in milliseconds, starts the count anew. Default 30,000. */
  stableMs?: number | undefined;
}

/** Counts the joins that were needed since a call was last stable, and spaces them. */
export interface Backoff {
  readonly attempts: number;
  /** Whether another join is allowed. */
  readonly mayRetry: boolean;
  /** Counts one more and waits for its turn, at least `minimumMs`. */
  next(signal: AbortSignal, minimumMs?: number): Promise<void>;
  /** Media flows: if it lasts, all is forgotten. */
  connected(): void;
  /** It does not any more. */
  lost(): void;
}

export function createBackoff(policy: RejoinPolicy = {}): Backoff {
  const { attempts: limit = 5, delayMs = defaultDelayMs, stableMs = 30_000 } = policy;
  if (typeof delayMs !== 'function') throw new OptionError('rejoin.delayMs', delayMs, 'a function of the attempt');
  if (!(limit >= 0)) throw new OptionError('rejoin.attempts', limit, 'a number, 0 or more');
  checkDuration('rejoin.stableMs', stableMs);
  let attempts = 0;
  let stable: ReturnType<typeof setTimeout> | undefined;

  return {
    get attempts() {
      return attempts;
    },
    get mayRetry() {
      return attempts < limit;
    },
    async next(signal, minimumMs = 0) {
      attempts++;
      await delay(Math.max(minimumMs, delayMs(attempts)), signal);
    },
    connected() {
      clearTimeout(stable);
      stable = setTimeout(() => {
        attempts = 0;
      }, stableMs);
    },
    lost() {
      clearTimeout(stable);
    },
  };
}

/** Spread, so that a thousand calls of a server that restarts do not come back in the same instant. */
function defaultDelayMs(attempt: number): number {
  const base = attempt === 1 ? 0 : Math.min(1000 * 2 ** (attempt - 2), 30_000);
  return base * (0.5 + Math.random());
}
