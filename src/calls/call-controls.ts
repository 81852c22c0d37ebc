import { isObservable } from 'rxjs';
import { CallError, OptionError, SourceError } from '../core/errors.ts';
import type { MediaClock } from '../core/media-clock.ts';
import type { CallControls } from './call.ts';
import { type CallEvent, isOpen } from './call-state.ts';
import { playbackEvents } from './playback-events.ts';
import type { Player } from './player.ts';
import { positions } from './position.ts';
import type { StateStore } from './state-store.ts';

export interface CallControlsOptions {
  chatId: string;
  store: StateStore;
  player: Player;
  clock: MediaClock;
  /** What helps a call whose connection has failed, for errors. */
  whenFailed: string;
}

/** What can be done with every call, and is done in the same way, whatever carries it. */
export function createCallControls(
  options: CallControlsOptions,
): Pick<CallControls, 'state$' | 'playback$' | 'position$'> &
  Pick<CallControls, 'play' | 'pause' | 'resume' | 'mute' | 'unmute' | 'seekTo' | 'seekBy' | 'stop'> {
  const { chatId, store, player, clock, whenFailed } = options;

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

  return {
    state$: store.state$,
    playback$: playbackEvents(store.steps$),
    position$: positions(store.state$, () => player.positionMs, clock),
    async play(source, { signal } = {}) {
      if (!isObservable(source)) throw new OptionError('source', source, 'a source, as fromFile(path) makes one');
      assertOpen('play');
      await player.play(source, signal);
    },
    pause: () => send('pause'),
    resume: () => send('resume'),
    mute: () => send('mute'),
    unmute: () => send('unmute'),
    seekTo,
    seekBy: (deltaMs) => seekTo(player.positionMs + deltaMs),
    stop: () => player.stop('stopped'),
  };
}
