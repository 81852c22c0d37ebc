import { OptionError } from '../core/errors.ts';
import type { MediaSource } from '../core/media-source.ts';
import type { MediaKind } from '../core/sample.ts';
import { described } from '../core/source-description.ts';
import type { Command } from '../ffmpeg/parse-command.ts';
import { createShellLeg } from './shell-leg.ts';
import { type ShellOptions, shellSource, validateShellOptions } from './shell-source.ts';

export interface FromShellOptions extends ShellOptions {
  /** What comes out of it. Default `'audio'`. */
  track?: MediaKind | undefined;
}

/**
 * Plays what a command of your own writes to its standard output: audio as Opus in Ogg or AAC in ADTS, or video as VP8 in IVF
 * or H.264 in Annex B. It is given as one line (write file names with {@link shell} or {@link quoteArg}) or
 * as a list of words, and never goes through a shell.
 *
 * - Of an ffmpeg command, flags that the output lacks are filled in: `-c:a libopus -ar 48000 -ac 2 -f ogg` and so on, or
 *   `-c:v libvpx -deadline realtime -f ivf`; AAC and H.264 when the sink takes nothing else. Bitrate and keyframe interval
 *   of video are yours: without `-b:v`, ffmpeg makes 200 kbit/s.
 * - A codec that the command names itself is kept. Opening it for a sink that does not take that codec is an error.
 * - A program of another name must write one of these formats by itself.
 * - The position begins at the `-ss` of the command. A seek moves the `-ss` of each input that can seek, and not that of
 *   stills, loops, devices, generated media and live addresses. Times within filters count from where it was opened.
 * - Cold: each subscription starts a process of its own. Reads no faster than its samples are taken. Completes when the
 *   command has ended.
 * - Errors: {@link FfmpegError} with the whole command line, {@link SourceError}, {@link FfmpegNotFoundError}. Throws a
 *   {@link CommandError} for a command that cannot be played, an {@link OptionError} for a bad option.
 *
 * @example
 * await call.play(fromShell('ffmpeg -i song.mp3 -af "atempo=1.25"'));
 * await call.play(fromShell(['ffmpeg', '-f', 'x11grab', '-i', ':0.0'], { track: 'video' }));
 * @see {@link fromShells} for audio and video
 */
export function fromShell(command: Command, options: FromShellOptions = {}): MediaSource {
  const { track = 'audio' } = options;
  validateShellOptions(options);
  if (track !== 'audio' && track !== 'video') throw new OptionError('options.track', track, "'audio' or 'video'");
  const leg = createShellLeg(command, { kind: track, path: 'command', complete: options.complete });
  return described(shellSource([leg], options), 'fromShell', [command, options]);
}
