import { defer, Observable } from 'rxjs';
import { OptionError } from './errors.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { AudioCodec, Sample, VideoCodec } from './sample.ts';
import type { BreakReason } from './segment.ts';

/** What a sink can take, in order of preference; a source encodes to the first it can make. */
export interface SinkAccepts {
  readonly audio: readonly AudioCodec[];
  readonly video: readonly VideoCodec[];
}

/** What a group call takes unless told otherwise. */
export const WEBRTC_ACCEPTS: SinkAccepts = { audio: ['opus'], video: ['vp8', 'h264'] };

/** What an RTMP server takes. */
export const RTMP_ACCEPTS: SinkAccepts = { audio: ['aac'], video: ['h264'] };

/** What there are sinks for: only what none of them takes is refused before it is known for which. */
export const ANY_ACCEPTS: SinkAccepts = {
  audio: [...WEBRTC_ACCEPTS.audio, ...RTMP_ACCEPTS.audio],
  video: WEBRTC_ACCEPTS.video,
};

/** How to open a source this time. */
export interface OpenRequest {
  /** Where to begin, in milliseconds of source time. Default: where the source was created to begin. */
  startMs?: number | undefined;
  /** Why it is opened; becomes {@link Segment.reason}. Default `'fresh'`. */
  reason?: BreakReason | undefined;
  /** What the sink takes. Default {@link WEBRTC_ACCEPTS}. */
  accepts?: SinkAccepts | undefined;
  /** False asks to encode even what could be sent as it is, as for its keyframes. Default: as the source was created. */
  passthrough?: boolean | undefined;
  /** Video is not to be encoded to more than this, in kbit/s, whatever the source was created with. Default: no limit. */
  videoBitrateKbps?: number | undefined;
  /** The ffmpeg to use, unless the source was created with one. Default: looked for. */
  ffmpegPath?: string | undefined;
  /** Who asks for it: processes that are started for it are theirs. Default nobody. */
  owner?: object | undefined;
  /** Where to log to, unless the source was created with a logger. Default: silent. */
  logger?: Logger | undefined;
}

/** A request with its defaults filled in. */
export interface ResolvedRequest extends OpenRequest {
  readonly startMs: number;
  readonly reason: BreakReason;
  readonly accepts: SinkAccepts;
  readonly logger: Logger;
}

export interface MediaSourceOptions {
  /** What the source is, for logs and errors, secrets redacted. */
  label: string;
  /** Whether {@link OpenRequest.startMs} is honoured. */
  seekable: boolean;
  /** A live source has no position to return to, and is never held back. Default false. */
  live?: boolean;
  /** Where a plain subscription begins, in milliseconds. Default 0. */
  startMs?: number;
  /**
   * Opens the source once, on subscription: a new {@link Segment} each time. Emits asynchronously; what it throws is the
   * error of that opening.
   */
  open(request: ResolvedRequest): Observable<Sample>;
}

/**
 * An Observable of samples that can also be opened in other ways: at a position, for another reason, for another sink.
 * Every `fromX` factory returns one. It is cold: each subscription is an opening of its own.
 *
 * @example
 * const song = fromFile('song.mp3');
 * song.pipe(pace()).subscribe(sink);                   // from the start
 * song.open({ startMs: 60_000, reason: 'seek' });      // the same song from its second minute
 */
export class MediaSource extends Observable<Sample> {
  readonly label: string;
  readonly seekable: boolean;
  readonly live: boolean;
  /** Where a plain subscription begins, in milliseconds of source time. */
  readonly startMs: number;
  readonly #open: (request: ResolvedRequest) => Observable<Sample>;

  constructor(options: MediaSourceOptions) {
    super((subscriber) => this.open().subscribe(subscriber));
    this.label = options.label;
    this.seekable = options.seekable;
    this.live = options.live ?? false;
    this.startMs = options.startMs ?? 0;
    this.#open = options.open;
  }

  /** One opening, when it is subscribed to. Throws an {@link OptionError} for a position that is no number. */
  open(request: OpenRequest = {}): Observable<Sample> {
    const resolved: ResolvedRequest = {
      startMs: request.startMs ?? this.startMs,
      reason: request.reason ?? 'fresh',
      accepts: request.accepts ?? WEBRTC_ACCEPTS,
      passthrough: request.passthrough,
      videoBitrateKbps: request.videoBitrateKbps,
      ffmpegPath: request.ffmpegPath,
      owner: request.owner,
      logger: request.logger ?? silentLogger,
    };
    if (Number.isNaN(resolved.startMs)) throw new OptionError('request.startMs', resolved.startMs, 'a number');
    return defer(() => this.#open(resolved));
  }
}
