import { inputFlags } from './input-flags.ts';

/** What an audio leg is encoded to. */
export interface AudioEncoding {
  /** Target bitrate in kbit/s, 6 to 510. */
  readonly audioBitrateKbps: number;
  /** 1 or 2. */
  readonly audioChannels: 1 | 2;
}

export interface AudioArgsOptions extends AudioEncoding {
  /** A URL, or an absolute path. */
  input: string;
  /** Where to begin, in milliseconds. */
  startMs: number;
  /** Major version of the ffmpeg this is for; undefined when unknown. */
  major: number | undefined;
}

/**
 * Decoded before the start and dropped, in milliseconds: a decoder that begins in the middle needs some frames to find in
 * (for the bit reservoir of MP3 at low rates 150 ms were measured, Opus wants 80).
 */
const PRE_ROLL_MS = 500;

/**
 * The arguments of ffmpeg for one audio leg: first audio stream of the input, as Opus in Ogg on stdout, 20 ms a packet and
 * one packet a page, so that no page waits for a second packet.
 *
 * - Nothing paces it (`-re`): it runs until nobody reads its output.
 * - Log lines carry their level, which {@link ffmpegFailure} reads.
 * - Tags are left out: a cover picture would become part of the stream.
 */
export function audioArgs(options: AudioArgsOptions): string[] {
  const { input, startMs, major, audioBitrateKbps, audioChannels } = options;
  const preRollMs = Math.min(startMs, PRE_ROLL_MS);
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'repeat+level+warning'],
    ...seek(startMs - preRollMs),
    ...inputFlags({ input, major }),
    ...['-i', inputUrl(input)],
    ...seek(preRollMs),
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-c:a', 'libopus', '-b:a', `${audioBitrateKbps}k`, '-vbr', 'on', '-application', 'audio'],
    ...['-frame_duration', '20', '-ar', '48000', '-ac', String(audioChannels)],
    ...['-page_duration', '20000', '-f', 'ogg', 'pipe:1'],
  ];
}

/** A path as a URL that cannot be taken for something else: `-x.mp3` for an option, `a:b.mp3` for a protocol. */
function inputUrl(input: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input) ? input : `file:${input}`;
}

function seek(ms: number): string[] {
  return ms > 0 ? ['-ss', (ms / 1000).toFixed(3)] : [];
}
