import type { Logger } from '../core/logger.ts';
import type { ChatId } from '../telegram/chat-id.ts';
import { joinCall } from '../telegram/join-procedure.ts';
import type { JoinableCall } from '../telegram/joinable-call.ts';
import type { JoinCallOptions, MembershipEvent } from '../telegram/membership.ts';
import type { Signaling } from '../telegram/signaling.ts';
import { type CloseReason, isPaused, showsVideo } from './call-state.ts';
import type { OwnedGroupCall } from './create-group-call.ts';
import type { GroupCall } from './group-call.ts';

/** How to join; what is left out has the defaults of {@link joinCall}. */
export type JoinOptions = Pick<
  JoinCallOptions,
  'request' | 'volume' | 'waitForPermission' | 'rejoin' | 'ssrcRetry' | 'checkEveryMs' | 'signal'
>;

/** A call that a client has joined by itself, and stays in. */
export interface JoinedCall extends GroupCall {
  /**
   * Sets how loud everybody hears us, 1 being 100 %, 0 to 2: by Telegram, nothing is encoded anew. Holds after a rejoin, too.
   * Throws an {@link OptionError} for anything else; what Telegram refuses is logged.
   */
  setVolume(volume: number): void;
  /** The same as of any call; resolves when Telegram knows, too, that we have left, or has not answered for 5 s. */
  close(): Promise<void>;
}

/**
 * Joins a call to its chat by a Telegram library, and keeps it there. While an admin forbids us to speak, the call is held.
 * The call closes when we are out of it for good; when the call is closed, we leave.
 */
export async function joinChat(
  call: OwnedGroupCall,
  chatId: ChatId,
  signaling: Signaling,
  options: JoinOptions & { logger: Logger },
): Promise<JoinedCall> {
  const { closeFor } = call;
  const onEvent = (event: MembershipEvent): void => obey(call, event);
  const joining = joinCall({ ...options, signaling, chatId, call: joinable(call), onEvent });

  /** A join that comes to nothing has left. */
  async function closeAndLeave(reason: CloseReason): Promise<void> {
    await closeFor(reason);
    const membership = await joining.catch(() => undefined);
    await membership?.leave();
  }

  const close = (): Promise<void> => closeAndLeave('user');
  Object.assign(call, { close, closeFor: closeAndLeave, [Symbol.asyncDispose]: close });
  try {
    const membership = await joining;
    void membership.ended.then((end) => call.closeFor(end.reason === 'left' ? 'user' : 'removed'));
    return Object.assign(call, { setVolume: (volume: number) => membership.setVolume(volume) });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does what admins ask. */
function obey(call: OwnedGroupCall, event: MembershipEvent): void {
  if (event.type !== 'command') return;
  if (event.command.type === 'pause') call.hold();
  if (event.command.type === 'resume') call.release();
}

function joinable(call: OwnedGroupCall): JoinableCall {
  return {
    get joinPayload() {
      return call.joinPayload;
    },
    get ssrcs() {
      return call.ssrcs;
    },
    get status() {
      return call.status;
    },
    get mediaState() {
      const { state } = call;
      return { muted: state.muted, paused: isPaused(state), video: showsVideo(state) };
    },
    connect: (answer, { signal }) => call.connect(answer, { signal }),
    renew: () => call.renew(),
    watch(listener) {
      const watching = call.steps$.subscribe(listener);
      return () => watching.unsubscribe();
    },
  };
}
