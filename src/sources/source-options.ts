import { OptionError, SourceError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ResolvedRequest } from '../core/media-source.ts';
import type { MediaKind } from '../core/sample.ts';
import type { VideoRate } from '../core/segment.ts';
import type { AudioEncoding, MediaInput } from '../ffmpeg/ffmpeg-args.ts';
import type { HttpOptions } from '../ffmpeg/input-flags.ts';
import type { RunFfmpegOptions } from '../ffmpeg/run-ffmpeg.ts';
import type { VideoEncoding, VideoFit } from '../ffmpeg/video-args.ts';
import { type LegFilters, type SourceFilters, toLegFilters } from './source-filters.ts';
import { validateSourceOptions } from './validate-source-options.ts';

/**
 * Whether a kind of media is wanted. `auto`: if the input has it. `required`: without it, opening fails with
 * `ERR_SOURCE_NO_TRACK`. `off`: not wanted.
 */
export type TrackChoice = 'auto' | 'required' | 'off';

/** Options that all sources which may need ffmpeg have in common. */
export interface EncodedSourceOptions {
  /** Where a plain subscription begins, in milliseconds of source time. Default 0. */
  startMs?: number | undefined;
  /** What to play of the input. Default audio alone; who asks for video gets audio, too, unless that is `'off'`. */
  tracks?: { audio?: TrackChoice | undefined; video?: TrackChoice | undefined } | undefined;
  /** Short for `tracks: { video: 'auto' }`. */
  video?: boolean | undefined;
  /** Bitrate to encode to, in kbit/s, 6 to 510. Default 128. */
  audioBitrateKbps?: number | undefined;
  /** 1 or 2. Default 2. */
  audioChannels?: 1 | 2 | undefined;
  /** What to encode video to. Default: what the sink likes best, which for a call is VP8. */
  codec?: 'vp8' | 'h264' | undefined;
  /** Bitrate to encode video to, in kbit/s, 30 to 50,000. Default 800. */
  videoBitrateKbps?: number | undefined;
  /** Largest width in pixels, even, 16 to 7680. Default 1280. */
  videoWidth?: number | undefined;
  /** Largest height in pixels, even, 16 to 7680. Default 720. */
  videoHeight?: number | undefined;
  /** Frames per second, 1 to 120. Default 30. */
  videoFps?: number | undefined;
  /**
   * `fit` keeps the proportions and never enlarges, `pad` adds black up to exactly width and height, `stretch` fills them.
   * Default `'fit'`.
   */
  videoFit?: VideoFit | undefined;
  /** Another encoder of ffmpeg for the same codec, as in `'h264_vaapi'`; its flags go into `outputArgs`. */
  videoCodec?: string | undefined;
  /** Volume, tempo, pitch and the like; see {@link SourceFilters}. */
  filters?: SourceFilters | undefined;
  /**
   * How many ffmpeg processes make audio and video of one input. `one` opens it once. `two` lets a slow picture never hold
   * up the sound. Default `'one'`.
   */
  processes?: 'one' | 'two' | undefined;
  /** Threads that a decoder or encoder may use, 1 to 64. Default: 2 for decoding video, 1 for sound and for encoding VP8. */
  threads?: number | undefined;
  /** More arguments for ffmpeg, in front of the input. */
  inputArgs?: readonly string[] | undefined;
  /** More arguments for ffmpeg, for each output, behind our own. */
  outputArgs?: readonly string[] | undefined;
  /** The ffmpeg to use. Default: that of the call, else looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
  /** Default: that of the call, else silent. */
  logger?: Logger | undefined;
}

/** One opening, with all that decides it. */
export interface Opening {
  /** A URL, an absolute path, or `pipe:0` for what it is fed with. */
  readonly input: string;
  /** Feeds ffmpeg, see {@link RunFfmpegOptions}. */
  readonly feed?: RunFfmpegOptions['feed'];
  /** Used for http and https. */
  readonly http?: HttpOptions | undefined;
  /** Where the video comes from, if not from {@link input}, too. */
  readonly videoFrom?: MediaInput | undefined;
  /** What of it is sent as it is; see {@link MediaArgsOptions}. */
  readonly copies?: readonly MediaKind[] | undefined;
  /** Which program of the input to play; see {@link MediaArgsOptions}. */
  readonly program?: number | undefined;
  /** It is read from its beginning, wherever the start is. */
  readonly readsToStart?: boolean | undefined;
  /** How far it goes, as far as that is known beforehand. */
  readonly endsAtMs?: number | undefined;
  /** {@link input} for messages, secrets redacted. */
  readonly label: string;
  readonly request: ResolvedRequest;
  readonly startMs: number;
  readonly live: boolean;
  /** The kinds that are wanted, audio first. */
  readonly kinds: readonly MediaKind[];
  /** Those without which it is nothing. */
  readonly required: readonly MediaKind[];
  readonly audio: AudioEncoding;
  readonly video: VideoEncoding;
  readonly videoRate: VideoRate;
  readonly filters: LegFilters;
  readonly processes: 'one' | 'two';
  readonly threads: number | undefined;
  readonly inputArgs: readonly string[];
  readonly outputArgs: readonly string[];
  readonly ffmpegPath: string | undefined;
  readonly logger: Logger;
}

