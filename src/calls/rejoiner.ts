import { filter, firstValueFrom, type Observable } from 'rxjs';
import type { RxcallError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import { createBackoff, type RejoinPolicy } from '../telegram/rejoin-policy.ts';
import { asSignalingError } from '../telegram/signaling-error.ts';
import type { CallState } from './call-state.ts';
import type { GroupCall } from './group-call.ts';
import type { CallStep } from './state-store.ts';

/** A connection that was lost, to be brought back by another join. */
export interface Rejoin {
  readonly chatId: string;
  readonly call: GroupCall;
  /**
   * What to join with: the payload of before, so that we are the same participant. When the server does not take it any
   * more, `await call.renew()`, join with `call.joinPayload`, and return the answer to that.
   */
  readonly joinPayload: string;
  /** Counts from 1, and anew when a connection has lasted. */
  readonly attempt: number;
  /** Why the connection was lost, or what the last attempt failed with. */
  readonly error: RxcallError;
  /** Aborts when the call is closed. */
  readonly signal: AbortSignal;
}

/**
 * Joins again: resolves with the answer, or with undefined to give up. What it rejects with counts as an attempt.
 *
 * @example
 * const client = createClient({ onRejoinNeeded: ({ joinPayload }) => joinGroupCall(joinPayload) });
 */
export type RejoinHook = (rejoin: Rejoin) => Promise<string | undefined>;

/** Who brings the connections of a call back, and how often that is tried. */
export interface RejoinOptions {
  readonly hook: RejoinHook;
  readonly policy?: RejoinPolicy | undefined;
}

/** A call whose connection can be brought back. */
export interface RejoinableCall extends GroupCall {
  readonly steps$: Observable<CallStep>;
  /** Nobody brings its lost connection back any more. */
  giveUp(error: RxcallError): Promise<void>;
}

export interface RejoinerOptions extends RejoinOptions {
  call: RejoinableCall;
  logger: Logger;
}

/** Brings the connection of a call back whenever it is lost, until the call closes or that has failed too often. */
export function followWithRejoins(options: RejoinerOptions): void {
  const { call, hook } = options;
  const logger = bindLogger(options.logger, { layer: 'call' });
  const backoff = createBackoff(options.policy);
  const over = new AbortController();
  let running = false;

  /** Attempts one after the other, until there is a connection or none is to be had. */
  async function bringBack(error: RxcallError): Promise<void> {
    running = true;
    let problem = error;
    while (isNeeded(call.state)) {
      if (!backoff.mayRetry) break;
      try {
        await backoff.next(over.signal);
        if (!isNeeded(call.state)) break;
        const answer = await ask(problem);
        if (answer === undefined) break;
        await call.connect(answer, { signal: over.signal });
      } catch (reason) {
        problem = asSignalingError(reason, `joining chat ${call.chatId} again`);
        if (!over.signal.aborted) await settled(problem);
      }
    }
    running = false;
    if (isNeeded(call.state)) await call.giveUp(problem);
  }

  function ask(error: RxcallError): Promise<string | undefined> {
    const { chatId, joinPayload } = call;
    const { attempts: attempt } = backoff;
    logger.info({ attempt }, 'joining again');
    return hook({ chatId, call, joinPayload, attempt, error, signal: over.signal });
  }

  /** An attempt that takes long goes on by itself. */
  async function settled(problem: RxcallError): Promise<void> {
    logger.warn({ error: problem, attempt: backoff.attempts }, 'could not join again');
    const ends$ = call.state$.pipe(filter(({ connection }) => connection.status !== 'connecting'));
    await firstValueFrom(ends$, { defaultValue: undefined });
  }

  call.steps$.subscribe({
    next({ before, after: { connection } }) {
      if (connection === before.connection) return;
      if (connection.status === 'connected') backoff.connected();
      else backoff.lost();
      if (connection.status === 'failed' && connection.rejoining && !running) void bringBack(connection.error);
    },
    complete() {
      backoff.lost();
      over.abort();
    },
  });
}

/** Also when it is `new` again, after a renewal. */
function isNeeded({ connection: { status } }: CallState): boolean {
  return status === 'failed' || status === 'new';
}
