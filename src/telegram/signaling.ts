import type { ChatId } from './chat-id.ts';
import { findJoinAnswer, type FindJoinAnswerOptions } from './find-join-answer.ts';
import type { ParticipantFlags } from './media-state.ts';
import type { SignalingUpdate } from './self-participant.ts';
import { SignalingError } from './signaling-error.ts';

/** How to join, beside the payload. */
export interface JoinRequest {
  /** Join as muted. Default false. */
  readonly muted?: boolean | undefined;
  /** Join without a picture, as the participant list shows it. Default true. */
  readonly videoStopped?: boolean | undefined;
  /** Join as this channel or group instead of oneself; see `phone.getGroupCallJoinAs`. */
  readonly joinAs?: ChatId | undefined;
  /** From an invite link: lets us speak where listeners may not. */
  readonly inviteHash?: string | undefined;
  /** Start a call when the chat has none; needs the right to manage video chats. Default true. */
  readonly create?: boolean | undefined;
  /** Title of a call that is started. */
  readonly title?: string | undefined;
}

/**
 * What a client needs of the library that speaks MTProto: two functions. The others, where they are there, keep a call
 * alive, show what it does, and let an admin mute it.
 *
 * @example
 * const signaling: Signaling = {
 *   join: (chatId, payload) => joinGroupCall(chatId, payload), // phone.joinGroupCall
 *   leave: (chatId, source) => leaveGroupCall(chatId, source), // phone.leaveGroupCall
 * };
 */
export interface Signaling {
  /**
   * Joins the chat's call by `phone.joinGroupCall`. Resolves with the answer's JSON, or with whatever the method returned:
   * the answer is looked for in it. Rejects with what Telegram refused with; a `GROUPCALL_SSRC_DUPLICATE_MUCH` is tried
   * again with another payload.
   */
  join(chatId: ChatId, payload: string, request: JoinRequest): Promise<string | object>;
  /** Leaves the chat's call by `phone.leaveGroupCall`; `source` is our audio SSRC, signed. */
  leave(chatId: ChatId, source: number): Promise<unknown>;
  /**
   * Shows our screen in the chat's call that we are in, by `phone.joinGroupCallPresentation`. Resolves and rejects as
   * {@link join} does.
   */
  joinPresentation?(chatId: ChatId, payload: string): Promise<string | object>;
  /** Ends that, by `phone.leaveGroupCallPresentation`. */
  leavePresentation?(chatId: ChatId): Promise<unknown>;
  /** Which of our SSRCs (signed) the server still knows, by `phone.checkGroupCall`. Without it a lost place goes unnoticed. */
  check?(chatId: ChatId, sources: readonly number[]): Promise<readonly number[]>;
  /** Tells the server about us, by `phone.editGroupCallParticipant`. */
  edit?(chatId: ChatId, flags: ParticipantFlags): Promise<unknown>;
  /**
   * Tells what happens to us in the chat's call, from now on, before a join too; `readSignalingUpdate` of
   * `rxcall/telegram` finds it in raw updates. Returns what ends it.
   */
  watch?(chatId: ChatId, listener: (update: SignalingUpdate) => void): () => void;
}

/**
 * The JSON in what {@link Signaling.join} resolved with.
 *
 * @throws SignalingError when there is none.
 */
export function joinAnswer(result: string | object, options: FindJoinAnswerOptions = {}): string {
  const answer = typeof result === 'string' ? result : findJoinAnswer(result, options);
  if (answer !== undefined) return answer;
  throw new SignalingError(
    'The join was answered without updateGroupCallConnection: return its params, or all that phone.joinGroupCall returned.',
  );
}
