import { endWith, ignoreElements, interval, map, type Observable, startWith, type Subscription, takeUntil } from 'rxjs';
import { OptionError, type RxcallError } from '../core/errors.ts';
import { bindLogger, type Logger, silentLogger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { createFlvMuxer, type FlvMuxer } from '../media/flv-muxer.ts';
import { createPictureOnAir, type PictureOnAir } from './picture-on-air.ts';
import { createRtmpConnection, type RtmpReconnectOptions, type RtmpStatus } from './rtmp-connection.ts';
import { readRtmpUrl } from './rtmp-target.ts';
import { createSoundOnAir } from './sound-on-air.ts';
import { encodeStill, type StillFrame, type StillInput } from './still-picture.ts';

/** How to publish, and what to show when there is nothing to show. */
export interface RtmpOptions {
  /**
   * A picture file that is shown while there is no video, as large as fits in width and height in its own proportions, and
   * black around it. Default: black.
   */
  cover?: string | undefined;
  /** Width of the cover in pixels, even. Default 1280. */
  coverWidth?: number | undefined;
  /** Height of the cover in pixels, even. Default 720. */
  coverHeight?: number | undefined;
  /**
   * PEM file of the authorities whose certificates an `rtmps://` server may have. Default: any certificate is taken, for so
   * does ffmpeg.
   */
  caFile?: string | undefined;
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

/** Keeps a stream on an RTMP server alive, whatever is written to it, or nothing. */
export interface RtmpOutput {
  readonly status: RtmpStatus;
  /** Replays the present status; completes after `failed` and `closed`. */
  readonly status$: Observable<RtmpStatus>;
  /** {@link getStats}, every second, until it is closed. */
  readonly stats$: Observable<RtmpStats>;
  getStats(): RtmpStats;
  /** Takes what is due now. */
  write(sample: PacedSample): void;
  /** What was shown is over: shows the cover instead of its last picture. */
  showCover(): void;
  /** Ends the stream. Idempotent; resolves when the processes are gone. */
  close(): Promise<void>;
}

/** More than this waits only if the server is slower than the stream, in bytes: video is left out then. */
const CONGESTED_BYTES = 4 * 1024 * 1024;

/** What is behind {@link toRtmp}, for whoever counts the takers of segments himself. Its processes are those of `owner`. */
export function createRtmpOutput(url: string, options: RtmpOptions = {}, owner: object = {}): RtmpOutput {
  const target = readRtmpUrl(url);
  const { coverWidth = 1280, coverHeight = 720, clock = processClock, ffmpegPath } = options;
  checkOptions(options);
  const logger = bindLogger(options.logger ?? silentLogger, { layer: 'rtmp' });
  const size = { width: coverWidth, height: coverHeight };
  const connection = createRtmpConnection({
    ...{ target, ffmpegPath, caFile: options.caFile, logger, owner, onOpen: goOnAir },
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
    (error) => connection.fail(error),
  );

  function makeStill(
    input: StillInput,
    ready: (still: readonly StillFrame[]) => void,
    failed: (error: RxcallError) => void,
  ): Subscription {
    return encodeStill(input, { ffmpegPath, logger, owner }).subscribe({ next: ready, error: failed });
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
    try {
      take(sample, picture);
    } catch (error) {
      connection.fail(error as RxcallError); // what cannot be read, or is of another codec
    }
  }

  function take(sample: PacedSample, shown: PictureOnAir): void {
    if (sample.codec === 'aac') {
      shown.hear(sample);
      sound.write(sample);
    } else if (sample.codec === 'h264') shown.write(sample);
    else throw new OptionError('sample.codec', sample.codec, "'h264' or 'aac': open the source with source.open(sink)");
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
      await childrenEnded(owner);
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

  const ended$ = connection.status$.pipe(ignoreElements(), endWith(true));
  connection.status$.subscribe(({ status }) => {
    if (status === 'failed') leaveAir();
  });

  return {
    get status() {
      return connection.status;
    },
    status$: connection.status$,
    stats$: interval(1000).pipe(startWith(0), map(getStats), takeUntil(ended$)),
    getStats,
    write,
    showCover: () => picture?.clear(),
    close,
  };
}

function checkOptions(options: RtmpOptions): void {
  const { reconnect = {} } = options;
  for (const [name, what] of [
    ['cover', 'the path of a picture'],
    ['caFile', 'the path of a PEM file'],
  ] as const) {
    const path: unknown = options[name];
    if (path !== undefined && (typeof path !== 'string' || path === ''))
      throw new OptionError(`options.${name}`, path, what);
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
