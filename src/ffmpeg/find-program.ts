import { SourceError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { findOnPath, whyNotExecutable } from './executable.ts';
import { locateFfmpeg } from './locate-ffmpeg.ts';

export interface FindProgramOptions {
  /** The ffmpeg to use. */
  ffmpegPath: string | undefined;
  logger: Logger;
  /** The command that begins with the program, for errors, secrets redacted. */
  label: string;
}

/**
 * The path of the program that a command names. `ffmpeg` is looked for as everywhere ({@link locateFfmpeg}); a name without
 * a folder on PATH. Rejects with {@link FfmpegNotFoundError}, or `ERR_SOURCE_NOT_FOUND` for another program.
 */
export async function findProgram(program: string, options: FindProgramOptions): Promise<string> {
  const { ffmpegPath, logger, label } = options;
  if (program === 'ffmpeg') return (await locateFfmpeg({ path: ffmpegPath, logger })).path;
  const isPath = /[/\\]/.test(program);
  const path = isPath ? program : await findOnPath(program, { env: process.env, platform: process.platform });
  const problem = path === undefined ? 'is not on PATH' : await whyNotExecutable(path);
  if (path !== undefined && problem === undefined) return path;
  throw new SourceError('ERR_SOURCE_NOT_FOUND', label, `${program} ${problem}, so this cannot be played: ${label}`);
}
