import { resolve } from 'node:path';
import { defer, switchMap } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import { MediaSource } from '../core/media-source.ts';
import { described } from '../core/source-description.ts';
import { inspectFile } from './inspect-file.ts';
import { openContainer } from './open-container-file.ts';
import { openOggFile } from './open-ogg-file.ts';
import { openInput } from './open-input.ts';
import { isPlainIvf, openIvfFile } from './open-ivf-file.ts';
import {
  type EncodedSourceOptions,
  mayPassThrough,
  type Opening,
  toOpening,
  checkSourceOptions,
} from './source-options.ts';

export interface FromFileOptions extends EncodedSourceOptions {
  /**
   * Whether a file may be sent as it is, without encoding and without ffmpeg, if it holds what the sink takes. Default
   * true, unless an option asks for something that only encoding can bring about.
   */
  passthrough?: boolean | undefined;
}

/**
 * Plays a file, its sound or both sound and picture (option `video`): any format that ffmpeg reads; Ogg/Opus, and Opus and
 * VP8 in WebM, Matroska and MP4, and VP8 in IVF, without it; for a sink that takes them, so are AAC and H.264.
 *
 * - Cold: each subscription opens the file anew. Emits samples of one {@link Segment}, asynchronously; `ptsUs` is the
 *   position in the file. Reads no faster than its samples are taken.
 * - What is sent as it is starts with the sample that contains the start, video with the keyframe before it, if that is no
 *   more than 2 s; the first `ptsUs` tells. A start behind the end completes at once.
 * - Completes at the end of the file.
 * - A playlist (`.m3u`, `.m3u8`) may lead to other files and to the network: play none that strangers give you.
 * - Errors: {@link SourceError} `ERR_SOURCE_NOT_FOUND`, `ERR_SOURCE_UNREADABLE`, `ERR_SOURCE_NO_TRACK`;
 *   {@link FfmpegError}; {@link FfmpegNotFoundError}. Throws an {@link OptionError} for a bad option.
 *
 * @example
 * fromFile('song.mp3', { startMs: 60_000 }).pipe(pace()).subscribe(toWebRtcTrack(track));
 */
export function fromFile(path: string, options: FromFileOptions = {}): MediaSource {
  if (typeof path !== 'string' || path === '') throw new OptionError('path', path, 'the path of a file');
  checkSourceOptions(options);
  const source = { input: resolve(path), label: path, live: false };
  const media = new MediaSource({
    label: path,
    seekable: true,
    startMs: options.startMs ?? 0,
    open: (request) => {
      const opening = toOpening(source, options, request);
      const passthrough = request.passthrough ?? options.passthrough ?? mayPassThrough(options);
      return defer(() => inspectFile(opening, { passthrough: passthrough && isSoundEnough(opening) })).pipe(
        switchMap(({ ogg, ...facts }) => {
          if (ogg) return openOggFile(ogg, opening);
          if (!passthrough) return openInput(opening);
          if (isPlainIvf(facts.head, opening)) return openIvfFile(opening, openInput(opening));
          return openContainer(opening, facts, openInput(opening));
        }),
      );
    },
  });
  return described(media, 'fromFile', [path, options]);
}

/** Whether a file that has nothing but sound may be what is wanted. */
function isSoundEnough({ kinds, required, request }: Opening): boolean {
  return kinds.includes('audio') && request.accepts.audio.includes('opus') && !required.includes('video');
}
