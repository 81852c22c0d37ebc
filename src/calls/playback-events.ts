import { concatMap, from, type Observable } from 'rxjs';
import { match, P } from 'ts-pattern';
import type { RxcallError } from '../core/errors.ts';
import type { CallState, EndReason, Playback } from './call-state.ts';
import type { CallStep } from './state-store.ts';

/** What became of a playback: every one that started ends once, with a reason. */
export type PlaybackEvent =
  | { readonly type: 'opening'; readonly playback: Playback }
  /** Its first sample is there. After a seek, again. */
  | { readonly type: 'started'; readonly playback: Playback }
  /** Its first packet has left. */
  | { readonly type: 'sent'; readonly playback: Playback }
  /** It was opened and came to nothing; the promise of `play` says why. */
  | { readonly type: 'abandoned'; readonly playback: Playback }
  | {
      readonly type: 'ended';
      readonly playback: Playback;
      readonly reason: EndReason;
      readonly error?: RxcallError | undefined;
    };

/** The events of playbacks that lie in a call's steps. */
export function playbackEvents(steps$: Observable<CallStep>): Observable<PlaybackEvent> {
  return steps$.pipe(concatMap((step) => from(eventsOf(step))));
}

function eventsOf({ event, before, after }: CallStep): PlaybackEvent[] {
  return match(event)
    .returnType<PlaybackEvent[]>()
    .with({ type: 'open' }, ({ playback }) => [{ type: 'opening', playback }])
    .with({ type: 'start' }, ({ playback }) => [...replacedBy(playback, before), { type: 'started', playback }])
    .with({ type: 'sent' }, ({ playback }) => [{ type: 'sent', playback }])
    .with({ type: 'abandon' }, ({ playback }) => [{ type: 'abandoned', playback }])
    .with({ type: 'end' }, ({ playback, reason, error }) => [{ type: 'ended', playback, reason, error }])
    .with({ type: P.union('close', 'failed', 'timeout') }, () => endsWithConnection(before, after))
    .with({ type: P.union('connect', 'connected', 'disconnected', 'withdraw', 'renew', 'leg') }, () => [])
    .with({ type: P.union('pause', 'resume', 'hold', 'release', 'mute', 'unmute') }, () => [])
    .exhaustive();
}

function replacedBy(playback: Playback, { playback: present }: CallState): PlaybackEvent[] {
  if (present.status !== 'playing' || present.playback === playback) return [];
  return [{ type: 'ended', playback: present.playback, reason: 'replaced' }];
}

function endsWithConnection(before: CallState, after: CallState): PlaybackEvent[] {
  const events: PlaybackEvent[] = [];
  if (before.opening && !after.opening) events.push({ type: 'abandoned', playback: before.opening });
  if (before.playback.status === 'playing' && after.playback.status === 'ended') {
    const { playback, reason } = after.playback;
    events.push({ type: 'ended', playback, reason });
  }
  return events;
}
