import { spawnSync } from 'node:child_process';
import { findPart } from '../requires.ts';

const FFMPEG = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
const FFPROBE = findPart('ffprobe') ?? 'ffprobe';

/** Runs the real ffmpeg on `input` and returns what it writes to stdout. Any word of complaint from it is an error. */
export function ffmpeg(args: readonly string[], input?: Uint8Array): Uint8Array {
  return run(FFMPEG, ['-hide_banner', '-nostdin', '-loglevel', 'error', ...args, 'pipe:1'], input);
}

/** What ffprobe says about `input`, as its JSON; not every machine that has ffmpeg has it: ask `requires('ffprobe')`. */
export function ffprobe(args: readonly string[], input: Uint8Array): unknown {
  const json = run(FFPROBE, ['-loglevel', 'error', '-of', 'json', ...args, 'pipe:0'], input);
  return JSON.parse(Buffer.from(json).toString());
}

/** The PCM of an encoded stream: 16 bit, 48 kHz, interleaved when `channels` is 2. */
export function decodePcm(encoded: Uint8Array, channels = 1, decoder = 'libopus'): Int16Array {
  const input = ['-c:a', decoder, '-i', 'pipe:0'];
  const pcm = ffmpeg([...input, '-ar', '48000', '-ac', String(channels), '-f', 's16le'], encoded);
  return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
}

/** A tone, or noise, encoded by libopus. `args` are output options. */
export function encodeOpus(input: string, args: readonly string[]): Uint8Array {
  return ffmpeg(['-f', 'lavfi', '-i', input, '-c:a', 'libopus', '-compression_level', '0', ...args, '-f', 'ogg']);
}

/** A moving test picture, 160x120, encoded to VP8 in IVF. `args` are output options. */
export function encodeVp8(rate: string, args: readonly string[]): Uint8Array {
  const picture = `testsrc2=size=160x120:rate=${rate}`;
  const codec = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-auto-alt-ref', '0'];
  return ffmpeg(['-f', 'lavfi', '-i', picture, ...codec, ...args, '-f', 'ivf']);
}

/** What ffmpeg itself finds in a container: time in units of `tb` seconds, size and MD5 of every packet. */
export function ffmpegPackets(input: Uint8Array): {
  tb: number;
  packets: { pts: number; size: number; md5: string }[];
} {
  const lines = Buffer.from(ffmpeg(['-i', 'pipe:0', '-c', 'copy', '-f', 'framemd5'], input))
    .toString()
    .split('\n');
  const [, num, den] = /#tb 0: (\d+)\/(\d+)/.exec(lines.join('\n'))!.map(Number);
  const packets = lines
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').map((field) => field.trim()))
    .map(([, , pts, , size, md5]) => ({ pts: Number(pts), size: Number(size), md5: md5! }));
  return { tb: num! / den!, packets };
}

/** MD5 of every picture that a video decodes to; any complaint of the decoder is an error. */
export function decodePictures(input: Uint8Array, format: string): string[] {
  const lines = ffmpeg(['-xerror', '-f', format, '-i', 'pipe:0', '-f', 'framemd5'], input);
  return Buffer.from(lines)
    .toString()
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',')[5]!.trim());
}

function run(command: string, args: readonly string[], input: Uint8Array | undefined): Uint8Array {
  const result = spawnSync(command, args, { input: input ?? new Uint8Array(0), maxBuffer: 512 * 1024 * 1024 });
  if (result.error) throw result.error;
  const said = result.stderr.toString();
  if (result.status !== 0 || said !== '')
    throw new Error(`${command} ${args.join(' ')} ended with ${result.status}: ${said}`);
  return Uint8Array.from(result.stdout);
}
