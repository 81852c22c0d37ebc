import { OptionError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ResolvedRequest } from '../core/media-source.ts';
import type { AudioEncoding } from '../ffmpeg/ffmpeg-args.ts';

/** Options that all sources which may need ffmpeg have in common. */
export interface EncodedSourceOptions {
  /** Where a plain subscription begins, in milliseconds of source time. Default 0. */
  startMs?: number | undefined;
  /** Bitrate to encode to, in kbit/s, 6 to 510. Default 128. */
  audioBitrateKbps?: number | undefined;
  /** 1 or 2. Default 2. */
  audioChannels?: 1 | 2 | undefined;
  /** The ffmpeg to use. Default: that of the call, else looked for, see {@link locateFfmpeg}. */
  ffmpegPath?: string | undefined;
  /** Default: that of the call, else silent. */
  logger?: Logger | undefined;
}

/** One opening, with all that decides it. */
export interface Opening extends AudioEncoding {
  /** A URL, or an absolute path. */
  readonly input: string;
  /** {@link input} for messages, secrets redacted. */
  readonly label: string;
  readonly request: ResolvedRequest;
  readonly startMs: number;
  readonly live: boolean;
  readonly ffmpegPath: string | undefined;
  readonly logger: Logger;
}

/** Throws an {@link OptionError} that names the first option which is not what it should be. */
export function validateSourceOptions(options: EncodedSourceOptions): void {
  const { startMs, audioBitrateKbps, audioChannels, ffmpegPath } = options;
  if (startMs !== undefined && !(Number.isFinite(startMs) && startMs >= 0)) {
    throw new OptionError('options.startMs', startMs, 'a number of milliseconds, 0 or more');
  }
  const isBitrate = Number.isFinite(audioBitrateKbps) && audioBitrateKbps! >= 6 && audioBitrateKbps! <= 510;
  if (audioBitrateKbps !== undefined && !isBitrate) {
    throw new OptionError('options.audioBitrateKbps', audioBitrateKbps, 'a number from 6 to 510');
  }
  if (audioChannels !== undefined && ![1, 2].includes(audioChannels)) {
    throw new OptionError('options.audioChannels', audioChannels, '1 or 2');
  }
  if (ffmpegPath !== undefined && (typeof ffmpegPath !== 'string' || ffmpegPath === '')) {
    throw new OptionError('options.ffmpegPath', ffmpegPath, 'a path');
  }
}

/** Puts together what the source was made with and what is asked of it now. A position before the start is the start. */
export function toOpening(
  source: { input: string; label: string; live: boolean },
  options: EncodedSourceOptions,
  request: ResolvedRequest,
): Opening {
  if (Number.isNaN(request.startMs)) throw new OptionError('request.startMs', request.startMs, 'a number');
  return {
    ...source,
    request,
    startMs: Math.max(0, request.startMs),
    audioBitrateKbps: options.audioBitrateKbps ?? 128,
    audioChannels: options.audioChannels ?? 2,
    ffmpegPath: options.ffmpegPath ?? request.ffmpegPath,
    logger: options.logger ?? request.logger,
  };
}
