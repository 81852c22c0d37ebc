import { isObservable, type Observable } from 'rxjs';
import { CallError, OptionError, SourceError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import type { Sample } from '../core/sample.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import type { CallControls } from './call.ts';
import { type CallBase, createCallBase, extend } from './call-base.ts';
import { type CallEvent, carriesMedia, isLost, isOpen, isPaused } from './call-state.ts';
import { createPlayer, type Player, type PlayerOptions } from './player.ts';
import { positions } from './position.ts';
import { type CallStep, createStateStore, type StateStore } from './state-store.ts';

export interface PlayedCallOptions extends Omit<PlayerOptions, 'dispatch' | 'logger'> {
  chatId: string;
  logger: Logger;
  /** What helps a call whose connection has failed, for errors. */
  whenFailed: string;
  /** What becomes of a source before it is played. Default: nothing. */
  prepare?: ((source: Observable<Sample>) => Observable<Sample>) | undefined;
  /** What else a step means, before anybody is told of it. */
  follow: (step: CallStep) => void;
  /** Ends what carries it. */
  end: () => Promise<void>;
}

/** A call without what carries it. */
export interface PlayedCall {
  readonly store: StateStore;
  readonly player: Player;
  readonly members: CallBase & CallControls;
}

/** What can be done with every call that is in this thread, and is done in the same way, whatever carries it. */
export function createPlayedCall(options: PlayedCallOptions): PlayedCall {
  const { chatId, clock, logger, request, whenFailed, prepare, follow, end } = options;
  const callLogger = bindLogger(logger, { layer: 'call' });
  const store = createStateStore(apply);
  const player = createPlayer({ ...options, dispatch: (event) => void store.dispatch(event) });

  /** What a step means for the pipeline. */
  function apply(step: CallStep): void {
    const { event, after } = step;
    callLogger.debug({ connection: after.connection.status, playback: after.playback.status }, event.type);
    if (isLost(after.connection)) player.stop('disconnected');
    player.hold(isPaused(after) || !carriesMedia(after.connection));
    player.mute(after.muted);
    follow(step);
  }

  const base = createCallBase(chatId, store, async () => {
    player.close();
    await Promise.all([end(), childrenEnded(request.owner)]);
    return undefined;
  });

  const send = (type: Extract<CallEvent['type'], 'pause' | 'resume' | 'mute' | 'unmute'>): boolean =>
    store.dispatch({ type });

  function assertOpen(what: string): void {
    const { connection } = store.state;
    if (isOpen(connection)) return;
    const remedy = connection.status === 'failed' ? whenFailed : 'create another one';
    throw new CallError('ERR_CALL_CLOSED', `Call ${chatId} is ${connection.status}: before ${what}, ${remedy}.`);
  }

  async function seekTo(positionMs: number): Promise<void> {
    assertOpen('seekTo');
    if (!Number.isFinite(positionMs)) throw new OptionError('positionMs', positionMs, 'a number of milliseconds');
    const { opening, playback } = store.state;
    const target = opening ?? (playback.status === 'idle' ? undefined : playback.playback);
    if (!target) throw new CallError('ERR_CALL_STATE', `Call ${chatId} has nothing to seek in: play something first.`);
    if (!target.seekable) {
      const message = `${target.label} has no positions to seek to: it is live, or a plain Observable.`;
      throw new SourceError('ERR_SOURCE_NOT_SEEKABLE', target.label, message);
    }
    await player.seekTo(Math.max(0, positionMs));
  }

  const members = extend(base, {
    get positionMs() {
      return player.positionMs;
    },
    position$: positions(store.state$, () => player.positionMs, clock),
    async play(source, { signal } = {}) {
      if (!isObservable(source)) throw new OptionError('source', source, 'a source, as fromFile(path) makes one');
      assertOpen('play');
      await player.play(prepare?.(source) ?? source, signal);
    },
    pause: () => send('pause'),
    resume: () => send('resume'),
    mute: () => send('mute'),
    unmute: () => send('unmute'),
    seekTo,
    seekBy: (deltaMs) => seekTo(player.nextPositionMs + deltaMs),
    stop: () => player.stop('stopped'),
  } satisfies Partial<CallControls>);
  return { store, player, members };
}
