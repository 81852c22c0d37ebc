import type { RxcallError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';

/** One `play`: what is played, told apart by a number that counts up within a call. */
export interface Playback {
  readonly id: number;
  /** What the source calls itself, secrets redacted. */
  readonly label: string;
  readonly seekable: boolean;
}

/**
 * Why a playback ended. `ended`: the media was over. `error`: the source failed. `stalled`: it fell silent for too long.
 * `disconnected`: the connection was lost for good. `stopped`: {@link GroupCall.stop} or close. `replaced`: another one took
 * over.
 */
export type EndReason = 'ended' | 'error' | 'stalled' | 'disconnected' | 'stopped' | 'replaced';

/**
 * Why a call was closed. `timeout`: it never connected. `client`: its client was closed. `removed`: Telegram has us in it no
 * longer. Of a presentation, `call`: the call that it belongs to is over; `failed`: it has lost its connection.
 */
export type CloseReason = 'user' | 'client' | 'timeout' | 'removed' | 'call' | 'failed';

/** Where the connection of a call stands. */
export type ConnectionState =
  /** There is a payload to join with, and an answer is yet to come. */
  | { readonly status: 'new' }
  /** `over`: a connection that was there before carries what plays until this one does. */
  | { readonly status: 'connecting'; readonly over: boolean }
  | { readonly status: 'connected' }
  /** Nothing is heard from the server; it may come back. */
  | { readonly status: 'disconnected' }
  /** Lost. `rejoining`: somebody brings it back, and what plays waits for that. */
  | { readonly status: 'failed'; readonly error: RxcallError; readonly rejoining: boolean }
  /** It never connected, and closes. */
  | { readonly status: 'timeout' }
  | { readonly status: 'closed'; readonly reason: CloseReason };

/** What a call plays, or played last. */
export type PlaybackState =
  | { readonly status: 'idle' }
  | {
      readonly status: 'playing';
      readonly playback: Playback;
      /** What has been heard and seen of it so far. */
      readonly kinds: readonly MediaKind[];
      /** Its first packet has left. */
      readonly sent: boolean;
    }
  | {
      readonly status: 'ended';
      readonly playback: Playback;
      readonly kinds: readonly MediaKind[];
      readonly reason: EndReason;
      readonly error?: RxcallError | undefined;
    };

/** All there is to know about a call, as a value. */
export interface CallState {
  readonly connection: ConnectionState;
  readonly playback: PlaybackState;
  /** What is being opened, while what plays, plays on. */
  readonly opening: Playback | undefined;
  /** By the user. */
  readonly paused: boolean;
  /** An admin does not let us speak: nothing is sent, whatever the user wants. */
  readonly held: boolean;
  readonly muted: boolean;
}

/** Everything that can happen to a call, whoever caused it. */
export type CallEvent =
  /** An answer has come. `over`: there is a connection still. */
  | { readonly type: 'connect'; readonly over?: boolean }
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** Lost, or not to be had; once more without `rejoining` when it is given up. */
  | { readonly type: 'failed'; readonly error: RxcallError; readonly rejoining?: boolean }
  /** An attempt was called off, and there is no connection. */
  | { readonly type: 'withdraw' }
  /** There is another payload to join with, and the connection is gone. */
  | { readonly type: 'renew' }
  | { readonly type: 'timeout' }
  | { readonly type: 'close'; readonly reason: CloseReason }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }
  | { readonly type: 'mute' }
  | { readonly type: 'unmute' }
  /** A source is being opened, for a play or a seek. */
  | { readonly type: 'open'; readonly playback: Playback }
  /** It did not come to anything: it failed, was aborted or gave way to another. */
  | { readonly type: 'abandon'; readonly playback: Playback }
  /** Its first sample is there: it plays, in place of what played. */
  | { readonly type: 'start'; readonly playback: Playback }
  /** The first sample of a kind has come. */
  | { readonly type: 'leg'; readonly playback: Playback; readonly kind: MediaKind }
  /** Its first packet has left. */
  | { readonly type: 'sent'; readonly playback: Playback }
  | {
      readonly type: 'end';
      readonly playback: Playback;
      readonly reason: EndReason;
      readonly error?: RxcallError | undefined;
    };

/** Whether a connection is lost and nobody brings it back, so that nothing can begin on it. */
export function isLost(connection: ConnectionState): boolean {
  return connection.status === 'timeout' || (connection.status === 'failed' && !connection.rejoining);
}

/** Whether something can be played, now or when there is a connection. */
export function isOpen(connection: ConnectionState): boolean {
  return connection.status !== 'closed' && !isLost(connection);
}

/** Whether a call is over: no other answer or payload brings it back. */
export function isOver({ status }: ConnectionState): boolean {
  return status === 'timeout' || status === 'closed';
}

/** Whether what plays has somewhere to go; while it has not, it waits. */
export function carriesMedia(connection: ConnectionState): boolean {
  const { status } = connection;
  return status === 'connected' || status === 'disconnected' || (status === 'connecting' && connection.over);
}

/** Whether nothing is to be sent, by the user's wish or an admin's. */
export function isPaused({ paused, held }: CallState): boolean {
  return paused || held;
}

/** Whether a picture is being sent. */
export function showsVideo({ playback }: CallState): boolean {
  return playback.status === 'playing' && playback.kinds.includes('video');
}

/** A call that was created and not connected yet. */
export const initialCallState: CallState = {
  connection: { status: 'new' },
  playback: { status: 'idle' },
  opening: undefined,
  paused: false,
  held: false,
  muted: false,
};
