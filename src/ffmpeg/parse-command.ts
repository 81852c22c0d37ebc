import { OptionError } from '../core/errors.ts';
import { CommandError } from './command-error.ts';
import { type FfmpegCommand, parseFfmpegArgs } from './ffmpeg-command.ts';
import { tokenizeCommand } from './tokenize-command.ts';

/** A command as it is given: one line of text, or its words. */
export type Command = string | readonly string[];

/** A command, taken apart. */
export interface ParsedCommand {
  /** The program, and the words before the arguments of ffmpeg when another program starts it, as in `nice -n 5 ffmpeg`. */
  readonly program: readonly [string, ...string[]];
  /** All words after those. */
  readonly args: readonly string[];
  /** The same, sorted, when it is ffmpeg that gets them. */
  readonly ffmpeg: FfmpegCommand | undefined;
}

/** `ffmpeg`, `ffmpeg7.1`, `ffmpeg-linux-x86_64`, but not `ffmpeg-normalize`, nor a script. */
const FFMPEG =
  /(?:^|[/\\])ffmpeg(?:[-_.]?(?:\d|[nv]\d|git|static|linux|darwin|mac|osx|win|amd64|arm|x64|x86)[\w.-]*)?(?:\.exe)?$/i;
const SCRIPT = /\.(?:sh|bash|py|[cm]?js|cmd|bat)$/i;
/** Programs that do nothing but start another one. */
const STARTERS = /(?:^|[/\\])(?:nice|ionice|chrt|taskset|timeout|nohup|stdbuf|env)$/;
/** What it starts leaves the process group, and could not be ended any more. */
const SETSID = /(?:^|[/\\])setsid$/;

/**
 * Takes a command apart. `isFfmpeg` says whether its arguments are those of ffmpeg; by default the name of the program
 * tells. Throws a {@link CommandError}, or an {@link OptionError} for what is no command at all.
 */
export function parseCommand(command: Command, path = 'command', isFfmpeg?: boolean): ParsedCommand {
  const words = typeof command === 'string' ? tokenizeCommand(command, path) : copyWords(command, path);
  const zero = words.findIndex((word) => word.includes('\0'));
  if (zero >= 0) throw new CommandError(path, `has a NUL character in word ${zero + 1}`);
  const candidates = STARTERS.test(words[0]!) ? words : words.slice(0, 1);
  const named = candidates.findIndex((word) => FFMPEG.test(word) && !SCRIPT.test(word));
  const taken = isFfmpeg === true ? Math.max(named, 0) : named;
  const isTaken = isFfmpeg !== false && taken >= 0;
  const programEnd = isTaken ? taken + 1 : 1;
  const args = words.slice(programEnd);
  const program = words.slice(0, programEnd) as [string, ...string[]];
  if (program.some((word) => SETSID.test(word))) {
    throw new CommandError(path, 'has setsid, which takes the program out of reach: leave it out');
  }
  return { program, args, ffmpeg: isTaken ? parseFfmpegArgs(args) : undefined };
}

function copyWords(command: readonly string[], path: string): string[] {
  if (!Array.isArray(command)) throw new OptionError(path, command, 'a command line, or a list of its words');
  const words = [...(command as readonly string[])];
  words.forEach((word, i) => {
    if (typeof word !== 'string') throw new OptionError(`${path}[${i}]`, word, 'a string');
  });
  if (words.length === 0 || words[0] === '') throw new CommandError(path, 'is empty');
  return words;
}
