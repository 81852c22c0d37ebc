import { OptionError } from '../core/errors.ts';
import { MediaSource } from '../core/media-source.ts';
import { redact } from '../core/redact.ts';
import { fileURLToPath } from 'node:url';
import { fromFile } from './from-file.ts';
import { openWithFfmpeg } from './open-with-ffmpeg.ts';
import { type EncodedSourceOptions, toOpening, checkSourceOptions } from './source-options.ts';

export interface FromUrlOptions extends EncodedSourceOptions {
  /**
   * A radio, a camera: it has no position to seek to, and is not held back; who pauses it misses what is sent meanwhile.
   * Default false.
   */
  live?: boolean | undefined;
}

/**
 * Plays whatever is behind a URL, its sound or both sound and picture (option `video`): http(s), HLS, and the other
 * protocols of the ffmpeg at hand. Both come over one connection.
 *
 * - Cold: each subscription connects anew. Emits samples of one {@link Segment}; `ptsUs` is the position. It is
 *   opened once more when it turns out not to have one of the tracks that are wanted and not required.
 * - Seekable unless `live`. A server without byte ranges is read from its beginning, or refuses the start.
 * - Completes at the end of the media; a download that is cut is an error, retryable, once it cannot be continued (ffmpeg
 *   before 5 does not tell a cut download without byte ranges from its end).
 * - Errors: {@link SourceError} with what the server answered, {@link FfmpegError}, {@link FfmpegNotFoundError}.
 *   Throws an {@link OptionError} for a bad option or something that is no URL.
 *
 * @example
 * await call.play(fromUrl('https://radio.example/stream.mp3', { live: true }));
 */
export function fromUrl(url: string | URL, options: FromUrlOptions = {}): MediaSource {
  if (!URL.canParse(String(url))) throw new OptionError('url', url, 'an absolute URL');
  checkSourceOptions(options);
  const input = String(url);
  if (/^file:/i.test(input)) return fromFile(fileURLToPath(input), options);

  const source = { input, label: redact(input), live: options.live ?? false };
  return new MediaSource({
    label: source.label,
    live: source.live,
    seekable: !source.live,
    startMs: options.startMs ?? 0,
    open: (request) => openWithFfmpeg(toOpening(source, options, request)),
  });
}
