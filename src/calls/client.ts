import type { Observable } from 'rxjs';
import { checkDuration } from '../core/check-duration.ts';
import { OptionError } from '../core/errors.ts';
import { bindLogger, type Logger, silentLogger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import { locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import { type ChatId, chatKey } from '../telegram/chat-id.ts';
import { createBackoff, type RejoinPolicy } from '../telegram/rejoin-policy.ts';
import type { Signaling } from '../telegram/signaling.ts';
import { createCertificatePool } from '../webrtc/certificate-pool.ts';
import { createSocketPool } from '../webrtc/socket-pool.ts';
import type { TransportOptions } from '../webrtc/transport-options.ts';
import { type ClientEvent, clientEventsOf, firstEventsOf, presentationEventsOf } from './client-events.ts';
import { checkPortable, createCallShards } from './call-shards.ts';
import type { Call, OwnedCall } from './call.ts';
import { createCallRegistry } from './call-registry.ts';
import { createGroupCall, type OwnedGroupCall, type OwnedGroupCallOptions } from './create-group-call.ts';
import { createPresentations } from './presentations.ts';
import { createRtmpCall } from './create-rtmp-call.ts';
import { createDebugLogger } from './debug-logger.ts';
import { type ClientEventHandler, createEventDispatcher } from './event-dispatcher.ts';
import type { GroupCall } from './group-call.ts';
import type { RejoinHook } from './rejoiner.ts';
import type { RtmpCall, RtmpCallOptions } from './rtmp-call.ts';
import { joinChat, type JoinedCall, type JoinOptions } from './join-chat.ts';

export interface ClientOptions {
  /** The library that speaks to Telegram, for {@link Client.join}: `mtcute(tg)`, `gramjs(tg)`, or two functions of your own. */
  signaling?: Signaling | undefined;
  /** The ffmpeg to use for all sources of this client. Default: looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
  /** Whether {@link Client.createCall} fails when there is no ffmpeg. Default true; false for what plays without, see {@link fromFile}. */
  requireFfmpeg?: boolean | undefined;
  /** Default: silent. */
  logger?: Logger | undefined;
  /** Logs everything to stderr, by layers, unless there is a {@link logger}. Default false. */
  debug?: boolean | undefined;
  /**
   * How many DTLS certificates to have ready. Default 0: each call makes its own, in a fraction of a millisecond. Calls in
   * workers always do.
   */
  certificatePool?: number | undefined;
  /** How long `connect` waits, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number | undefined;
  /** After how long a call that never connected closes itself, in milliseconds. Default 35,000. */
  giveUpAfterMs?: number | undefined;
  /**
   * Brings lost connections of calls back that {@link Client.createCall} made: joins again and resolves with the answer.
   * What plays waits meanwhile, and goes on where it was. Default: a lost connection ends what plays; `connect` with the
   * answer to another join still brings the call back.
   */
  onRejoinNeeded?: RejoinHook | undefined;
  /** How often {@link onRejoinNeeded} is asked before it is given up, and when. */
  rejoin?: RejoinPolicy | undefined;
  /** How many events may wait for slow handlers before the oldest is dropped. Default 256. */
  eventBuffer?: number | undefined;
  /** What calls send video as, if the server takes it. Default `'vp8'`. */
  videoCodec?: 'vp8' | 'h264' | undefined;
  /**
   * Lets calls share UDP sockets: as few as there can be without two calls to one server address on the same port, by which
   * a server tells calls apart. Default false: each call has sockets of its own.
   */
  sharedUdp?: boolean | undefined;
  /**
   * How many worker threads calls are spread over, each new one to the thread with the fewest. Default 0: they live in this
   * thread. What {@link GroupCall} does is the same; what is asked here and now (`pause()`, `positionMs`, `getStats()`) waits
   * for the thread, some tens of microseconds. When a thread crashes, its calls fail with a {@link WorkerError}, and new ones
   * go to a fresh one. `transport` must be plain data then, and `clock` left out; `sharedUdp` is per thread.
   *
   * Sources of {@link fromFile}, {@link fromUrl}, {@link fromShell}, {@link fromShells}, {@link playlist} and {@link loop} are
   * opened in the thread of the call. Others, and those with a `logger` or a function among their options, stay in this one,
   * and their samples go over.
   */
  workers?: number | undefined;
  /**
   * When to open the data channel to the server. True: with the connection. False: never. Default: with the first picture, and
   * with {@link GroupCall.sendMessage}; it takes 200 ms of processor time to load, once.
   */
  dataChannel?: boolean | undefined;
  /** Of the WebRTC transports below. */
  transport?: TransportOptions | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** Holds calls, one a chat. */
export interface Client extends AsyncDisposable {
  /**
   * Creates the call of a chat; its {@link GroupCall.joinPayload} is what joins it. Rejects with a {@link CallError}
   * `ERR_CALL_EXISTS` when the chat has a call already (one that failed is replaced), or `ERR_CALL_CLOSED` after `close`,
   * and with an {@link FfmpegNotFoundError}.
   */
  createCall(chatId: ChatId): Promise<GroupCall>;
  /**
   * Joins the chat's call by {@link ClientOptions.signaling}, starting one if there is none: resolves when media can flow.
   * Joins again when the connection is lost or the server drops us, while what plays waits, and leaves when the call closes.
   * Rejects as {@link createCall} does, with what {@link Signaling.join} rejects with, and with an {@link OptionError} without
   * signaling.
   */
  join(chatId: ChatId, options?: JoinOptions): Promise<JoinedCall>;
  /**
   * Streams to an RTMP server for a chat: `rtmp://` or `rtmps://`, the stream key at the end of the address. Resolves when the
   * server takes the stream, which shows a cover then; connects anew by itself later on.
   *
   * Rejects as {@link createCall} does; with an {@link OptionError} for an address that is none; and with a
   * {@link TransportError}: `ERR_RTMP_UNREACHABLE` (retryable), `ERR_RTMP_REFUSED` for a wrong key, or `ERR_CONNECT_TIMEOUT`.
   */
  createRtmpCall(chatId: ChatId, url: string, options?: RtmpCallOptions): Promise<RtmpCall>;
  get(chatId: ChatId): Call | undefined;
  /**
   * Makes the second connection by which a group call that is connected shows a screen: with a payload of its own, which
   * goes into `phone.joinGroupCallPresentation`, and a playback of its own. It ends with its call, at the latest. Rejects
   * with a {@link CallError} `ERR_CALL_STATE` when the chat has no such call, `ERR_CALL_EXISTS` when it presents already.
   */
  createPresentation(chatId: ChatId): Promise<GroupCall>;
  /**
   * The same, joined by {@link ClientOptions.signaling}: resolves when media can flow, leaves when it is closed.
   */
  present(chatId: ChatId, options?: { signal?: AbortSignal | undefined }): Promise<GroupCall>;
  /** What the call of a chat presents by, if it does. */
  getPresentation(chatId: ChatId): GroupCall | undefined;
  /** The calls that are open. */
  readonly calls: readonly Call[];
  /** {@link calls}, whenever they change; replays. */
  readonly calls$: Observable<readonly Call[]>;
  /** What happens to all calls, in order; told outside of the calls that caused it. Completes after `close`. */
  readonly events$: Observable<ClientEvent>;
  /**
   * Calls `handler` for every event of a type; returns what ends that. Handlers run one at a time, never inside the call that
   * caused the event, and may be async and may call anything; what they throw is logged.
   */
  on<T extends ClientEvent['type']>(type: T, handler: ClientEventHandler<T>): () => void;
  /** Events that were dropped because handlers were too slow; see {@link ClientOptions.eventBuffer}. */
  readonly droppedEvents: number;
  /** Closes every call, those that are being made too. Idempotent; may be called by a handler. */
  close(): Promise<void>;
}

/**
 * Makes a client. It speaks to no server by itself: a call gives out a JSON text and takes one back, by whatever library
 * speaks MTProto for you.
 *
 * @example
 * const client = createClient();
 * const call = await client.createCall(chatId);
 * const answer = await joinGroupCall(call.joinPayload); // yours: phone.joinGroupCall
 * await call.connect(answer);
 * await call.play(fromFile('song.mp3'));
 */
export function createClient(options: ClientOptions = {}): Client {
  const { requireFfmpeg = true, clock = processClock, ffmpegPath, eventBuffer = 256 } = options;
  const logger = options.logger ?? (options.debug ? createDebugLogger() : silentLogger);
  const hook = options.onRejoinNeeded;
  createBackoff(options.rejoin); // refuses a policy that is none
  checkDuration('options.connectTimeoutMs', options.connectTimeoutMs);
  checkDuration('options.giveUpAfterMs', options.giveUpAfterMs);
  if (!(eventBuffer >= 1)) throw new OptionError('options.eventBuffer', eventBuffer, 'at least 1');
  const { workers = 0, sharedUdp = false } = options;
  if (workers !== 0) checkPortable({ clock: options.clock, transport: options.transport });
  const shards = workers === 0 ? undefined : createCallShards({ workers, sharedUdp, logger });
  const makeCall = shards ? shards.create : createGroupCall;
  const ownPool = sharedUdp && !shards ? { socketPool: createSocketPool() } : undefined;
  const takeCertificate = shards ? undefined : createCertificatePool(options.certificatePool ?? 0).take;
  const transport = ownPool ? { ...ownPool, ...options.transport } : options.transport;
  const registry = createCallRegistry<OwnedCall>({
    taken: (chatId) => `Chat ${chatId} has a call already: close it, or use client.get().`,
    onAdd(call) {
      pushAll(firstEventsOf(call.chatId, call.state));
      call.steps$.subscribe((step) => pushAll(clientEventsOf(call.chatId, step)));
    },
  });
  const events = createEventDispatcher(eventBuffer, bindLogger(logger, { layer: 'call' }));
  const presentations = createPresentations({
    callOf(chatId) {
      const call = registry.get(chatId);
      return call && 'joinPayload' in call ? call : undefined;
    },
    make: (chatId) => makeGroupCall(chatId, undefined),
    onStep: (chatId, step) => pushAll(presentationEventsOf(chatId, step)),
  });
  /** Calls off what is being connected. */
  const closer = new AbortController();

  function makeGroupCall(chatId: string, rejoin: OwnedGroupCallOptions['rejoin']): Promise<OwnedGroupCall> {
    const { connectTimeoutMs, giveUpAfterMs, videoCodec, dataChannel } = options;
    const own = { connectTimeoutMs, giveUpAfterMs, videoCodec, dataChannel, takeCertificate };
    return makeCall({ chatId, clock, logger, ffmpegPath, transport, rejoin, ...own });
  }

  function createGroup(id: ChatId, rejoin: OwnedGroupCallOptions['rejoin']): Promise<OwnedGroupCall> {
    return create(id, requireFfmpeg, (chatId) => makeGroupCall(chatId, rejoin));
  }

  async function create<C extends OwnedCall>(
    id: ChatId,
    needsFfmpeg: boolean,
    make: (chatId: string) => Promise<C>,
  ): Promise<C> {
    const chatId = chatKey(id);
    const prepare = async (): Promise<unknown> => needsFfmpeg && locateFfmpeg({ path: ffmpegPath });
    return registry.create(chatId, () => make(chatId), prepare);
  }

  async function join(chatId: ChatId, joinOptions: JoinOptions = {}): Promise<JoinedCall> {
    const signaling = signalingFor('join');
    const call = await createGroup(chatId, 'elsewhere');
    return joinChat(call, chatId, signaling, { ...joinOptions, logger });
  }

  function pushAll(told: readonly ClientEvent[]): void {
    for (const event of told) events.push(event);
  }

  function signalingFor(method: string): Signaling {
    const { signaling } = options;
    if (signaling) return signaling;
    throw new OptionError('options.signaling', signaling, `given to createClient for ${method} to work`);
  }

  async function close(): Promise<void> {
    closer.abort();
    await registry.close();
    await presentations.close();
    await shards?.close();
    events.close();
  }

  return {
    createCall: (id) => createGroup(id, hook && { hook, policy: options.rejoin }),
    createRtmpCall: (id, url, rtmpOptions) =>
      create(id, true, (chatId) => {
        const signals = [closer.signal, ...(rtmpOptions?.signal ? [rtmpOptions.signal] : [])];
        const own = { chatId, clock, logger, ffmpegPath, signal: AbortSignal.any(signals) };
        return createRtmpCall(url, { ...rtmpOptions, ...own });
      }),
    join,
    get: (id) => registry.get(chatKey(id)),
    createPresentation: async (id) => presentations.create(chatKey(id)),
    present: async (id, { signal } = {}) => presentations.join(chatKey(id), id, signalingFor('present'), signal),
    getPresentation: (id) => presentations.get(chatKey(id)),
    get calls() {
      return registry.calls;
    },
    calls$: registry.calls$,
    events$: events.events$,
    on: (type, handler) => events.on(type, handler),
    get droppedEvents() {
      return events.dropped;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
