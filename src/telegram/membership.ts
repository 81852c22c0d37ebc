import type { Logger } from '../core/logger.ts';
import type { RxcallError } from '../core/errors.ts';
import type { ChatId } from './chat-id.ts';
import type { JoinableCall } from './joinable-call.ts';
import type { ParticipantCommand } from './participant-commands.ts';
import type { RejoinPolicy } from './rejoin-policy.ts';
import type { JoinRequest, Signaling } from './signaling.ts';
import type { SsrcRetryOptions } from './ssrc-retry.ts';

/**
 * Why a place in a call was lost. `kicked`: the server says that we have left. `missing`: it does not know our SSRC. `connection`:
 * the media connection failed. `allowed`: we were a listener and may speak now, which takes another join.
 */
export type PlaceLoss = 'kicked' | 'missing' | 'connection' | 'allowed';

/**
 * Why we are in a call no longer. `left`: we left, or closed the call. `discarded`: the call ended for everybody.
 * `elsewhere`: this account has joined from somewhere else. `failed`: we could not get back in.
 */
export type MembershipEnd =
  { readonly reason: 'left' | 'discarded' | 'elsewhere' } | { readonly reason: 'failed'; readonly error: RxcallError };

/** What happens on Telegram's side of a call. */
export type MembershipEvent =
  /** A join begins; `attempt` counts those since the call was last stable. */
  | { readonly type: 'joining'; readonly reason: 'first' | PlaceLoss; readonly attempt: number }
  /** Media can flow. */
  | { readonly type: 'joined' }
  /** We may only listen; the join is repeated when an admin lets us speak. */
  | { readonly type: 'listening' }
  | { readonly type: 'command'; readonly command: ParticipantCommand };

export interface JoinCallOptions {
  signaling: Signaling;
  call: JoinableCall;
  chatId: ChatId;
  /** How to join. Whether muted and with a picture is the call's own to know. */
  request?: Omit<JoinRequest, 'muted' | 'videoStopped'> | undefined;
  /** How loud everybody shall hear us, 1 being 100 %: some calls lower who joins. Default 1; null leaves it as it is. */
  volume?: number | null | undefined;
  /** Where we may only listen: wait until an admin lets us speak. Default false, the join fails. */
  waitForPermission?: boolean | undefined;
  rejoin?: RejoinPolicy | undefined;
  ssrcRetry?: Omit<SsrcRetryOptions, 'signal'> | undefined;
  /** How often to ask whether we are still in the call while not connected, in milliseconds. Default 4000. */
  checkEveryMs?: number | undefined;
  onEvent?: ((event: MembershipEvent) => void) | undefined;
  /** Default: silent. */
  logger?: Logger | undefined;
  /** Ends the join, and leaves. */
  signal?: AbortSignal | undefined;
}

/** Our place in a call. */
export interface Membership extends AsyncDisposable {
  /** Resolves when it is over, with why. Never rejects. */
  readonly ended: Promise<MembershipEnd>;
  /**
   * Sets how loud everybody hears us, 1 being 100 %, 0 to 2; now, and after each rejoin. What Telegram refuses is logged.
   * Throws an `OptionError` for anything else.
   */
  setVolume(volume: number): void;
  /** Leaves the call, and resolves when the server knows or cannot be told. Idempotent. */
  leave(): Promise<void>;
}
