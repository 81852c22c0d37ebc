import { match, P } from 'ts-pattern';
import type { RxcallError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';
import type { CallState, ConnectionState, EndReason, Playback } from './call-state.ts';
import type { CallStep } from './state-store.ts';

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
  /** The first packet of a playback has left. */
  | { readonly type: 'started'; readonly chatId: string; readonly playback: Playback }
  /** A kind of media of a playback is over; the picture first, then the sound. Comes before its `streamEnd`. */
  | { readonly type: 'legEnd'; readonly chatId: string; readonly playback: Playback; readonly kind: MediaKind }
  /** A playback is over by itself: once each, and never for stop, another play, or a seek. */
  | {
      readonly type: 'streamEnd';
      readonly chatId: string;
      readonly playback: Playback;
      readonly reason: Extract<EndReason, 'ended' | 'error' | 'stalled' | 'disconnected'>;
      readonly error?: RxcallError | undefined;
    }
  /**
   * What the call sends has changed in a way that its chat should be told of: by pause, resume, mute, unmute, by the end of a
   * video, and by the loss of a connection on which one was shown.
   */
  | {
      readonly type: 'mediaState';
      readonly chatId: string;
      readonly muted: boolean;
      readonly paused: boolean;
      /** A picture is being sent. */
      readonly video: boolean;
    };

/** Whether a picture is being sent. */
export function showsVideo({ playback }: CallState): boolean {
  return playback.status === 'playing' && playback.kinds.includes('video');
}

/** The events that one step of a call means, in the order in which a bot gets them. */
export function clientEventsOf(chatId: string, step: CallStep): ClientEvent[] {
  return [...connectionEvents(chatId, step), ...playbackEventsOf(chatId, step), ...mediaStateEvents(chatId, step)];
}

function connectionEvents(chatId: string, { before, after }: CallStep): ClientEvent[] {
  const { status } = after.connection;
  if (status === before.connection.status || status === 'new') return [];
  const error = after.connection.status === 'failed' ? { error: after.connection.error } : {};
  return [{ type: 'connectionChange', chatId, state: status, ...error }];
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
          .map((kind): ClientEvent => ({ type: 'legEnd', chatId, playback, kind })),
        { type: 'streamEnd', chatId, playback, reason, error },
      ],
    )
    .otherwise(() => []);
}

function mediaStateEvents(chatId: string, { event, before, after }: CallStep): ClientEvent[] {
  const tells = match(event)
    .with({ type: P.union('pause', 'resume', 'mute', 'unmute') }, () => true)
    .with({ type: 'end', reason: P.union('ended', 'error', 'stalled', 'disconnected') }, () => showsVideo(before))
    .with({ type: P.union('failed', 'timeout', 'close') }, () => showsVideo(before))
    .otherwise(() => false);
  if (!tells) return [];
  return [{ type: 'mediaState', chatId, muted: after.muted, paused: after.paused, video: showsVideo(after) }];
}
