import type { AudioCodec, MediaKind } from '../core/sample.ts';
import { type HttpOptions, inputFlags, inputUrl } from './input-flags.ts';
import { videoArgs, type VideoEncoding } from './video-args.ts';

/** What an audio leg is encoded to. */
export interface AudioEncoding {
  /** Default `'opus'`. */
  readonly codec?: AudioCodec | undefined;
  /** Target bitrate in kbit/s, 6 to 510. */
  readonly audioBitrateKbps: number;
  /** 1 or 2. */
  readonly audioChannels: 1 | 2;
}

/** Where media comes from. */
export interface MediaInput {
  /** A URL, an absolute path, or `pipe:0`. */
  readonly input: string;
  /** Used for http and https. */
  readonly http?: HttpOptions | undefined;
}

/** What to make of an input: one output for each leg that is given. */
export interface MediaArgsOptions extends MediaInput {
  /** Where the video comes from. Default: from where the audio does. */
  videoFrom?: MediaInput | undefined;
  /**
   * Of several programs in the input, as the variants of an HLS playlist are, the one to play. Default: the first. Before 5,
   * ffmpeg had no way to name a stream of a program by its kind: always the first.
   */
  program?: number | undefined;
  /** Where to begin, in milliseconds. */
  startMs: number;
  /** The input cannot be seeked in: it is read from its beginning, and what comes before the start is dropped. */
  readsToStart?: boolean | undefined;
  /** Major version of the ffmpeg this is for; undefined when unknown. */
  major: number | undefined;
  /** Encodes the first audio stream: Opus in Ogg, AAC in ADTS. */
  audio?: AudioEncoding | undefined;
  /** Encodes the first video stream that is no cover picture. */
  video?: VideoEncoding | undefined;
  /** Legs that are sent as they are: their codec is that of the output already. Not with filters, nor with `readsToStart`. */
  copies?: readonly MediaKind[] | undefined;
  /** Filters of each leg, as `-af` and `-vf` take them. */
  filters?: { readonly audio?: string | undefined; readonly video?: string | undefined } | undefined;
  /** Another leg is made of this input elsewhere: the audio begins at the start, too, with silence if need be. */
  inSync?: boolean | undefined;
  /** How many threads a decoder or encoder may use. Default: 2 for decoding video, 1 for sound and for encoding VP8. */
  threads?: number | undefined;
  /** Added in front of the input, after our own. */
  inputArgs?: readonly string[] | undefined;
  /** Added to each output, after our own. */
  outputArgs?: readonly string[] | undefined;
}

/** Before all else: no questions, and log lines that carry their level, which {@link ffmpegFailure} reads. */
export const PREAMBLE: readonly string[] = ['-hide_banner', '-nostdin', '-loglevel', 'repeat+level+warning'];

/**
 * Decoded before the start and dropped, in milliseconds: a decoder that begins in the middle needs some frames to find in
 * (for the bit reservoir of MP3 at low rates 150 ms were measured, Opus wants 80).
 */
const PRE_ROLL_MS = 500;

/**
 * Two threads decode 4K, and start up 50 ms sooner than one per core. The frame rate need not be known, for all frames get
 * another one: without looking for it, the first frame is there another 40 ms sooner.
 */
const DECODING = ['-threads', '2', '-fpsprobesize', '0'];
/** Sound takes no more; left to itself, ffmpeg would start one thread per core for some codecs. */
const SOUND_DECODING = ['-threads', '1'];

/**
 * The arguments of ffmpeg for the legs of one input. The first goes to stdout (`pipe:1`), the second to `pipe:3`; audio
 * comes before video. Opus comes in Ogg, 20 ms a packet and one packet a page, so that no page waits for a second
 * packet; AAC in ADTS, 1024 samples a frame. Video see {@link videoArgs}.
 *
 * - Both legs count their time from the start, so that they can be laid side by side.
 * - Nothing paces it (`-re`): it runs until nobody reads its output.
 * - Tags are left out: a cover picture would become part of the stream.
 */
