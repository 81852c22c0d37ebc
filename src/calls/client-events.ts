import { match, P } from 'ts-pattern';
import type { RxcallError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';
import { type ConnectionState, type EndReason, isPaused, type Playback, showsVideo } from './call-state.ts';
import type { CallStep } from './state-store.ts';

/** The ends that nobody asked for. */
type NaturalEnd = Extract<EndReason, 'ended' | 'error' | 'stalled' | 'disconnected'>;

/** What a bot has to know of its calls, one union. */
export type ClientEvent =
  /** The connection of a call has changed. */
  | {
      readonly type: 'connectionChange';
      readonly chatId: string;
      readonly state: Exclude<ConnectionState['status'], 'new'>;
      /** Why it failed. */
      readonly error?: RxcallError | undefined;
    }
  /** The same of the connection by which the call shows a screen. */
  | {
      readonly type: 'presentationChange';
      readonly chatId: string;
      readonly state: Exclude<ConnectionState['status'], 'new'>;
      readonly error?: RxcallError | undefined;
    }
  /** The first packet of a playback has left. */
  | { readonly type: 'started'; readonly chatId: string; readonly playback: Playback }
  /** Of each kind of media that a playback had; the picture first, then the sound. Comes before its `streamEnd`. */
  | {
      readonly type: 'legEnd';
      readonly chatId: string;
      readonly playback: Playback;
      readonly kind: MediaKind;
      readonly reason: NaturalEnd;
      readonly error?: RxcallError | undefined;
    }
  /** A playback is over by itself: once each, and never for stop, another play, or a seek. */
  | {
      readonly type: 'streamEnd';
      readonly chatId: string;
      readonly playback: Playback;
      readonly reason: NaturalEnd;
      readonly error?: RxcallError | undefined;
    }
  /**
   * What the call sends has changed in a way that its chat should be told of: by pause, resume, mute, unmute, by an admin's
   * hold, by the end of a video, and by the loss of a connection on which one was shown.
   */
  | {
      readonly type: 'mediaState';
      readonly chatId: string;
      readonly muted: boolean;
      /** By the user or by an admin. */
      readonly paused: boolean;
      /** A picture is being sent. */
      readonly video: boolean;
    };

/** The events that one step of a call means, in the order in which a bot gets them. */
export function clientEventsOf(chatId: string, step: CallStep): ClientEvent[] {
  return [...connectionEvents(chatId, step), ...playbackEventsOf(chatId, step), ...mediaStateEvents(chatId, step)];
}

/** The events that one step of a presentation means. What becomes of its playbacks, it tells itself. */
export function presentationEventsOf(chatId: string, step: CallStep): ClientEvent[] {
  return connectionEvents(chatId, step, 'presentationChange');
}

function connectionEvents(
  chatId: string,
  { before, after }: CallStep,
  type: 'connectionChange' | 'presentationChange' = 'connectionChange',
): ClientEvent[] {
  const { status } = after.connection;
  if (status === before.connection.status || status === 'new') return [];
  const error = after.connection.status === 'failed' ? { error: after.connection.error } : {};
  return [{ type, chatId, state: status, ...error }];
}

function playbackEventsOf(chatId: string, { event, before, after }: CallStep): ClientEvent[] {
  if (event.type === 'sent') return [{ type: 'started', chatId, playback: event.playback }];
  return match([before.playback, after.playback])
    .returnType<ClientEvent[]>()
    .with(
      [{ status: 'playing' }, { status: 'ended', reason: P.union('ended', 'error', 'stalled', 'disconnected') }],
      ([, { playback, kinds, reason, error }]) => [
        ...(['video', 'audio'] as const)
          .filter((kind) => kinds.includes(kind))
          .map((kind): ClientEvent => ({ type: 'legEnd', chatId, playback, kind, reason, error })),
        { type: 'streamEnd', chatId, playback, reason, error },
      ],
    )
    .otherwise(() => []);
}

function mediaStateEvents(chatId: string, { event, before, after }: CallStep): ClientEvent[] {
  const tells = match(event)
    .with({ type: P.union('mute', 'unmute') }, () => true)
    .with({ type: P.union('pause', 'resume', 'hold', 'release') }, () => isPaused(before) !== isPaused(after))
    .with(
      { type: 'end', reason: P.union('ended', 'error', 'stalled', 'disconnected') },
      { type: P.union('failed', 'timeout', 'close') },
      () => showsVideo(before) && !showsVideo(after),
    )
    .otherwise(() => false);
  if (!tells) return [];
  return [{ type: 'mediaState', chatId, muted: after.muted, paused: isPaused(after), video: showsVideo(after) }];
}
