import type { Observable } from 'rxjs';
import type { OwnedGroupCall } from './create-group-call.ts';

/**
 * How a member of a call is had when the call lives in another thread. `here`: this thread knows by itself. `read`: a property
 * that is asked for, here and now; the last answer outlives the call. `query`: a method of the same kind. `order`: a method
 * that takes effect here and now. `ask`: a method that takes its time. `stream`: subscribed to there.
 */
type KindOf<Member> =
  | 'here'
  | (Member extends Observable<unknown>
      ? 'stream'
      : Member extends (...args: never[]) => Promise<unknown>
        ? 'ask'
        : Member extends (...args: never[]) => boolean | void
          ? 'order'
          : Member extends (...args: never[]) => unknown
            ? 'query'
            : 'read');

type MemberName = Exclude<keyof OwnedGroupCall, symbol>;

/** Every member of a call: one that is forgotten, or cannot be had in that way, does not compile. */
export const CALL_MEMBERS = {
  chatId: 'here',
  joinPayload: 'read',
  ssrcs: 'read',
  state: 'here',
  status: 'here',
  playback: 'here',
  paused: 'here',
  held: 'here',
  muted: 'here',
  positionMs: 'read',
  state$: 'here',
  steps$: 'here',
  playback$: 'here',
  position$: 'stream',
  stats$: 'stream',
  targetBitrate$: 'stream',
  messages$: 'stream',
  idealVideoHeight$: 'stream',
  connect: 'here',
  renew: 'here',
  play: 'ask',
  pause: 'order',
  resume: 'order',
  hold: 'order',
  release: 'order',
  mute: 'order',
  unmute: 'order',
  seekTo: 'ask',
  seekBy: 'ask',
  stop: 'order',
  sendMessage: 'ask',
  getStats: 'query',
  close: 'here',
  closeFor: 'here',
  closed: 'here',
  giveUp: 'here',
} as const;

CALL_MEMBERS satisfies { readonly [Name in MemberName]: KindOf<OwnedGroupCall[Name]> };

/** The members that this thread knows by itself. */
export type MembersHere = AsyncDisposable &
  Pick<OwnedGroupCall, { [Name in MemberName]: (typeof CALL_MEMBERS)[Name] extends 'here' ? Name : never }[MemberName]>;
