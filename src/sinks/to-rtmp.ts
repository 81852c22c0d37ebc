import {
  endWith,
  ignoreElements,
  interval,
  map,
  type Observable,
  type Observer,
  startWith,
  type Subscription,
  takeUntil,
} from 'rxjs';
import { OptionError, type RxcallError } from '../core/errors.ts';
import { bindLogger, type Logger, silentLogger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { RTMP_ACCEPTS, type SinkAccepts } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { createFlvMuxer, type FlvMuxer } from '../media/flv-muxer.ts';
import { createPictureOnAir, type PictureOnAir } from './picture-on-air.ts';
import { createRtmpConnection, type RtmpReconnectOptions, type RtmpStatus } from './rtmp-connection.ts';
import { readRtmpUrl } from './rtmp-target.ts';
import { createSoundOnAir } from './sound-on-air.ts';
import { encodeStill, type StillFrame, type StillInput } from './still-picture.ts';
import { toSamples } from './webrtc-track.ts';

export interface RtmpOptions {
  /** A picture file that is shown while there is no video. Default: black. */
  cover?: string | undefined;
  /** Width of the cover in pixels, even. Default 1280. */
  coverWidth?: number | undefined;
  /** Height of the cover in pixels, even. Default 720. */
  coverHeight?: number | undefined;
  reconnect?: RtmpReconnectOptions | undefined;
  /** How long an attempt to connect may take, in milliseconds. Default 15,000. */
  connectTimeoutMs?: number | undefined;
  /** How long the server may take nothing before the connection counts as lost, in milliseconds. Default 10,000. */
  stallMs?: number | undefined;
  /** Default: looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
  /** Default: silent. */
  logger?: Logger | undefined;
  /** The clock that paced the samples. Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** What an RTMP sink has done, in numbers. */
export interface RtmpStats {
  readonly status: RtmpStatus['status'];
  /** How often the server took the stream: 1, and 1 for every reconnection. */
  readonly publishes: number;
  /** What the server was given over all connections, in bytes. */
  readonly sentBytes: number;
  /** What waits to be given to it, in bytes. */
  readonly waitingBytes: number;
  /** Silence that stood in for sound that was not there, in frames of AAC. */
  readonly silentFrames: number;
  /** Frames of video that were left out because the server did not take them fast enough. */
  readonly droppedFrames: number;
}

/** A sink for H.264 and AAC that keeps a stream on an RTMP server alive, whatever comes in, or nothing. */
export interface RtmpSink extends Observer<PacedSample>, AsyncDisposable {
  /** What a source has to be opened for: `source.open(sink)`. */
  readonly accepts: SinkAccepts;
  readonly status: RtmpStatus;
  /** Replays the present status; completes after `failed` and `closed`. */
  readonly status$: Observable<RtmpStatus>;
  /** {@link getStats}, every second, until the sink is closed. */
  readonly stats$: Observable<RtmpStats>;
  getStats(): RtmpStats;
  /** What was shown is over: shows the cover instead of its last picture. */
  showCover(): void;
  /** Ends the stream. Idempotent; resolves when the processes are gone. */
  close(): Promise<void>;
}

/** More than this waits only if the server is slower than the stream, in bytes: video is left out then. */
const CONGESTED_BYTES = 4 * 1024 * 1024;

/**
 * Publishes to an RTMP server: `rtmp://` or `rtmps://`, the stream key at the end of the address. Begins at once, and always
 * sends sound and picture: silence where there is no sound; where there is no picture, the last one, standing still, or the
 * cover. So the server stays, through pauses, gaps, seeks and switches.
 *
 * - Takes H.264 without B-frames and AAC: a source makes them when it is opened for this sink, `source.open(sink)`. Anything
 *   else ends it with an {@link OptionError}.
 * - When the connection is lost, connects anew, with the picture that stands still; what is played meanwhile is lost, unless a
 *   {@link pauseGate} holds it back, as calls do.
 * - When the pipeline completes or errors, the stream ends.
 * - The key is shown nowhere, but that processes of this machine may see the command line of ffmpeg.
 *
 * Throws an {@link OptionError} for an address that is none, and for other bad options.
 *
 * @example
 * const rtmp = toRtmp('rtmps://dc4-1.rtmp.t.me/s/1234:AbCd', { cover: 'logo.png' });
 * rtmp.status$.subscribe(({ status }) => console.log(status));
 * fromFile('film.mkv', { video: true }).open(rtmp).pipe(pace(), pauseGate(paused$), mute(muted$)).subscribe(rtmp);
 */
export function toRtmp(url: string, options: RtmpOptions = {}): RtmpSink {
  const target = readRtmpUrl(url);
  const { coverWidth = 1280, coverHeight = 720, clock = processClock, ffmpegPath } = options;
  checkOptions(options);
  const logger = bindLogger(options.logger ?? silentLogger, { layer: 'rtmp' });
  const size = { width: coverWidth, height: coverHeight };
  const connection = createRtmpConnection({
    ...{ target, ffmpegPath, logger, onOpen: goOnAir },
    reconnect: options.reconnect ?? {},
    connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
    stallMs: options.stallMs ?? 10_000,
  });
  const sound = createSoundOnAir({ clock, send });
  let picture: PictureOnAir | undefined;
  let flv: FlvMuxer | undefined;
  let beganUs = 0;
  let closing: Promise<void> | undefined;

  const preparing: Subscription = makeStill(
    options.cover === undefined ? { black: true, ...size } : { path: options.cover, ...size },
    (cover) => {
      const isCongested = (): boolean => connection.waitingBytes > CONGESTED_BYTES;
      picture = createPictureOnAir({ clock, cover, isCongested, freeze: freezer(cover), send });
      connection.start();
    },
    (error) => fail(error),
  );

  function makeStill(
    input: StillInput,
    ready: (still: readonly StillFrame[]) => void,
    failed: (error: RxcallError) => void,
  ): Subscription {
    return encodeStill(input, { ffmpegPath, logger }).subscribe({
      next: ready,
      error: failed,
    });
  }

  /** When the last picture cannot be had, the cover is shown. */
  function freezer(cover: readonly StillFrame[]) {
    return (frames: readonly Uint8Array[], ready: (still: readonly StillFrame[]) => void): (() => void) => {
      const freezing = makeStill({ frames }, ready, (error) => {
        logger.warn({ error }, 'the last picture cannot be shown on');
        ready(cover);
      });
      return () => freezing.unsubscribe();
    };
  }

  /** A connection wants a stream from its very beginning. */
  function goOnAir(): void {
    flv = createFlvMuxer({ onBytes: (bytes) => connection.write(bytes) });
    beganUs = clock.nowUs();
    picture?.begin();
    sound.begin(beganUs);
  }

  function send(frame: Pick<Sample, 'kind' | 'data' | 'keyframe'>, atUs: number): void {
    flv?.write(frame, Math.max(0, Math.round((atUs - beganUs) / 1000)));
  }

  function write(sample: PacedSample): void {
    if (closing || !picture || !flv) return;
    if (sample.codec === 'aac') {
      picture.hear(sample);
      sound.write(sample);
    } else if (sample.codec === 'h264') picture.write(sample);
    else fail(new OptionError('sample.codec', sample.codec, "'h264' or 'aac': open the source with source.open(sink)"));
  }

  function fail(error: RxcallError): void {
    connection.fail(error);
    leaveAir();
  }

  function leaveAir(): void {
    preparing.unsubscribe();
    picture?.end();
    sound.end();
    flv = undefined;
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      leaveAir();
      await connection.close();
      await childrenEnded();
    })();
    return closing;
  }

  function getStats(): RtmpStats {
    return {
      status: connection.status.status,
      publishes: connection.publishes,
      sentBytes: connection.sentBytes,
      waitingBytes: connection.waitingBytes,
      silentFrames: sound.silentFrames,
      droppedFrames: picture?.dropped ?? 0,
    };
  }

  const taking = toSamples(write);
  const ended$ = connection.status$.pipe(ignoreElements(), endWith(true));
  connection.status$.subscribe(({ status }) => {
    if (status === 'failed') leaveAir();
  });

  return {
    accepts: RTMP_ACCEPTS,
    get status() {
      return connection.status;
    },
    status$: connection.status$,
    stats$: interval(1000).pipe(startWith(0), map(getStats), takeUntil(ended$)),
    getStats,
    showCover: () => picture?.clear(),
    next: (sample) => taking.next?.(sample),
    error(error: unknown) {
      logger.warn({ error }, 'the stream ends, for its source has failed');
      void close();
    },
    complete() {
      taking.complete?.();
      void close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions(options: RtmpOptions): void {
  const { cover, reconnect = {} } = options;
  if (cover !== undefined && (typeof cover !== 'string' || cover === '')) {
    throw new OptionError('options.cover', cover, 'the path of a picture');
  }
  for (const name of ['coverWidth', 'coverHeight'] as const) {
    const value = options[name] ?? 2;
    if (!(value >= 2 && value <= 7680 && value % 2 === 0)) {
      throw new OptionError(`options.${name}`, value, 'an even number from 2 to 7680');
    }
  }
  for (const name of ['connectTimeoutMs', 'stallMs'] as const) {
    const value = options[name] ?? 1;
    if (!(value > 0)) throw new OptionError(`options.${name}`, value, 'above 0');
  }
  for (const name of ['maxAttempts', 'firstDelayMs', 'maxDelayMs'] as const) {
    const value = reconnect[name] ?? 0;
    if (!(value >= 0)) throw new OptionError(`options.reconnect.${name}`, value, 'at least 0');
  }
}
