import { match, P } from 'ts-pattern';
import type { RxcallError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';
import {
  type CallState,
  type ConnectionState,
  type EndReason,
  initialCallState,
  isLost,
  isPaused,
  type Playback,
  showsVideo,
} from './call-state.ts';
import type { CallStep } from './state-store.ts';

/** The ends that nobody asked for. */
type NaturalEnd = Extract<EndReason, 'ended' | 'error' | 'stalled' | 'disconnected'>;

/** What has become of a connection. */
export interface ConnectionChange {
  readonly chatId: string;
  readonly state: Exclude<ConnectionState['status'], 'new'>;
  /** Why it failed. */
  readonly error?: RxcallError | undefined;
  /** Of one that failed: whether somebody brings it back. When that is given up, it fails once more, without. */
  readonly rejoining?: boolean | undefined;
}

/** What a bot has to know of its calls, one union. */
export type ClientEvent =
  /** The connection of a call has changed. */
  | ({ readonly type: 'connectionChange' } & ConnectionChange)
  /** The same of the connection by which a call shows a screen. Of a presentation, nothing else is told here. */
  | ({ readonly type: 'presentationChange' } & ConnectionChange)
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

/** The events by which a call is told of that has become known: an RTMP call is connected by then. */
export function firstEventsOf(chatId: string, state: CallState): ClientEvent[] {
  return connectionEvents(chatId, { before: initialCallState, after: state });
}

/** The events that one step of a presentation means. What becomes of its playbacks, it tells itself. */
export function presentationEventsOf(chatId: string, step: CallStep): ClientEvent[] {
  return connectionEvents(chatId, step, 'presentationChange');
}

function connectionEvents(
  chatId: string,
  { before, after }: Pick<CallStep, 'before' | 'after'>,
  type: 'connectionChange' | 'presentationChange' = 'connectionChange',
): ClientEvent[] {
  const { connection } = after;
  const { status } = connection;
  const isGivenUp = isLost(connection) && !isLost(before.connection);
  if (status === 'new' || (status === before.connection.status && !isGivenUp)) return [];
  if (status !== 'failed') return [{ type, chatId, state: status }];
  return [{ type, chatId, state: status, error: connection.error, rejoining: connection.rejoining }];
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