export function mediaArgs(options: MediaArgsOptions): string[] {
  const { major, audio, video, videoFrom, filters = {}, threads, inputArgs = [], outputArgs = [] } = options;
  const startMs = options.readsToStart ? 0 : options.startMs;
  const skipped = options.readsToStart ? (options.startMs / 1000).toFixed(3) : undefined;
  // Filters count from where decoding begins, and may change how long half a second is.
  const preRollMs = filters.audio || filters.video ? 0 : Math.min(startMs, PRE_ROLL_MS);
  const threading = threads === undefined ? [] : ['-threads', String(threads)];
  const inputs = video && videoFrom ? [...(audio ? [options] : []), videoFrom] : [options];
  const program = options.program === undefined || (major ?? Infinity) < 5 ? '' : `p:${options.program}:`;
  const inSync = options.inSync ?? (audio !== undefined && video !== undefined);
  const filterOf = (kind: MediaKind): string | undefined => chain(skip(kind, skipped), filters[kind]);
  const copied = (kind: MediaKind): readonly string[] | undefined =>
    options.copies?.includes(kind) && filterOf(kind) === undefined ? COPIES[kind] : undefined;
  const output = (kind: MediaKind, pipe: number, leg: readonly string[]): string[] => {
    const map =
      kind === 'audio' ? ['-map', `0:${program}a:0`, '-vn'] : ['-map', `${inputs.length - 1}:${program}V:0`, '-an'];
    const only = [...map, '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'];
    return [...seek(preRollMs), ...only, ...leg, ...threading, ...outputArgs, `pipe:${pipe}`];
  };
  return [
    ...PREAMBLE,
    ...inputs.flatMap(({ input, http }) => [
      ...seek(startMs - preRollMs),
      ...inputFlags({ input, major, http }),
      ...[...(video ? DECODING : SOUND_DECODING), ...threading, ...inputArgs, '-i', inputUrl(input)],
    ]),
    ...(audio ? output('audio', 1, copied('audio') ?? audioLeg(audio, filterOf('audio'), inSync)) : []),
    ...(video ? output('video', audio ? 3 : 1, copied('video') ?? videoArgs(video, filterOf('video'))) : []),
  ];
}

/** Opus and VP8. */
const COPIES = {
  audio: ['-c:a', 'copy', '-page_duration', '20000', '-f', 'ogg'],
  video: ['-c:v', 'copy', '-flush_packets', '1', '-f', 'ivf'],
} as const;

const AUDIO_ENCODERS = {
  opus: {
    name: 'libopus',
    flags: ['-vbr', 'on', '-application', 'audio', '-frame_duration', '20'],
    container: ['-page_duration', '20000', '-f', 'ogg'],
  },
  aac: { name: 'aac', flags: [], container: ['-flush_packets', '1', '-f', 'adts'] },
} as const;

/** In sync, holes are filled: Ogg knows no other way to say that there is nothing for a while. */
function audioLeg(audio: AudioEncoding, filter: string | undefined, inSync: boolean): string[] {
  const encoder = AUDIO_ENCODERS[audio.codec ?? 'opus'];
  const filters = chain(filter, inSync ? 'aresample=async=1:first_pts=0' : undefined);
  return [
    ...(filters === undefined ? [] : ['-af', filters]),
    ...['-c:a', encoder.name, '-b:a', `${audio.audioBitrateKbps}k`, ...encoder.flags],
    ...['-ar', '48000', '-ac', String(audio.audioChannels), ...encoder.container],
  ];
}

/** Drops so many seconds, and counts from there. */
function skip(kind: MediaKind, seconds: string | undefined): string | undefined {
  const a = kind === 'audio' ? 'a' : '';
  return seconds && `${a}trim=start=${seconds},${a}setpts=PTS-${seconds}/TB`;
}

function chain(...filters: readonly (string | undefined)[]): string | undefined {
  return filters.filter((filter) => filter !== undefined).join(',') || undefined;
}

function seek(ms: number): string[] {
  return ms > 0 ? ['-ss', (ms / 1000).toFixed(3)] : [];
}
