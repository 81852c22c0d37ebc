import { defer, distinctUntilChanged, interval, map, merge } from 'rxjs';
import { share, startWith, Subject, switchMap, takeUntil } from 'rxjs';
import { createCallClock } from '../core/call-clock.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { WEBRTC_ACCEPTS } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import type { DtlsCertificate } from '../webrtc/certificate.ts';
import { type CallBase, extend } from './call-base.ts';
import { createCallConnection } from './call-connection.ts';
import { type CallLink, type CallLinkOptions, createCallLink } from './call-link.ts';
import type { CallStats } from './group-call.ts';
import { createPlayedCall } from './played-call.ts';
import { createServerChannel } from './server-channel.ts';
import { followWithRejoins, type RejoinableCall, type RejoinOptions } from './rejoiner.ts';

/** Of the attempts to connect, and the transport's own limit. */
const GIVE_UP_AFTER_MS = 35_000;

/** A group call as the client holds it. */
export interface OwnedGroupCall extends RejoinableCall, Pick<CallBase, 'closeFor'> {}

/** What is not explained here is what {@link ClientOptions} says. */
export interface OwnedGroupCallOptions {
  chatId: string;
  clock: MediaClock;
  logger: Logger;
  ffmpegPath?: string | undefined;
  connectTimeoutMs?: number | undefined;
  giveUpAfterMs?: number | undefined;
  videoCodec?: 'vp8' | 'h264' | undefined;
  dataChannel?: boolean | undefined;
  transport?: Omit<CallLinkOptions, 'videoCodec'> | undefined;
  /** Where certificates come from that are made ahead of time. Default: each connection makes its own. */
  takeCertificate?: (() => DtlsCertificate) | undefined;
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
  const link = await createLink();
  const keyframeRequests$ = new Subject<unknown>();

  const { store, player, members } = createPlayedCall({
    chatId,
    clock,
    logger,
    whenFailed: 'connect it again, or create another one',
    request: {
      ffmpegPath,
      owner: {},
      logger: bindLogger(logger, { layer: 'source' }),
      get videoBitrateKbps() {
        return connection.link.videoLimitKbps;
      },
      get accepts() {
        const codec = connection.link.tracks.video?.parameters.codec ?? videoCodec;
        return codec === 'vp8' || codec === 'h264' ? { ...WEBRTC_ACCEPTS, video: [codec] } : WEBRTC_ACCEPTS;
      },
    },
    keyframeRequests$,
    write(sample) {
      if (sample.kind === 'video' && !channel.takesVideo(sample.keyframe)) return;
      const track = connection.link.tracks[sample.kind];
      if (track?.parameters.codec === sample.codec) track.write(sample);
    },
    follow({ event }) {
      if (event.type === 'connected') channel.connected();
    },
    end() {
      channel.close();
      return connection.close();
    },
  });
  const { closeFor, closed } = members;
  const connection = createCallConnection({
    chatId,
    logger,
    link,
    createLink,
    state: () => store.state.connection,
    dispatch: (event) => void store.dispatch(event),
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
  merge(connection.keyframeRequests$, channel.resumed$).subscribe(keyframeRequests$);

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

  const call: OwnedGroupCall = extend(members, {
    get ssrcs() {
      return connection.link.ssrcs;
    },
    get joinPayload() {
      return connection.link.joinPayload;
    },
    stats$: interval(1000).pipe(startWith(0), map(getStats), takeUntil(defer(() => closed)), share()),
    targetBitrate$: store.state$.pipe(
      map(() => connection.link.transport),
      distinctUntilChanged(),
      switchMap((transport) => transport.targetBitrate$),
      distinctUntilChanged(),
    ),
    messages$: channel.messages$,
    idealVideoHeight$: channel.idealHeight$,
    connect: connection.connect,
    renew: connection.renew,
    hold: () => store.dispatch({ type: 'hold' }),
    release: () => store.dispatch({ type: 'release' }),
    sendMessage: channel.send,
    getStats,
    giveUp: (error) => Promise.resolve(void store.dispatch({ type: 'failed', error })),
  } satisfies Partial<OwnedGroupCall>);
  if (typeof rejoin === 'object') followWithRejoins({ ...rejoin, call, logger });
  return call;
}
