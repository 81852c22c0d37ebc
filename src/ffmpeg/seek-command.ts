import { type CommandFile, type CommandOption, type FfmpegCommand, findOption, splitFlag } from './ffmpeg-command.ts';
import { inputNature } from './input-nature.ts';
import { formatMediaDuration, parseMediaDuration } from './media-duration.ts';

/** Where a command begins by itself, in milliseconds of source time: the `-ss` of its first input, and of its output. */
export function startOfCommand(command: FfmpegCommand, output: CommandFile): number {
  const leader = leadingInput(command);
  return (leader ? startOf(leader) : 0) + startOf(output);
}

/**
 * Moves the beginning of a command by `byMs`: the `-ss` of every input that can seek, and what is to be played is as much
 * shorter. A step back beyond the beginning of an input takes from the `-ss` of the output.
 *
 * Returns undefined when nothing is left to play.
 */
export function seekCommand(command: FfmpegCommand, output: CommandFile, byMs: number): FfmpegCommand | undefined {
  if (byMs === 0) return command;
  const leader = leadingInput(command);
  const inputByMs = leader ? Math.max(byMs, -startOf(leader)) : 0;
  const outputByMs = Math.max(byMs - inputByMs, -startOf(output));
  let isOver = false;

  const move = (file: CommandFile): CommandFile => {
    if (file === output) {
      const shorter = shorten(shorten(file.options, 't', inputByMs + outputByMs), 'to', inputByMs);
      return { ...file, options: outputByMs === 0 ? shorter : setStart(shorter, startOf(file) + outputByMs) };
    }
    if (file.kind === 'output' || !inputNature(file).seekable) return file;
    const fromMs = startOf(file);
    const toMs = Math.max(0, fromMs + byMs);
    // An input's own -to is a position in it, and stays where it is.
    return { ...file, options: setStart(shorten(file.options, 't', toMs - fromMs), toMs) };
  };

  function shorten(options: readonly CommandOption[], name: string, shorterByMs: number): CommandOption[] {
    return options.map((option) => {
      const lengthMs = splitFlag(option.flag)[0] === name ? parseMediaDuration(option.value ?? '') : undefined;
      if (lengthMs === undefined) return option;
      if (lengthMs - shorterByMs <= 0) isOver = true;
      return { ...option, value: formatMediaDuration(lengthMs - shorterByMs) };
    });
  }

  const files = command.files.map(move);
  return isOver ? undefined : { ...command, files };
}

/** The input whose position counts as that of the command. */
function leadingInput({ files }: FfmpegCommand): CommandFile | undefined {
  const inputs = files.filter(({ kind }) => kind === 'input');
  return inputs.find((input) => inputNature(input).seekable) ?? inputs[0];
}

function startOf(file: CommandFile): number {
  return parseMediaDuration(findOption(file, 'ss')?.value ?? '0') ?? 0;
}

function setStart(options: readonly CommandOption[], startMs: number): CommandOption[] {
  const others = options.filter(({ flag }) => flag !== '-ss');
  return startMs > 0 ? [...others, { flag: '-ss', value: formatMediaDuration(startMs) }] : others;
}
