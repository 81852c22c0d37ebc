import { filter, firstValueFrom, map, type Observable, tap } from 'rxjs';
import { match } from 'ts-pattern';
import { AbortedError, SourceError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { MediaSource, RTMP_ACCEPTS } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { liftSource } from '../operators/lift-source.ts';
import type { RtmpStatus } from '../sinks/rtmp-connection.ts';
import { createRtmpOutput, type RtmpOutput } from '../sinks/rtmp-output.ts';
import { createCallControls } from './call-controls.ts';
import { type CallEvent, type CloseReason, carriesMedia, isLost, isPaused } from './call-state.ts';
import { createPlayer } from './player.ts';
import type { RtmpCall, RtmpCallOptions } from './rtmp-call.ts';
import { type CallStep, createStateStore } from './state-store.ts';

/** An RTMP call as the client holds it. */
export interface OwnedRtmpCall extends RtmpCall {
  readonly steps$: Observable<CallStep>;
  closeFor(reason: CloseReason): Promise<void>;
}

export interface OwnedRtmpCallOptions extends RtmpCallOptions {
  chatId: string;
  clock: MediaClock;
  logger: Logger;
  ffmpegPath: string | undefined;
}

/** Makes a call that publishes to `url`: resolves when the server takes the stream, rejects with why it does not. */
export async function createRtmpCall(url: string, options: OwnedRtmpCallOptions): Promise<OwnedRtmpCall> {
  const { chatId, clock, ffmpegPath, signal } = options;
  if (signal?.aborted) throw new AbortedError('createRtmpCall', signal.reason);
  const logger = bindLogger(options.logger, { chatId });
  /** Of the processes of this call. */
  const owner = {};
  const output = createRtmpOutput(url, { ...options, logger }, owner);
  const store = createStateStore(apply);
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<undefined>();
  let closing: Promise<void> | undefined;
  const player = createPlayer({
    clock,
    logger,
    request: { owner, ffmpegPath, logger: bindLogger(logger, { layer: 'source' }), accepts: RTMP_ACCEPTS },
    dispatch: (event) => void send(event),
    write: (sample) => output.write(sample),
  });

  const callLogger = bindLogger(logger, { layer: 'call' });

  const send = (event: CallEvent): boolean => store.dispatch(event);

  /** What a step means for the pipeline. */
  function apply({ event, after }: CallStep): void {
    const { connection, playback, muted } = after;
    callLogger.debug({ connection: connection.status, playback: playback.status }, event.type);
    if (isLost(connection)) player.stop('disconnected');
    player.hold(isPaused(after) || !carriesMedia(connection));
    player.mute(muted);
    if (event.type === 'end') output.showCover();
  }

  function follow(status: RtmpStatus): void {
    match(status)
      .with({ status: 'starting' }, () => send({ type: 'connect' }))
      .with({ status: 'active' }, () => {
        send({ type: 'connect' }); // after a failure; else it is on its way
        send({ type: 'connected' });
      })
      .with({ status: 'reconnecting' }, ({ error }) => send({ type: 'failed', error, rejoining: true }))
      .with({ status: 'failed' }, ({ error }) => send({ type: 'failed', error }))
      .with({ status: 'closed' }, () => {})
      .exhaustive();
  }

  function closeFor(reason: CloseReason): Promise<void> {
    closing ??= close(reason);
    return closing;
  }

  async function close(reason: CloseReason): Promise<void> {
    send({ type: 'close', reason });
    player.close();
    await Promise.all([output.close(), childrenEnded(owner)]);
    tellClosed(undefined);
  }

  output.status$.subscribe(follow);
  try {
    await taken(output, signal);
  } catch (error) {
    await closeFor('user');
    throw error;
  }

  const controls = createCallControls({ chatId, store, player, clock, whenFailed: 'create another one' });
  return {
    ...controls,
    chatId,
    get status() {
      return output.status;
    },
    get state() {
      return store.state;
    },
    get playback() {
      return store.state.playback;
    },
    get paused() {
      return store.state.paused;
    },
    get muted() {
      return store.state.muted;
    },
    get positionMs() {
      return player.positionMs;
    },
    status$: output.status$,
    steps$: store.steps$,
    stats$: output.stats$.pipe(map((stats) => ({ ...stats, positionMs: player.positionMs }))),
    getStats: () => ({ ...output.getStats(), positionMs: player.positionMs }),
    play: async (source, playOptions) => controls.play(requireCodecs(source), playOptions),
    close: () => closeFor('user'),
    closeFor,
    closed,
    [Symbol.asyncDispose]: () => closeFor('user'),
  };
}

/** Resolves when the server takes the stream; rejects when the first attempt failed. */
async function taken({ status$ }: RtmpOutput, signal: AbortSignal | undefined): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new AbortedError('createRtmpCall', signal?.reason));
  signal?.addEventListener('abort', abort, { once: true });
  const decided$ = status$.pipe(filter(({ status }) => status !== 'starting'));
  try {
    const decision = await Promise.race([firstValueFrom(decided$), aborted]);
    if ('error' in decision) throw decision.error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A source that brings something else than the sink takes fails, and not the call. */
function requireCodecs(source: Observable<Sample>): Observable<Sample> {
  const label = source instanceof MediaSource ? source.label : 'samples';
  return liftSource(source, (open) =>
    open().pipe(
      tap(({ kind, codec }) => {
        const taken: readonly string[] = RTMP_ACCEPTS[kind];
        if (taken.includes(codec)) return;
        const message = `${label} brings ${codec}, and an RTMP server takes ${taken.join(' or ')}.`;
        throw new SourceError('ERR_SOURCE_NO_TRACK', label, message);
      }),
    ),
  );
}
