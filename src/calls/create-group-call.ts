import { defer, interval, map, type Observable, share, startWith, Subject, takeUntil } from 'rxjs';
import { AbortedError, CallError, OptionError, RxcallError, SourceError, TransportError } from '../core/errors.ts';
import { WEBRTC_ACCEPTS } from '../core/media-source.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { parseJoinAnswer } from '../telegram/parse-answer.ts';
import type { TransportState } from '../webrtc/types.ts';
import { type CallLink, createCallLink } from './call-link.ts';
import { type CallEvent, type CloseReason, isLost } from './call-state.ts';
import type { CallStats, GroupCall, GroupCallOptions } from './group-call.ts';
import { playbackEvents } from './playback-events.ts';
import { createPlayer } from './player.ts';
import { type CallStep, createStateStore } from './state-store.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const GIVE_UP_AFTER_MS = 35_000;

/** A group call as the client holds it. */
export interface OwnedGroupCall extends GroupCall {
  readonly steps$: Observable<CallStep>;
  /**
   * Gives the connection up, in whatever state, and makes another one with a payload and SSRCs of its own. The call is `new`
   * then, and what plays waits until it is connected again.
   */
  renew(): Promise<void>;
  closeFor(reason: CloseReason): Promise<void>;
}

export interface OwnedGroupCallOptions extends GroupCallOptions {
  /** Somebody renews the connection when it is lost, so what plays waits for that instead of ending. Default false. */
  renewed?: boolean | undefined;
}

