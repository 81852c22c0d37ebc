import { OptionError } from '../core/errors.ts';
import type { MediaSource } from '../core/media-source.ts';
import type { MediaKind } from '../core/sample.ts';
import { described } from '../core/source-description.ts';
import type { Command } from '../ffmpeg/parse-command.ts';
import { createShellLeg } from './shell-leg.ts';
import { type ShellOptions, shellSource, validateShellOptions } from './shell-source.ts';

/** Up to one command for each kind of media. */
export interface ShellCommands {
  audio?: Command | undefined;
  video?: Command | undefined;
}

export interface FromShellsOptions extends ShellOptions {
  /**
   * Start both at once. Default false: the video when audio has come, for there are hosts that allow one address no two
   * connections at a time to be opened.
   */
  parallel?: boolean | undefined;
}

/**
 * Plays two commands, one for each kind of media, each in a process of its own; see {@link fromShell} for what they may be.
 *
 * - Both belong to one segment and begin together: at the same moment, and each at its own `-ss`. A seek moves both.
 * - Each is read no faster than its own samples are taken. Is one of them live, nothing is held back, and the other one
 *   gets `-re`.
 * - Completes when both have ended. A command that may go on for ever (a looped picture, a generator, a camera) ends with
 *   the other one.
 * - The failure of one ends the other.
 * - The position is that of the audio, unless only the video can seek.
 *
 * @example
 * const cover = 'ffmpeg -loop 1 -framerate 1 -i cover.jpg -vf "scale=1280:720" -r 1 -b:v 200k';
 * await call.play(fromShells({ audio: 'ffmpeg -i song.mp3', video: cover }));
 */
export function fromShells(commands: ShellCommands, options: FromShellsOptions = {}): MediaSource {
  validateShellOptions(options);
  const parallel: unknown = options.parallel;
  if (parallel !== undefined && typeof parallel !== 'boolean') {
    throw new OptionError('options.parallel', parallel, 'a boolean');
  }
  const kinds = (['audio', 'video'] satisfies MediaKind[]).filter((kind) => commands?.[kind] !== undefined);
  if (kinds.length === 0)
    throw new OptionError('commands', commands, 'an object with an audio command, a video command, or both');
  const legs = kinds.map((kind) =>
    createShellLeg(commands[kind]!, { kind, path: `commands.${kind}`, complete: options.complete }),
  );
  return described(shellSource(legs, options), 'fromShells', [commands, options]);
}
