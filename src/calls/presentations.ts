import { AbortedError, CallError, OptionError } from '../core/errors.ts';
import type { ChatId } from '../telegram/chat-id.ts';
import { untilAborted } from '../telegram/delay.ts';
import { joinAnswer, type Signaling } from '../telegram/signaling.ts';
import { createCallRegistry } from './call-registry.ts';
import { isOpen } from './call-state.ts';
import type { OwnedGroupCall } from './create-group-call.ts';
import type { GroupCall } from './group-call.ts';
import type { CallStep } from './state-store.ts';

/** What is to be known of a call that presents. */
type PresentingCall = Pick<OwnedGroupCall, 'status' | 'steps$'>;

export interface PresentationsOptions {
  /** The group call of a chat, if it has one. */
  callOf: (chatId: string) => PresentingCall | undefined;
  make: (chatId: string) => Promise<OwnedGroupCall>;
  onStep: (chatId: string, step: CallStep) => void;
}

/** The screens that calls show beside what they play: each a connection of its own, which ends with its call. */
export interface Presentations {
  get(chatId: string): GroupCall | undefined;
  /** See {@link Client.createPresentation}. */
  create(chatId: string): Promise<GroupCall>;
  /** See {@link Client.present}. */
  join(chatId: string, id: ChatId, signaling: Signaling, signal?: AbortSignal): Promise<GroupCall>;
  close(): Promise<void>;
}

export function createPresentations({ callOf, make, onStep }: PresentationsOptions): Presentations {
  const registry = createCallRegistry<OwnedGroupCall>({
    taken: (chatId) => `The call of chat ${chatId} presents already: close that first.`,
  });

  async function create(chatId: string): Promise<OwnedGroupCall> {
    const call = callOf(chatId);
    if (!call || !isConnected(call)) throw noCall(chatId);
    return registry.create(chatId, async () => {
      const presentation = await make(chatId);
      if (isConnected(call)) {
        follow(presentation, call);
        return presentation;
      }
      await presentation.closeFor('call');
      throw noCall(chatId);
    });
  }

  function follow(presentation: OwnedGroupCall, call: PresentingCall): void {
    presentation.steps$.subscribe((step) => {
      onStep(presentation.chatId, step);
      if (step.after.connection.status === 'failed') void presentation.closeFor('failed');
    });
    const watching = call.steps$.subscribe(({ after }) => {
      if (!isOpen(after.connection)) void presentation.closeFor('call');
    });
    void presentation.closed.then(() => watching.unsubscribe());
  }

  async function join(chatId: string, id: ChatId, signaling: Signaling, signal?: AbortSignal): Promise<GroupCall> {
    if (!signaling.joinPresentation) {
      throw new OptionError('options.signaling.joinPresentation', undefined, 'there for present() to work');
    }
    if (signal?.aborted) throw new AbortedError('present', signal.reason);
    const presentation = await create(chatId);
    try {
      const joining = signaling.joinPresentation(id, presentation.joinPayload);
      // Never left before the join is through, even if nobody waits for that any more.
      const closed = joining.then(() => presentation.closed);
      closed.then(() => signaling.leavePresentation?.(id)).catch(() => {}); // the call may be over itself
      const answer = await untilAborted(joining, signal, 'present');
      await presentation.connect(joinAnswer(answer, { presentation: true }), { signal });
      return presentation;
    } catch (error) {
      await presentation.close();
      throw error;
    }
  }

  return {
    get: (chatId) => registry.get(chatId),
    create,
    join,
    close: () => registry.close(),
  };
}

function isConnected({ status }: PresentingCall): boolean {
  return status === 'connected' || status === 'disconnected';
}

function noCall(chatId: string): CallError {
  return new CallError('ERR_CALL_STATE', `Chat ${chatId} has no call to present in: connect one first.`);
}
