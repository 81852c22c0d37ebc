import { defer, switchMap } from 'rxjs';
import type { Logger } from '../core/logger.ts';
import { type SinkAccepts, ANY_ACCEPTS } from '../core/media-source.ts';
import { redactArgv } from '../core/redact.ts';
import type { MediaKind, Sample } from '../core/sample.ts';
import { completeCommand, type CompletedCommand } from '../ffmpeg/complete-command.ts';
import { PREAMBLE } from '../ffmpeg/ffmpeg-args.ts';
import { type FfmpegCommand, findOption, formatFfmpegArgs } from '../ffmpeg/ffmpeg-command.ts';
import { ffmpegFailure } from '../ffmpeg/ffmpeg-failure.ts';
import { findProgram, programNotFound } from '../ffmpeg/find-program.ts';
import { inputNature } from '../ffmpeg/input-nature.ts';
import { type Command, parseCommand, type ParsedCommand } from '../ffmpeg/parse-command.ts';
import { quoteArg } from '../ffmpeg/quote-arg.ts';
import { runFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { seekCommand, startOfCommand } from '../ffmpeg/seek-command.ts';
import { createAdtsDemuxer } from '../media/adts-demuxer.ts';
import { createAnnexBDemuxer } from '../media/annexb-demuxer.ts';
import type { Demuxer, DemuxerOptions } from '../media/demuxer.ts';
import { createIvfDemuxer } from '../media/ivf-demuxer.ts';
import { createOggDemuxer, type OggOpusDemuxer } from '../media/ogg-demuxer.ts';
import type { OwnLeg } from './join-legs.ts';
import { blameCommand, orNothing, programFailure } from './leg-failure.ts';

/** One command that makes one kind of media. */
export interface ShellLeg {
  readonly kind: MediaKind;
  /** The command as it was given, for messages, secrets redacted. */
  readonly label: string;
  readonly seekable: boolean;
  readonly live: boolean;
  /** Where it begins by itself, in milliseconds of source time. */
  readonly startMs: number;
  /** Prepares one opening. Undefined when nothing is left to play from there on. */
  prepare(opening: ShellLegOpening): OwnLeg | undefined;
}

export interface ShellLegOpening {
  /** How much later than by itself it is to begin, in milliseconds; negative for earlier. */
  readonly byMs: number;
  /** The position at which that is, in microseconds of source time. */
  readonly startUs: number;
  readonly accepts: SinkAccepts;
  /** Read no faster than it plays: it goes along with something live, and nobody holds that back. */
  readonly inRealTime: boolean;
  readonly ffmpegPath: string | undefined;
  readonly owner: object | undefined;
  readonly logger: Logger;
}

/** Of a program that is not ffmpeg, nobody knows. */
const FRAME_RATE = 30;

/**
 * Takes a command apart and checks it. Throws {@link CommandError} and {@link OptionError}, which name it by `path`, for what
 * no sink takes; what the one it is opened for does not take is an error of that opening.
 */
export function createShellLeg(
  command: Command,
  { kind, path, complete }: { kind: MediaKind; path: string; complete: boolean | undefined },
): ShellLeg {
  const parsed = parseCommand(command, path, complete);
  const completeFor = (accepts: SinkAccepts): CompletedCommand | undefined =>
    parsed.ffmpeg && completeCommand(parsed.ffmpeg, { kind, accepts: accepts[kind], path });
  const usual = completeFor(ANY_ACCEPTS);
  return {
    kind,
    label: commandText([...parsed.program, ...parsed.args]),
    seekable: usual?.seekable ?? false,
    live: usual?.live ?? false,
    startMs: usual ? startOfCommand(usual.command, usual.output) : 0,
    prepare(opening) {
      const completed = completeFor(opening.accepts);
      if (!completed) return createLeg({ kind, parsed, args: parsed.args, completed, opening });
      const moved = seekCommand(completed.command, completed.output, opening.byMs);
      if (!moved) return undefined;
      const args = [...PREAMBLE, ...formatFfmpegArgs(opening.inRealTime ? slowed(moved) : moved)];
      return createLeg({ kind, parsed, args, completed, opening });
    },
  };
}

/** A command line as one could type it, secrets redacted. */
function commandText(argv: readonly string[]): string {
  return redactArgv(argv).map(quoteArg).join(' ');
}

interface LegParts {
  readonly kind: MediaKind;
  readonly parsed: ParsedCommand;
  readonly args: readonly string[];
  readonly completed: CompletedCommand | undefined;
  readonly opening: ShellLegOpening;
}

function createLeg({ kind, parsed, args: ownArgs, completed, opening }: LegParts): OwnLeg {
  const { logger, ffmpegPath, startUs } = opening;
  const [program, ...starterArgs] = parsed.program;
  const args = [...starterArgs, ...ownArgs];
  const label = commandText([program, ...args]);
  const source = inputsText(parsed.ffmpeg) ?? label;
  const copiesTime = parsed.ffmpeg?.files.some((file) => findOption(file, 'copyts')) ?? false;
  let delivered = false;
  let ogg: OggOpusDemuxer | undefined;
  let offsetUs: number | undefined;

  function createDemuxer(options: DemuxerOptions): Demuxer {
    const codec = completed?.codec ?? opening.accepts[kind][0];
    if (codec === 'aac') return createAdtsDemuxer(options);
    if (kind === 'audio') return (ogg = createOggDemuxer(options));
    if (codec !== 'h264') return createIvfDemuxer(options);
    return createAnnexBDemuxer({ ...options, frameRate: completed?.frameRate ?? FRAME_RATE });
  }

  return {
    kind,
    endless: completed?.endless ?? false,
    chunks: (valve) =>
      defer(() => findProgram(program, { ffmpegPath, logger, label })).pipe(
        switchMap((path) =>
          runFfmpeg({
            path,
            args,
            valve,
            owner: opening.owner,
            logger,
            failureOf: (end) =>
              completed ? ffmpegFailure(end, { source, delivered, kinds: [kind] }) : programFailure(end, program),
            ...(program !== 'ffmpeg' && {
              notFound: (cause) => programNotFound(program, 'cannot be run', label, cause),
            }),
          }),
        ),
      ),
    demuxer: (options) => blameCommand(completed ? orNothing(createDemuxer(options)) : createDemuxer(options), label),
    place(sample: Sample) {
      delivered = true;
      // Audio that begins later than its video: the Ogg stream counts from its own first sample.
      offsetUs ??= (copiesTime ? 0 : startUs) + (ogg?.getStats().startUs ?? 0);
      return offsetUs === 0 ? sample : { ...sample, ptsUs: offsetUs + sample.ptsUs };
    },
  };
}

/** What a command reads, for messages. */
function inputsText(command: FfmpegCommand | undefined): string | undefined {
  const inputs = command?.files.filter(({ kind }) => kind === 'input') ?? [];
  return inputs.length === 0 ? undefined : redactArgv(inputs.map(({ url }) => url)).join(' and ');
}

/** Has ffmpeg itself read everything at the speed of time, but for what comes so anyway. */
function slowed(command: FfmpegCommand): FfmpegCommand {
  const files = command.files.map((file) => {
    const leave = file.kind === 'output' || inputNature(file).live || findOption(file, 're', 'readrate');
    return leave ? file : { ...file, options: [...file.options, { flag: '-re' }] };
  });
  return { ...command, files };
}
