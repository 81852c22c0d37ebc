import type { Logger } from '../core/logger.ts';
import type { ChatId } from '../telegram/chat-id.ts';
import { joinCall } from '../telegram/join-procedure.ts';
import type { JoinableCall } from '../telegram/joinable-call.ts';
import type { JoinCallOptions, MembershipEvent } from '../telegram/membership.ts';
import type { Signaling } from '../telegram/signaling.ts';
import { showsVideo } from './client-events.ts';
import type { OwnedGroupCall } from './create-group-call.ts';

/** How to join; what is left out has the defaults of {@link joinCall}. */
export type JoinOptions = Pick<
  JoinCallOptions,
  'request' | 'volume' | 'waitForPermission' | 'rejoin' | 'ssrcRetry' | 'checkEveryMs' | 'signal'
>;

/**
 * Joins a call to its chat by a Telegram library, and keeps it there. When an admin forbids us to speak, the call pauses, and
 * resumes when we may again. The call closes when we are out of it for good; when the call is closed, we leave.
 */
export async function joinChat(
  call: OwnedGroupCall,
  chatId: ChatId,
  signaling: Signaling,
  options: JoinOptions & { logger: Logger },
): Promise<void> {
  try {
    const membership = await joinCall({
      ...options,
      signaling,
      chatId,
      call: joinable(call),
      onEvent: obedience(call),
    });
    void membership.ended.then((end) => call.closeFor(end.reason === 'left' ? 'user' : 'removed'));
    void call.closed.then(() => membership.leave());
  } catch (error) {
    await call.closeFor('user');
    throw error;
  }
}

/** Does what admins ask. A pause that the user asked for is not theirs to lift. */
function obedience(call: OwnedGroupCall): (event: MembershipEvent) => void {
  let pausedByAdmin = false;
  return (event) => {
    if (event.type !== 'command') return;
    if (event.command.type === 'pause') pausedByAdmin = call.pause();
    if (event.command.type === 'resume' && pausedByAdmin) {
      pausedByAdmin = false;
      call.resume();
    }
  };
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
      return call.state.connection.status;
    },
    get mediaState() {
      const { muted, paused } = call;
      return { muted, paused, video: showsVideo(call.state) };
    },
    connect: (answer, { signal }) => call.connect(answer, { signal }),
    renew: () => call.renew(),
    watch(listener) {
      const watching = call.steps$.subscribe(listener);
      return () => watching.unsubscribe();
    },
  };
}
