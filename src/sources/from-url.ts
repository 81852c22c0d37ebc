import { fileURLToPath } from 'node:url';
import { OptionError } from '../core/errors.ts';
import { MediaSource } from '../core/media-source.ts';
import { redact } from '../core/redact.ts';
import { described } from '../core/source-description.ts';
import { isLiveUrl } from '../ffmpeg/input-flags.ts';
import { fromFile } from './from-file.ts';
import { type HttpSourceOptions, toHttpOptions } from './http-options.ts';
import { openInput } from './open-input.ts';
import { type EncodedSourceOptions, toOpening, checkSourceOptions } from './source-options.ts';

export interface FromUrlOptions extends EncodedSourceOptions, HttpSourceOptions {
  /**
   * A radio, a camera: it has no position to seek to, and is not held back; who pauses it misses what is sent meanwhile.
   * Default: whether its address says so, as those of RTSP, RTMP, SRT, UDP and of cameras do. A radio over HTTP looks like a
   * file. A playlist that grows is found to be live when it is opened.
   */
  live?: boolean | undefined;
}

/**
 * Plays whatever is behind a URL, its sound or both sound and picture (option `video`): http(s), HLS, RTSP, RTMP, SRT, UDP
 * and the other protocols of the ffmpeg at hand. Both come over one connection.
 *
 * - Cold: each subscription connects anew. Emits samples of one {@link Segment}; `ptsUs` is the position. It is
 *   opened once more when it turns out not to have one of the tracks that are wanted and not required.
 * - Of HLS, plays the tallest variant that is no taller than `videoHeight`; without video, the one of the lowest bitrate.
 * - `file:` is {@link fromFile}, and other protocols of ffmpeg read files, too: of addresses that strangers give you, let through
 *   `http:` and `https:` alone. A playlist out of the network leads to nothing but the network.
 * - Seekable unless `live`. From a server without byte ranges all is read from its beginning, and dropped up to the start.
 * - Fails when not a byte comes for 10 s.
 * - Completes at the end of the media; a download that is cut is an error, retryable, once it cannot be continued (ffmpeg
 *   before 5 does not tell a cut download without byte ranges from its end).
 * - Errors: {@link SourceError} with what the server answered, {@link FfmpegError}, {@link FfmpegNotFoundError}.
 *   Throws an {@link OptionError} for a bad option or something that is no URL.
 *
 * @example
 * await call.play(fromUrl('https://radio.example/stream.mp3', { live: true }));
 */
export function fromUrl(url: string | URL, options: FromUrlOptions = {}): MediaSource {
  if (!URL.canParse(String(url))) throw new OptionError('url', url, 'an absolute URL; for a file there is fromFile');
  checkSourceOptions(options);
  const input = String(url);
  if (/^file:/i.test(input)) return fromFile(toPath(input), options);

  const source = { input, label: redact(input), live: options.live ?? isLiveUrl(input), http: toHttpOptions(options) };
  const media = new MediaSource({
    label: source.label,
    live: source.live,
    seekable: !source.live,
    startMs: options.startMs ?? 0,
    open: (request) => openInput(toOpening(source, options, request)),
  });
  return described(media, 'fromUrl', [input, options]);
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new OptionError('url', url, 'the URL of a file on this machine');
  }
}
