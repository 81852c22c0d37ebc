import { RxcallError } from '../core/errors.ts';
import { readRpcError, type RpcError } from './rpc-error.ts';

/** Names of refusals that pass. */
const PASSING = /FLOOD|WAIT|TIMEOUT|TIMEDOUT|INTERDC|RPC_CALL_FAIL|RPC_MCGET_FAIL|SSRC_DUPLICATE|JOIN_MISSING/;

/** What a {@link SignalingError} may carry beside its message. */
export interface SignalingErrorOptions {
  cause?: unknown;
  /** Default: found in the cause. */
  reason?: string | undefined;
  /** Default: decided by the cause. */
  retryable?: boolean | undefined;
}

/** Telegram, or the library that speaks to it, did not do what a call needs: a join, a look-up, a leave. */
export class SignalingError extends RxcallError {
  /**
   * What Telegram refused with, as in `CHAT_ADMIN_REQUIRED`; undefined when it was not Telegram that failed. A chat without a
   * call is `GROUPCALL_INVALID` too.
   */
  readonly reason: string | undefined;
  /** How long Telegram asks to wait before the next attempt, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(message: string, options: SignalingErrorOptions = {}) {
    const rpc = readRpcError(options.cause);
    super('ERR_SIGNALING', message, {
      cause: options.cause,
      retryable: options.retryable ?? (options.cause !== undefined && passes(rpc, options.cause)),
    });
    this.reason = options.reason ?? rpc?.name;
    this.waitMs = rpc?.waitMs;
  }
}

/**
 * Any error of a signaling as one of ours; `what` is what was tried, as in `joining chat -1001234567890`. Those of this
 * library stay as they are.
 */
export function asSignalingError(error: unknown, what: string): RxcallError {
  if (error instanceof RxcallError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new SignalingError(`Telegram failed at ${what}: ${said}`, { cause: error });
}

/** Without a refusal the network failed or the connection was down, unless the code itself is wrong. */
function passes(rpc: RpcError | undefined, cause: unknown): boolean {
  if (rpc) return (rpc.code ?? 0) >= 500 || PASSING.test(rpc.name);
  return !(cause instanceof TypeError || cause instanceof ReferenceError || cause instanceof SyntaxError);
}
