import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FfmpegError } from '../../core/errors.ts';
import { analyzePcm, type DecodedAudio } from './analyze-pcm.ts';

export interface DecodeOptions {
  /** The ffmpeg to decode with. Default the one on PATH. */
  ffmpegPath?: string | undefined;
}

const SAMPLE_RATE = 48_000;

/**
 * Decodes an Ogg/Opus file with ffmpeg to one channel and analyzes it.
 *
 * @throws FfmpegError (rejection) when it cannot be decoded.
 */
export async function decodeOgg(ogg: Uint8Array, options: DecodeOptions = {}): Promise<DecodedAudio> {
  const argv = [options.ffmpegPath ?? 'ffmpeg', '-v', 'error', '-i', 'pipe:0', '-ac', '1'];
  argv.push('-ar', String(SAMPLE_RATE), '-f', 'f32le', 'pipe:1');
  const child = spawn(argv[0]!, argv.slice(1), { stdio: 'pipe' });
  const pcm: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => pcm.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4096)));
  child.stdin.on('error', () => {}); // it may leave before it has read all
  child.stdin.end(ogg);
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (exitCode !== 0) {
    throw new FfmpegError('The recording could not be decoded', { argv, exitCode, signal, stderrTail: stderr });
  }
  // A copy, because 32-bit floats must lie on a multiple of four.
  const bytes = Uint8Array.from(Buffer.concat(pcm));
  return analyzePcm(new Float32Array(bytes.buffer, 0, bytes.length >> 2), SAMPLE_RATE);
}
