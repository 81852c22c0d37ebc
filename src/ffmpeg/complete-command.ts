import type { Codec, MediaKind } from '../core/sample.ts';
import { CommandError } from './command-error.ts';
import {
  type CommandFile,
  type CommandOption,
  type FfmpegCommand,
  findOption,
  isFlag,
  splitFlag,
} from './ffmpeg-command.ts';
import { isHls } from './input-flags.ts';
import { inputNature } from './input-nature.ts';
import { parseMediaDuration } from './media-duration.ts';
import { type OutputPlan, planAudioOutput, planVideoOutput } from './output-plan.ts';

export interface CompleteCommandOptions {
  /** What is to come out of it. */
  kind: MediaKind;
  /** What the sink takes of that kind, in order of preference. */
  accepts: readonly Codec[];
  /** How errors name the command. Default `'command'`. */
  path?: string | undefined;
}

/** A command whose output can be read as samples. */
export interface CompletedCommand extends Omit<OutputPlan, 'missing'> {
  readonly command: FfmpegCommand;
  /** The one of its files that is played. */
  readonly output: CommandFile;
  readonly live: boolean;
  readonly seekable: boolean;
  /** Whether it may go on for ever. */
  readonly endless: boolean;
}

const STDOUT = new Set(['-', 'pipe:', 'pipe:1', '/dev/stdout']);
const STDIN = /^(?:-|pipe:0?|fd:0?|\/dev\/stdin)$/;
/** A filter graph that ends with one of its inputs. */
const ENDS_BY_FILTER = /\bshortest=(?:1|true)\b|\bduration=(?:first|shortest)\b/;
/** Half a second is enough to know an audio stream by; a radio would keep us waiting for the default of five. */
const PROBE: readonly CommandOption[] = [
  { flag: '-analyzeduration', value: '500000' },
  { flag: '-probesize', value: '1000000' },
];

/**
 * Makes of the arguments of ffmpeg a command that writes one leg of media to its standard output, in a form that can be
 * read: what its output does not say is filled in, what it says is left alone.
 *
 * - What is played is the output named `-` or `pipe:1`, or else what stands behind the last file.
 * - Options of inputs say nothing about the output. They are left alone, but for two that do harm: `\r\n` that is written
 *   out in `-headers` becomes a line end, and of HLS `-reconnect_at_eof` is left out.
 *
 * Throws a {@link CommandError} for an output that cannot be sent (raw PCM, raw pictures, other codecs).
 */
export function completeCommand(command: FfmpegCommand, options: CompleteCommandOptions): CompletedCommand {
  const { kind, accepts, path = 'command' } = options;
  const refuse = (problem: string): never => {
    throw new CommandError(path, problem);
  };
  checkInputs(command, refuse);
  const last = command.rest.at(-1);
  if (last && last.value === undefined && !isFlag(last.flag)) refuse(`ends with ${last.flag}, which wants a value`);
  const [others, asked] = splitOutput(command, refuse);
  const { codec, frameRate, missing } =
    kind === 'audio' ? planAudioOutput(asked, accepts, refuse) : planVideoOutput(asked, accepts, refuse);
  const output = { ...asked, options: [...asked.options, ...missing] };
  const files = [...others.map((file) => prepareInput(file, kind)), output];
  const natures = files.filter((file) => file.kind === 'input').map(inputNature);
  const limited =
    findOption(output, 't', 'to', 'frames', 'aframes', 'vframes') !== undefined ||
    files.some((file) => ENDS_BY_FILTER.test(findOption(file, 'filter_complex', 'lavfi')?.value ?? ''));
  return {
    command: { files, rest: [] },
    output,
    codec,
    frameRate,
    live: natures.some((it) => it.live),
    seekable: natures.some((it) => it.seekable),
    endless: !limited && natures.some((it) => it.endless),
  };
}

function checkInputs({ files }: FfmpegCommand, refuse: (problem: string) => never): void {
  for (const file of files) {
    if (file.kind === 'input' && STDIN.test(file.url)) {
      refuse('reads its standard input, which is empty: use fromStream to play a stream');
    }
    const start = findOption(file, 'ss');
    if (start && parseMediaDuration(start.value ?? '') === undefined) {
      refuse(`has -ss ${start.value ?? ''}, which is no time: write seconds, or hh:mm:ss`);
    }
  }
}

/** The output that is played, and all other files. */
function splitOutput(
  { files, rest }: FfmpegCommand,
  refuse: (problem: string) => never,
): [others: readonly CommandFile[], output: CommandFile] {
  const outputs = files.filter(({ kind, url }) => kind === 'output' && STDOUT.has(url));
  if (outputs.length > 1) refuse('has several outputs that are to be played: leave one "-" or "pipe:1"');
  // What stands behind the last file counts for the output: it is either meant for it, or is for all.
  const options = [...(outputs[0]?.options ?? []), ...rest];
  return [files.filter((file) => file !== outputs[0]), { kind: 'output', options, url: 'pipe:1' }];
}

function prepareInput(file: CommandFile, kind: MediaKind): CommandFile {
  if (file.kind === 'output') return file;
  const isPlaylist = isHls(file.url) || findOption(file, 'f')?.value === 'hls';
  const options = file.options.flatMap((option) => {
    const [name] = splitFlag(option.flag);
    // A playlist always ends, and ffmpeg would read that again and again.
    if (name === 'reconnect_at_eof' && isPlaylist) return [];
    return name === 'headers' ? { ...option, value: option.value?.replaceAll('\\r\\n', '\r\n') } : option;
  });
  const probes = kind === 'audio' && /^https?:/i.test(file.url) && !findOption(file, 'analyzeduration', 'probesize');
  return { ...file, options: probes ? [...options, ...PROBE] : options };
}
