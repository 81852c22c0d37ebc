import { SourceError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { findExecutable } from './executable.ts';
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
  const [path, problem] = await findExecutable(program);
  if (problem !== undefined) throw programNotFound(program, problem, label);
  return path;
}

/** An error that names the program, its problem, and the command that begins with it. */
export function programNotFound(program: string, problem: string, label: string, cause?: unknown): SourceError {
  const message = `${program} ${problem}, so this cannot be played: ${label}`;
  return new SourceError('ERR_SOURCE_NOT_FOUND', label, message, { cause });
}