/** Throws an {@link OptionError} that names the first option which is not what it should be. */
export function checkSourceOptions(options: EncodedSourceOptions): void {
  validateSourceOptions(options);
  toLegFilters(options.filters);
  const { audio, video } = chooseTracks(options);
  if (audio === 'off' && video === 'off') {
    throw new OptionError('options.tracks', options.tracks, "an object in which something is not 'off'");
  }
}

/** Options that only encoding can meet. */
const ENCODING: readonly (keyof EncodedSourceOptions)[] = [
  ...(['audioBitrateKbps', 'audioChannels', 'filters', 'inputArgs', 'outputArgs'] as const),
  ...(['videoBitrateKbps', 'videoWidth', 'videoHeight', 'videoFps', 'videoFit', 'videoCodec'] as const),
];

/** Whether nothing that was asked for keeps media from being sent as it is. */
export function mayPassThrough(options: EncodedSourceOptions): boolean {
  return ENCODING.every((name) => options[name] === undefined);
}

/** Puts together what the source was made with and what is asked of it now. A position before the start is the start. */
export function toOpening(
  source: Pick<Opening, 'input' | 'label' | 'live' | 'http'>,
  options: EncodedSourceOptions,
  request: ResolvedRequest,
): Opening {
  const choices = chooseTracks(options);
  const kinds = (['audio', 'video'] as const).filter((kind) => choices[kind] !== 'off');
  const highestKbps = options.videoBitrateKbps ?? 800;
  const kbps = Math.min(highestKbps, request.videoBitrateKbps ?? Infinity);
  return {
    ...source,
    request,
    startMs: Math.max(0, request.startMs),
    kinds,
    required: kinds.filter((kind) => choices[kind] === 'required'),
    audio: {
      codec: request.accepts.audio[0],
      audioBitrateKbps: options.audioBitrateKbps ?? 128,
      audioChannels: options.audioChannels ?? 2,
    },
    video: {
      codec: options.codec ?? request.accepts.video[0] ?? 'vp8',
      videoBitrateKbps: kbps,
      videoWidth: options.videoWidth ?? 1280,
      videoHeight: options.videoHeight ?? 720,
      videoFps: options.videoFps ?? 30,
      videoFit: options.videoFit ?? 'fit',
      videoCodec: options.videoCodec,
    },
    videoRate: { kbps, highestKbps },
    filters: toLegFilters(options.filters),
    processes: options.processes ?? 'one',
    threads: options.threads,
    inputArgs: options.inputArgs ?? [],
    outputArgs: options.outputArgs ?? [],
    ffmpegPath: options.ffmpegPath ?? request.ffmpegPath,
    logger: options.logger ?? request.logger,
  };
}

/**
 * Leaves out of an opening what the sink does not take at all. Throws a {@link SourceError} when that was required, or
 * when it takes video, but not in the codec that was asked for.
 */
export function fitToSink(opening: Opening): Opening {
  const { request, label, required, video } = opening;
  const refused = opening.kinds.find((kind) => required.includes(kind) && request.accepts[kind].length === 0);
  if (refused)
    throw new SourceError('ERR_SOURCE_NO_TRACK', label, `${label} must have ${refused}: the sink takes none.`);
  const kinds = opening.kinds.filter((kind) => request.accepts[kind].length > 0);
  if (kinds.includes('video') && !request.accepts.video.includes(video.codec)) {
    const takes = request.accepts.video.join(' and ');
    const message = `${label} is to be encoded to ${video.codec}, and the sink takes ${takes}: change options.codec.`;
    throw new SourceError('ERR_SOURCE_NO_TRACK', label, message);
  }
  return { ...opening, kinds };
}

function chooseTracks({ tracks = {}, video = false }: EncodedSourceOptions): Record<MediaKind, TrackChoice> {
  return { audio: tracks.audio ?? 'auto', video: tracks.video ?? (video ? 'auto' : 'off') };
}
