import { defer, distinctUntilChanged, interval, map, merge } from 'rxjs';
import { share, startWith, switchMap, takeUntil } from 'rxjs';
import { createCallClock } from '../core/call-clock.ts';
import { bindLogger } from '../core/logger.ts';
import { WEBRTC_ACCEPTS } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { createCallControls } from './call-controls.ts';
import { createCallConnection } from './call-connection.ts';
import { type CallLink, createCallLink } from './call-link.ts';
import { type CallEvent, type CloseReason, carriesMedia, isLost, isPaused } from './call-state.ts';
import type { CallStats, GroupCallOptions } from './group-call.ts';
import { createPlayer } from './player.ts';
import { createServerChannel } from './server-channel.ts';
import { followWithRejoins, type RejoinableCall, type RejoinOptions } from './rejoiner.ts';
import { type CallStep, createStateStore } from './state-store.ts';

/** Of the attempts to connect, and the transport's own limit. */
const GIVE_UP_AFTER_MS = 35_000;

/** A group call as the client holds it. */
export interface OwnedGroupCall extends RejoinableCall {
  closeFor(reason: CloseReason): Promise<void>;
}

export interface OwnedGroupCallOptions extends GroupCallOptions {
  /** Who brings a lost connection back, so that what plays waits for that instead of ending. Default nobody. */
  rejoin?: 'elsewhere' | RejoinOptions | undefined;
}

/** Makes a call: binds its sockets and writes its join payload. Nothing is sent before {@link GroupCall.connect}. */
export async function createGroupCall(options: OwnedGroupCallOptions): Promise<OwnedGroupCall> {
  const { chatId, ffmpegPath, videoCodec, rejoin } = options;
  const clock = options.clock === processClock ? createCallClock() : options.clock;
  const { connectTimeoutMs, giveUpAfterMs = GIVE_UP_AFTER_MS } = options;
  const logger = bindLogger(options.logger, { chatId });
  const linkOptions = { ...options.transport, clock, logger, videoCodec, connectTimeoutMs: giveUpAfterMs };
  const createLink = (): Promise<CallLink> =>
    createCallLink({ certificate: options.takeCertificate?.(), ...linkOptions });
  const store = createStateStore(apply);
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<undefined>();
  /** Of the processes of this call. */
  const owner = {};
  let closing: Promise<void> | undefined;

  const connection = createCallConnection({
    chatId,
    logger,
    link: await createLink(),
    createLink,
    state: () => store.state.connection,
    dispatch: (event) => void send(event),
    rejoins: rejoin !== undefined,
    connectTimeoutMs,
    giveUpAfterMs,
    onTimeout: () => void closeFor('timeout'),
  });
  const channel = createServerChannel({
    transport: () => connection.link.transport,
    dataChannel: options.dataChannel,
    clock,
    logger: bindLogger(logger, { layer: 'sctp' }),
  });
  const player = createPlayer({
    clock,
    logger,
    request: {
      ffmpegPath,
      owner,
      logger: bindLogger(logger, { layer: 'source' }),
      get videoBitrateKbps() {
        return connection.link.videoLimitKbps;
      },
      get accepts() {
        const codec = connection.link.tracks.video?.parameters.codec ?? videoCodec;
        return codec === 'vp8' || codec === 'h264' ? { ...WEBRTC_ACCEPTS, video: [codec] } : WEBRTC_ACCEPTS;
      },
    },
    keyframeRequests$: merge(connection.keyframeRequests$, channel.resumed$),
    dispatch: (event) => void send(event),
    write(sample) {
      if (sample.kind === 'video' && !channel.takesVideo(sample.keyframe)) return;
      const track = connection.link.tracks[sample.kind];
      if (track?.parameters.codec === sample.codec) track.write(sample);
    },
  });
  const callLogger = bindLogger(logger, { layer: 'call' });

  const send = (event: CallEvent): boolean => store.dispatch(event);

  /** What a step means for the pipeline. */
  function apply({ event, after }: CallStep): void {
    const { connection: now, playback, muted } = after;
    callLogger.debug({ connection: now.status, playback: playback.status }, event.type);
    if (isLost(now)) player.stop('disconnected');
    player.hold(isPaused(after) || !carriesMedia(now));
    player.mute(muted);
    if (event.type === 'connected') channel.connected();
  }

  function closeFor(reason: CloseReason): Promise<void> {
    closing ??= close(reason);
    return closing;
  }

  async function close(reason: CloseReason): Promise<void> {
    send({ type: 'close', reason });
    player.close();
    channel.close();
    await Promise.all([connection.close(), childrenEnded(owner)]);
    tellClosed(undefined);
  }

  function getStats(): CallStats {
    const { transport, tracks } = connection.link;
    return {
      positionMs: player.positionMs,
      transport: transport.getStats(),
      audio: tracks.audio?.getStats() ?? null,
      video: tracks.video?.getStats() ?? null,
      videoBitrateKbps: player.videoRate?.kbps ?? null,
      idealVideoHeight: channel.idealHeight,
    };
  }

  const call: OwnedGroupCall = {
    ...createCallControls({ chatId, store, player, clock, whenFailed: 'connect it again, or create another one' }),
    chatId,
    get ssrcs() {
      return connection.link.ssrcs;
    },
    get joinPayload() {
      return connection.link.joinPayload;
    },
    get state() {
      return store.state;
    },
    get status() {
      return store.state.connection.status;
    },
    get playback() {
      return store.state.playback;
    },
    get paused() {
      return store.state.paused;
    },
    get held() {
      return store.state.held;
    },
    get muted() {
      return store.state.muted;
    },
    get positionMs() {
      return player.positionMs;
    },
    steps$: store.steps$,
    stats$: interval(1000).pipe(startWith(0), map(getStats), takeUntil(defer(() => closed)), share()),
    targetBitrate$: store.state$.pipe(
      map(() => connection.link.transport),
      distinctUntilChanged(),
      switchMap((transport) => transport.targetBitrate$),
      distinctUntilChanged(),
    ),
    messages$: channel.messages$,
    idealVideoHeight$: channel.idealHeight$,
    connect: (answer, connectOptions) => connection.connect(answer, connectOptions),
    renew: () => connection.renew(),
    hold: () => send({ type: 'hold' }),
    release: () => send({ type: 'release' }),
    sendMessage: (text) => channel.send(text),
    getStats,
    close: () => closeFor('user'),
    closeFor,
    closed,
    giveUp: (error) => Promise.resolve(void send({ type: 'failed', error })),
    [Symbol.asyncDispose]: () => closeFor('user'),
  };
  if (typeof rejoin === 'object') followWithRejoins({ ...rejoin, call, logger });
  return call;
}
