import type { Logger } from '../../core/logger.ts';
import type { IceBehavior, IceTimings } from '../transport-options.ts';
import type { IceParameters, IceRole } from '../types.ts';
import type { CandidatePair } from './candidate-pair.ts';

/** `failed` and `closed` are final. */
export type IceState = 'new' | 'checking' | 'connected' | 'disconnected' | 'failed' | 'closed';

export interface IceAgentOptions {
  role: IceRole;
  credentials: IceParameters;
  timings?: IceTimings | undefined;
  behavior?: IceBehavior | undefined;
  /** Called with what has to leave, from the local candidate of that index. The bytes are not touched afterwards. */
  send: (local: number, bytes: Buffer, port: number, ip: string) => void;
  /** Called when all is settled, so that the agent may be used from within. */
  onState?: ((state: IceState) => void) | undefined;
  /** Data is to take this way from now on. */
  onSelected?: ((pair: CandidatePair) => void) | undefined;
  /** From 0 to 1. Default `Math.random`. */
  random?: (() => number) | undefined;
  logger?: Logger | undefined;
}

/** {@link IceTimings} with every default filled in. */
export type ResolvedIceTimings = { readonly [K in keyof IceTimings]-?: NonNullable<IceTimings[K]> };

export function resolveIceTimings(role: IceRole, timings: IceTimings = {}): ResolvedIceTimings {
  return {
    preCheckDelayMs: timings.preCheckDelayMs ?? (role === 'controlled' ? 250 : 0),
    checkPaceMs: timings.checkPaceMs ?? 20,
    disconnectedAfterMs: timings.disconnectedAfterMs ?? 10_000,
    failedAfterMs: timings.failedAfterMs ?? 30_000,
    keepaliveMs: timings.keepaliveMs ?? 2000,
    consentMs: timings.consentMs ?? 5000,
  };
}
