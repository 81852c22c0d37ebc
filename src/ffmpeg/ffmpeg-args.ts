import { inputFlags } from './input-flags.ts';
import { videoArgs, type VideoEncoding } from './video-args.ts';

/** What an audio leg is encoded to. */
export interface AudioEncoding {
  /** Target bitrate in kbit/s, 6 to 510. */
  readonly audioBitrateKbps: number;
  /** 1 or 2. */
  readonly audioChannels: 1 | 2;
}

/** What to make of an input: one output for each leg that is given. */
export interface MediaArgsOptions {
  /** A URL, an absolute path, or `pipe:0`. */
  input: string;
  /** Where to begin, in milliseconds. */
  startMs: number;
  /** Major version of the ffmpeg this is for; undefined when unknown. */
  major: number | undefined;
  /** Encodes the first audio stream to Opus in Ogg. */
  audio?: AudioEncoding | undefined;
  /** Encodes the first video stream that is no cover picture. */
  video?: VideoEncoding | undefined;
  /** Filters of each leg, as `-af` and `-vf` take them. */
  filters?: { readonly audio?: string | undefined; readonly video?: string | undefined } | undefined;
  /** Another leg is made of this input elsewhere: the audio begins at the start, too, with silence if need be. */
  inSync?: boolean | undefined;
  /** How many threads a decoder or encoder may use. Default: 2 for decoding video, 1 for encoding VP8, else as ffmpeg likes. */
  threads?: number | undefined;
  /** Added in front of the input, after our own. */
  inputArgs?: readonly string[] | undefined;
  /** Added to each output, after our own. */
  outputArgs?: readonly string[] | undefined;
}

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

/**
 * The arguments of ffmpeg for the legs of one input. The first goes to stdout (`pipe:1`), the second to `pipe:3`; audio
 * comes before video. Audio is Opus in Ogg, 20 ms a packet and one packet a page, so that no page waits for a second
 * packet; video see {@link videoArgs}.
 *
 * - Both legs count their time from the start, so that they can be laid side by side.
 * - Nothing paces it (`-re`): it runs until nobody reads its output.
 * - Log lines carry their level, which {@link ffmpegFailure} reads.
 * - Tags are left out: a cover picture would become part of the stream.
 */
export function mediaArgs(options: MediaArgsOptions): string[] {
  const { input, startMs, major, audio, video, filters = {}, threads, inputArgs = [], outputArgs = [] } = options;
  // Filters count from where decoding begins, and may change how long half a second is.
  const preRollMs = filters.audio || filters.video ? 0 : Math.min(startMs, PRE_ROLL_MS);
  const threading = threads === undefined ? [] : ['-threads', String(threads)];
  const inSync = options.inSync ?? (audio !== undefined && video !== undefined);
  const output = (kind: 'audio' | 'video', pipe: number, leg: string[]): string[] => {
    const map = kind === 'audio' ? ['-map', '0:a:0', '-vn'] : ['-map', '0:V:0', '-an'];
    const only = [...map, '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'];
    return [...seek(preRollMs), ...only, ...leg, ...threading, ...outputArgs, `pipe:${pipe}`];
  };
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'repeat+level+warning'],
    ...seek(startMs - preRollMs),
    ...inputFlags({ input, major }),
    ...[...(video ? DECODING : []), ...threading, ...inputArgs, '-i', inputUrl(input)],
    ...(audio ? output('audio', 1, audioLeg(audio, filters.audio, inSync)) : []),
    ...(video ? output('video', audio ? 3 : 1, videoArgs(video, filters.video)) : []),
  ];
}

/** In sync, holes are filled: Ogg knows no other way to say that there is nothing for a while. */
function audioLeg(audio: AudioEncoding, filter: string | undefined, inSync: boolean): string[] {
  const filters = [filter, inSync ? 'aresample=async=1:first_pts=0' : undefined].filter((part) => part !== undefined);
  return [
    ...(filters.length > 0 ? ['-af', filters.join(',')] : []),
    ...['-c:a', 'libopus', '-b:a', `${audio.audioBitrateKbps}k`, '-vbr', 'on', '-application', 'audio'],
    ...['-frame_duration', '20', '-ar', '48000', '-ac', String(audio.audioChannels)],
    ...['-page_duration', '20000', '-f', 'ogg'],
  ];
}

/** A path as a URL that cannot be taken for something else: `-x.mp3` for an option, `a:b.mp3` for a protocol. */
function inputUrl(input: string): string {
  return input === 'pipe:0' || /^[a-z][a-z0-9+.-]+:\/\//i.test(input) ? input : `file:${input}`;
}

function seek(ms: number): string[] {
  return ms > 0 ? ['-ss', (ms / 1000).toFixed(3)] : [];
}
