import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { PREAMBLE } from '../../ffmpeg/ffmpeg-args.ts';
import { locateFfmpeg } from '../../ffmpeg/locate-ffmpeg.ts';
import { runFfmpeg } from '../../ffmpeg/run-ffmpeg.ts';
import { analyzePcm, type DecodedAudio } from './analyze-pcm.ts';

export interface DecodeOptions {
  /** The ffmpeg to decode with. Default: looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
}

const SAMPLE_RATE = 48_000;

/**
 * Decodes an Ogg/Opus file with ffmpeg to one channel and analyzes it.
 *
 * @throws FfmpegError (rejection) when it cannot be decoded, FfmpegNotFoundError when there is no ffmpeg.
 */
export async function decodeOgg(ogg: Uint8Array, options: DecodeOptions = {}): Promise<DecodedAudio> {
  const { path } = await locateFfmpeg({ path: options.ffmpegPath });
  const folder = await mkdtemp(join(tmpdir(), 'rxcall-'));
  try {
    const file = join(folder, 'recording.ogg');
    await writeFile(file, ogg);
    const pcm = ['-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 'f32le', 'pipe:1'];
    const args = [...PREAMBLE, '-i', file, ...pcm];
    const chunks = await lastValueFrom(runFfmpeg({ path, args }).pipe(toArray()));
    // A copy, because 32-bit floats must lie on a multiple of four.
    const bytes = Uint8Array.from(Buffer.concat(chunks));
    return analyzePcm(new Float32Array(bytes.buffer, 0, bytes.length >> 2), SAMPLE_RATE);
  } finally {
    await rm(folder, { recursive: true });
  }
}