/** Makes a call: binds its sockets and writes its join payload. Nothing is sent before {@link GroupCall.connect}. */
export async function createGroupCall(options: OwnedGroupCallOptions): Promise<OwnedGroupCall> {
  const { chatId, clock, logger, ffmpegPath, renewed = false } = options;
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, giveUpAfterMs = GIVE_UP_AFTER_MS } = options;
  const linkOptions = {
    ...{ clock, logger, videoCodec: options.videoCodec, ...options.transport },
    connectTimeoutMs: giveUpAfterMs,
  };
  let link = await createCallLink(linkOptions);
  const keyframeRequests$ = new Subject<unknown>();
  const store = createStateStore();
  const player = createPlayer({
    clock,
    request: {
      ffmpegPath,
      logger,
      get accepts() {
        const codec = link.tracks.video?.parameters.codec ?? options.videoCodec;
        return codec === 'vp8' || codec === 'h264' ? { ...WEBRTC_ACCEPTS, video: [codec] } : WEBRTC_ACCEPTS;
      },
    },
    keyframeRequests$,
    dispatch: (event) => void send(event),
    write(sample) {
      const track = link.tracks[sample.kind];
      if (track?.parameters.codec === sample.codec) track.write(sample);
    },
  });
  let giveUp: NodeJS.Timeout | undefined;
  let wasConnected = false;
  let closing: Promise<void> | undefined;
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<void>();

  /** Applies an event to the state, and the state to the pipeline. */
  function send(event: CallEvent): boolean {
    if (!store.dispatch(event)) return false;
    const { connection, paused, muted } = store.state;
    wasConnected ||= connection.status === 'connected';
    logger.debug({ chatId, event: event.type, connection: connection.status }, 'call');
    player.hold(paused || !wasConnected);
    player.mute(muted);
    return true;
  }

  async function connect(answerJson: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    assertOpen('connect');
    if (signal?.aborted) throw new AbortedError('connect', signal.reason);
    const answer = parseJoinAnswer(answerJson);
    if (answer.mode !== 'rtc') throw unsupportedMode(answer.mode);
    if (!send({ type: 'connect' })) {
      const { status } = store.state.connection;
      throw new CallError('ERR_CALL_STATE', `Call ${chatId} cannot connect: it is ${status} already.`);
    }
    for (const warning of answer.warnings) logger.warn({ chatId, path: warning.path }, warning.message);
    giveUp = setTimeout(tooLate, giveUpAfterMs);
    const connecting = link;
    const attempt = link.connect(answer, signal);
    attempt.catch((error: unknown) => {
      if (link === connecting) fail(asTransportError(error));
    });
    await withinGate(attempt);
  }

  /** The caller waits only so long; the attempt itself goes on until the call gives up. */
  async function withinGate(attempt: Promise<void>): Promise<void> {
    const { promise: gate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `Call ${chatId} has not connected within ${connectTimeoutMs} ms; it goes on trying.`;
      reject(new TransportError('ERR_CONNECT_TIMEOUT', message, { retryable: true }));
    }, connectTimeoutMs);
    try {
      await Promise.race([attempt, gate]);
    } finally {
      clearTimeout(timer);
    }
  }

  function tooLate(): void {
    if (renewed)
      return fail(new TransportError('ERR_CONNECT_TIMEOUT', `Call ${chatId} did not connect.`, { retryable: true }));
    send({ type: 'timeout' });
    void closeFor('timeout');
  }

  function follow(followed: CallLink, state: TransportState): void {
    if (followed !== link) return;
    if (state === 'connected') {
      clearTimeout(giveUp);
      send({ type: 'connected' });
    } else if (state === 'disconnected') {
      send({ type: 'disconnected' });
    } else if (store.state.connection.status === 'connecting') {
      // why an attempt came to nothing is told by its promise
    } else if (state === 'failed') {
      fail(new TransportError('ERR_ICE_FAILED', `Call ${chatId} lost its connection.`, { retryable: true }));
    } else if (state === 'closed') {
      fail(new TransportError('ERR_TRANSPORT_CLOSED', `The server ended the connection of call ${chatId}.`));
    }
  }

  function fail(error: RxcallError): void {
    clearTimeout(giveUp);
    if (!send({ type: 'failed', error, renewed })) return;
    if (!renewed) player.stop('disconnected');
    void link.transport.close();
  }

  async function renew(): Promise<void> {
    if (closing) throw new CallError('ERR_CALL_CLOSED', `Call ${chatId} is closed.`);
    clearTimeout(giveUp);
    const [former, next] = [link, await createCallLink(linkOptions)];
    if (closing) return next.transport.close();
    link = next;
    wasConnected = false;
    send({ type: 'renew' });
    attach(next);
    await former.transport.close();
  }

  function attach(attached: CallLink): void {
    attached.transport.state$.subscribe((state) => follow(attached, state));
    attached.keyframeRequests$.subscribe((request) => keyframeRequests$.next(request));
  }

  function closeFor(reason: CloseReason): Promise<void> {
    closing ??= (async () => {
      clearTimeout(giveUp);
      send({ type: 'close', reason });
      player.close();
      await Promise.all([link.transport.close(), childrenEnded()]);
      tellClosed();
    })();
    return closing;
  }

  function assertOpen(what: string): void {
    const { connection } = store.state;
    const { status } = connection;
    if (status !== 'closed' && !isLost(connection)) return;
    throw new CallError('ERR_CALL_CLOSED', `Call ${chatId} is ${status}: ${what} needs a new call.`);
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

  function getStats(): CallStats {
    return {
      positionMs: player.positionMs,
      transport: link.transport.getStats(),
      audio: link.tracks.audio?.getStats() ?? null,
      video: link.tracks.video?.getStats() ?? null,
    };
  }

  const ends$ = defer(() => closed);
  attach(link);

  return {
    chatId,
    get ssrcs() {
      return link.ssrcs;
    },
    get joinPayload() {
      return link.joinPayload;
    },
    get state() {
      return store.state;
    },
    state$: store.state$,
    steps$: store.steps$,
    playback$: playbackEvents(store.steps$),
    stats$: interval(1000).pipe(startWith(0), map(getStats), takeUntil(ends$), share()),
    get paused() {
      return store.state.paused;
    },
    get muted() {
      return store.state.muted;
    },
    get positionMs() {
      return player.positionMs;
    },
    connect,
    async play(source, { signal } = {}) {
      assertOpen('play');
      await player.play(source, signal);
    },
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    mute: () => send({ type: 'mute' }),
    unmute: () => send({ type: 'unmute' }),
    seekTo,
    seekBy: (deltaMs) => seekTo(player.positionMs + deltaMs),
    stop: () => player.stop('stopped'),
    getStats,
    close: () => closeFor('user'),
    renew,
    closeFor,
    closed,
    [Symbol.asyncDispose]: () => closeFor('user'),
  };
}

function unsupportedMode(mode: 'stream' | 'rtmp'): CallError {
  const what =
    mode === 'rtmp'
      ? 'is an RTMP live stream: nobody can speak in it; push to its RTMP address instead'
      : 'lets us only listen: too many take part, or an administrator must allow us to speak first';
  return new CallError('ERR_CALL_MODE', `This call ${what}.`);
}

function asTransportError(error: unknown): RxcallError {
  if (error instanceof RxcallError) return error;
  return new TransportError('ERR_ICE_FAILED', `The connection failed: ${String(error)}`, { cause: error });
}
