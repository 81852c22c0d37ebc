import { EMPTY } from 'rxjs';
import { OptionError, SourceError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { MediaSource, type ResolvedRequest } from '../core/media-source.ts';
import { joinLegs } from './join-legs.ts';
import type { ShellLeg, ShellLegOpening } from './shell-leg.ts';

/** Options that all sources which run a command have in common. */
export interface ShellOptions {
  /**
   * Whether it delivers as time passes: then it has no position to seek to, and is not held back. Default: whether it
   * reads a device, or an address whose protocol says so (RTSP, RTMP, SRT, UDP …). A radio over HTTP looks like a file.
   */
  live?: boolean | undefined;
  /**
   * Whether these are the arguments of ffmpeg, and the output flags that are missing are to be filled in. Default:
   * whether the program is an ffmpeg by its name.
   */
  complete?: boolean | undefined;
  /** What `ffmpeg` as the program means. Default: that of the call, else looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
  /** Default: that of the call, else silent. The whole command line is logged when it starts. */
  logger?: Logger | undefined;
}

/** Throws an {@link OptionError} that names the first option which is not what it should be. */
export function validateShellOptions(options: ShellOptions): void {
  for (const name of ['live', 'complete'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean') throw new OptionError(`options.${name}`, value, 'a boolean');
  }
  const { ffmpegPath } = options;
  if (ffmpegPath !== undefined && (typeof ffmpegPath !== 'string' || ffmpegPath === '')) {
    throw new OptionError('options.ffmpegPath', ffmpegPath, 'a path');
  }
}

/** A source of one leg or two; the first of them says what the position is. */
export function shellSource(
  legs: readonly ShellLeg[],
  options: ShellOptions & { parallel?: boolean | undefined },
): MediaSource {
  const label = legs.map((leg) => leg.label).join(' + ');
  const live = options.live ?? legs.some((leg) => leg.live);
  const seekable = options.live !== true && legs.some((leg) => leg.seekable);
  const startMs = (legs.find((leg) => leg.seekable) ?? legs[0]!).startMs;

  function openingOf(leg: ShellLeg, request: ResolvedRequest): ShellLegOpening {
    const byMs = seekable ? Math.max(0, request.startMs) - startMs : 0;
    return {
      byMs,
      startUs: Math.round((startMs + byMs) * 1000),
      accepts: request.accepts,
      inRealTime: live && legs.length > 1 && !leg.live,
      ffmpegPath: options.ffmpegPath ?? request.ffmpegPath,
      owner: request.owner,
      logger: options.logger ?? request.logger,
    };
  }

  return new MediaSource({
    label,
    live,
    seekable,
    startMs,
    open(request) {
      const wanted = legs.filter(({ kind }) => request.accepts[kind].length > 0);
      if (wanted.length === 0)
        throw new SourceError('ERR_SOURCE_NO_TRACK', label, `The sink takes nothing of ${label}.`);
      const prepared = wanted.map((leg) => leg.prepare(openingOf(leg, request))).filter((leg) => leg !== undefined);
      const isOver = prepared.length < wanted.length && prepared.every(({ endless }) => endless);
      if (isOver) return EMPTY;
      return joinLegs({ reason: request.reason, live, legs: prepared, parallel: options.parallel });
    },
  });
}
