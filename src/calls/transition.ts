import { match, P } from 'ts-pattern';
import {
  type CallEvent,
  type CallState,
  type ConnectionState,
  isLost,
  type Playback,
  type PlaybackState,
} from './call-state.ts';

const CONNECTION_EVENT = {
  type: P.union('connect', 'connected', 'disconnected', 'failed', 'withdraw', 'timeout', 'renew'),
} as const;

/**
 * What a call becomes by an event. Pure, and total: an event that means nothing in a state leaves that very state, so that
 * `next === state` says "nothing happened". Nothing happens to a closed call any more.
 *
 * @example
 * transition(initialCallState, { type: 'connect' }).connection.status // 'connecting'
 */
export function transition(state: CallState, event: CallEvent): CallState {
  if (state.connection.status === 'closed') return state;
  return match(event)
    .with(CONNECTION_EVENT, (e) => withConnection(state, connectionAfter(state.connection, e)))
    .with({ type: 'close' }, ({ reason }) => ({
      ...state,
      connection: { status: 'closed', reason } as const,
      opening: undefined,
      playback: endPlayback(state.playback, { reason: 'stopped' }),
    }))
    .with({ type: P.union('pause', 'resume') }, ({ type }) => withFlag(state, 'paused', type === 'pause'))
    .with({ type: P.union('hold', 'release') }, ({ type }) => withFlag(state, 'held', type === 'hold'))
    .with({ type: P.union('mute', 'unmute') }, ({ type }) => withFlag(state, 'muted', type === 'mute'))
    .with(
      { type: P.union('open', 'start') },
      () => isLost(state.connection),
      () => state,
    )
    .with({ type: 'open' }, ({ playback }) => ({ ...state, opening: playback }))
    .with({ type: 'abandon' }, ({ playback }) =>
      state.opening === playback ? { ...state, opening: undefined } : state,
    )
    .with({ type: 'start' }, ({ playback }) => ({
      ...state,
      opening: state.opening === playback ? undefined : state.opening,
      playback: startPlayback(state.playback, playback),
    }))
    .with({ type: P.union('leg', 'sent', 'end') }, (e) => withPlayback(state, playbackAfter(state.playback, e)))
    .exhaustive();
}

type ConnectionEvent = Extract<
  CallEvent,
  { type: 'connect' | 'connected' | 'disconnected' | 'failed' | 'withdraw' | 'timeout' | 'renew' }
>;

function connectionAfter(connection: ConnectionState, event: ConnectionEvent): ConnectionState {
  return match<[ConnectionState['status'], ConnectionEvent], ConnectionState>([connection.status, event])
    .with([P.not('timeout'), { type: 'connect' }], ([, { over = false }]) =>
      connection.status === 'connecting' && connection.over === over ? connection : { status: 'connecting', over },
    )
    .with([P.union('connecting', 'disconnected'), { type: 'connected' }], () => ({ status: 'connected' }))
    .with([P.union('connecting', 'connected'), { type: 'disconnected' }], () => ({ status: 'disconnected' }))
    .with([P.not('timeout'), { type: 'failed' }], ([, { error, rejoining = false }]) =>
      connection.status === 'failed' && (rejoining || !connection.rejoining)
        ? connection
        : { status: 'failed', error, rejoining },
    )
    .with(['connecting', { type: 'withdraw' }], () => ({ status: 'new' }))
    .with([P.union('new', 'connecting'), { type: 'timeout' }], () => ({ status: 'timeout' }))
    .with([P.not(P.union('new', 'timeout')), { type: 'renew' }], () => ({ status: 'new' }))
    .otherwise(() => connection);
}

function withConnection(state: CallState, connection: ConnectionState): CallState {
  if (connection === state.connection) return state;
  if (!isLost(connection)) return { ...state, connection };
  return {
    ...state,
    connection,
    opening: undefined,
    playback: endPlayback(state.playback, { reason: 'disconnected' }),
  };
}

function withFlag(state: CallState, flag: 'paused' | 'held' | 'muted', value: boolean): CallState {
  return state[flag] === value ? state : { ...state, [flag]: value };
}

type PlaybackEvent = Extract<CallEvent, { type: 'leg' | 'sent' | 'end' }>;

function playbackAfter(state: PlaybackState, event: PlaybackEvent): PlaybackState {
  if (state.status !== 'playing' || state.playback !== event.playback) return state;
  return match(event)
    .returnType<PlaybackState>()
    .with({ type: 'leg' }, ({ kind }) =>
      state.kinds.includes(kind) ? state : { ...state, kinds: [...state.kinds, kind] },
    )
    .with({ type: 'sent' }, () => (state.sent ? state : { ...state, sent: true }))
    .with({ type: 'end' }, ({ reason, error }) => endPlayback(state, { reason, error }))
    .exhaustive();
}

function withPlayback(state: CallState, playback: PlaybackState): CallState {
  return playback === state.playback ? state : { ...state, playback };
}

/** After a seek it is still the same playback. */
function startPlayback(before: PlaybackState, playback: Playback): PlaybackState {
  if (before.status === 'playing' && before.playback === playback) return { ...before };
  return { status: 'playing', playback, kinds: [], sent: false };
}

function endPlayback(
  playback: PlaybackState,
  how: Pick<Extract<PlaybackState, { status: 'ended' }>, 'reason' | 'error'>,
): PlaybackState {
  if (playback.status !== 'playing') return playback;
  return { status: 'ended', playback: playback.playback, kinds: playback.kinds, ...how };
}
