/** One option as it was written, as in `-c:a` and `libopus`; a flag has no value. */
export interface CommandOption {
  readonly flag: string;
  readonly value?: string | undefined;
}

/** One input or output, and the options that stand before it, which are its own. */
export interface CommandFile {
  readonly kind: 'input' | 'output';
  readonly options: readonly CommandOption[];
  readonly url: string;
}

/** The arguments of ffmpeg, sorted by what they belong to. */
export interface FfmpegCommand {
  /** In the order in which they were written. */
  readonly files: readonly CommandFile[];
  /** What stands behind the last file, and belongs to none. */
  readonly rest: readonly CommandOption[];
}

/** Options that take no value; all others do, those of formats and codecs included. `-noX` is the opposite of `-X`. */
const FLAGS = new Set(
  (
    'y n hide_banner stdin stats report ignore_unknown copy_unknown recast_media benchmark benchmark_all dump hex ' +
    'copyts start_at_zero xerror auto_conversion_filters debug_ts psnr vstats qphist print_graphs re accurate_seek ' +
    'find_stream_info fix_sub_duration fix_sub_duration_heartbeat display_hflip display_vflip copyinkf bitexact ' +
    'shortest force_fps drop_changed intra deinterlace vn an sn dn'
  ).split(' '),
);
/** Options that took a value up to ffmpeg 6 and take none since. */
const SOMETIMES_FLAGS = new Set(['autorotate', 'autoscale']);

/** Sorts the arguments of ffmpeg into inputs and outputs, as ffmpeg itself does. */
export function parseFfmpegArgs(args: readonly string[]): FfmpegCommand {
  const files: CommandFile[] = [];
  let options: CommandOption[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const next = args[at + 1];
    if (word === '-i' && next !== undefined) {
      files.push({ kind: 'input', options, url: next });
      options = [];
      at++;
    } else if (word === '-' || !word.startsWith('-')) {
      files.push({ kind: 'output', options, url: word });
      options = [];
    } else if (takesValue(word, next)) {
      options.push({ flag: word, value: next });
      at++;
    } else {
      options.push({ flag: word });
    }
  }
  return { files, rest: options };
}

/** The arguments again; unless something was changed, the same ones. */
export function formatFfmpegArgs({ files, rest }: FfmpegCommand): string[] {
  return [
    ...files.flatMap(({ kind, options, url }) => [
      ...options.flatMap(words),
      ...(kind === 'input' ? ['-i', url] : [url]),
    ]),
    ...rest.flatMap(words),
  ];
}

/** The name of an option without its dash, and which streams it is for: `-c:a:0` is `['c', 'a:0']`. */
export function splitFlag(flag: string): [name: string, streams: string | undefined] {
  const colon = flag.indexOf(':');
  return colon < 0 ? [flag.slice(1), undefined] : [flag.slice(1, colon), flag.slice(colon + 1)];
}

/** The last option of one of these names, for streams of any kind: that is the one which counts. */
export function findOption(file: Pick<CommandFile, 'options'>, ...names: readonly string[]): CommandOption | undefined {
  return file.options.findLast(({ flag }) => names.includes(splitFlag(flag)[0]));
}

/** Whether an option is known to need no value. */
export function isFlag(flag: string): boolean {
  const [name] = splitFlag(flag);
  return [name, name.replace(/^no/, '')].some((it) => FLAGS.has(it) || SOMETIMES_FLAGS.has(it));
}

function takesValue(word: string, next: string | undefined): boolean {
  const [name] = splitFlag(word);
  if (SOMETIMES_FLAGS.has(name)) return next === '0' || next === '1';
  if (isFlag(word)) return false;
  // No value is written so: this is a flag that a newer ffmpeg has brought.
  return next !== undefined && next !== '-i';
}

function words({ flag, value }: CommandOption): string[] {
  return value === undefined ? [flag] : [flag, value];
}
