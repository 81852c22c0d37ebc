import { Readable } from 'node:stream';
import { catchError, concat, defer, EMPTY, finalize, Observable, throwError } from 'rxjs';
import { OptionError, SourceError } from '../core/errors.ts';
import { MediaSource, type ResolvedRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { feedStream } from './feed-stream.ts';
import { openWithFfmpeg } from './open-with-ffmpeg.ts';
import { checkSourceOptions, type EncodedSourceOptions, toOpening } from './source-options.ts';

/** A Node.js stream of bytes, a web stream such as the `body` of a `fetch`, or any other iterable of chunks. */
export type ByteStream = Readable | AsyncIterable<Uint8Array | string>;

export interface FromStreamOptions extends Omit<EncodedSourceOptions, 'startMs' | 'processes'> {
  /** What it is, for logs and errors. Default `'stream'`. */
  label?: string | undefined;
  /**
   * The format, by the name that ffmpeg has for it: `'mp3'`, `'webm'`, `'s16le'`. Default: recognized from the first bytes,
   * which raw PCM cannot be.
   */
  format?: string | undefined;
  /** Samples a second. Needed for raw PCM, and for nothing else. */
  sampleRate?: number | undefined;
  /** Channels, interleaved. Needed for raw PCM, and for nothing else. */
  channels?: number | undefined;
  /** It delivers as time passes, and is not held back; see {@link FromUrlOptions}. Default false. */
  live?: boolean | undefined;
}

const RAW_PCM = /^(?:[su]8|[su](?:16|24|32)[lb]e|f(?:32|64)[lb]e|alaw|mulaw)$/;
/** There is nothing to find out about raw PCM; by default ffmpeg would wait for seconds of it. */
const NO_PROBE = ['-probesize', '32', '-analyzeduration', '0'];
const SHORT_PROBE = ['-probesize', '1000000', '-analyzeduration', '500000'];

/**
 * Plays bytes from a stream: any format that ffmpeg reads without seeking, and the raw PCM of a speech synthesizer.
 *
 * - The stream belongs to the source from now on, which is to say that its errors do.
 * - A stream can be read once: the second subscription fails, unless a function is given that opens a new one each time.
 * - It is read no faster than its samples are taken, and destroyed when it is no longer needed. It cannot be seeked in.
 * - Of the tracks that are asked for, each must be there.
 * - Completes at the end of the stream. If that fails, or is closed before its end, what came before is played, and then
 *   comes `ERR_SOURCE_UNREADABLE` with its error as `cause`.
 * - Errors: {@link SourceError}, {@link FfmpegError}, {@link FfmpegNotFoundError}. Throws an {@link OptionError} for a bad
 *   option.
 *
 * @example
 * await call.play(fromStream(createReadStream('speech.pcm'), { format: 's16le', sampleRate: 24_000, channels: 1 }));
 * await call.play(fromStream(async () => (await fetch(radio)).body!, { live: true }));
 */
export function fromStream(
  stream: ByteStream | (() => ByteStream | Promise<ByteStream>),
  options: FromStreamOptions = {},
): MediaSource {
  if (typeof stream !== 'function' && !isByteStream(stream)) {
    throw new OptionError('stream', stream, 'a readable stream, or a function that returns one');
  }
  checkSourceOptions(options);
  const format = formatArgs(options);
  const { label = 'stream', live = false } = options;
  let taken = false;
  if (stream instanceof Readable) own(stream);

  async function take(): Promise<Readable> {
    const given: unknown = typeof stream === 'function' ? await stream() : stream;
    if (!isByteStream(given)) throw unreadable('is no readable stream');
    const readable = given instanceof Readable ? given : Readable.from(given);
    own(readable);
    if (readable.errored) throw failed(readable.errored);
    if (taken || readable.readableEnded || readable.destroyed) {
      throw unreadable('has been read already: give a function that opens it anew');
    }
    taken = typeof stream !== 'function';
    return readable;
  }

  function unreadable(problem: string, cause?: unknown): SourceError {
    return new SourceError('ERR_SOURCE_UNREADABLE', label, `${label} ${problem}.`, { cause });
  }

  function failed(cause: Error): SourceError {
    return unreadable(`failed: ${cause.message.replace(/\.$/, '')}`, cause);
  }

  function play(readable: Readable, request: ResolvedRequest): Observable<Sample> {
    let failure: SourceError | undefined;
    const opening = toOpening({ input: 'pipe:0', label, live }, options, { ...request, startMs: 0 });
    const samples$ = openWithFfmpeg({
      ...opening,
      required: opening.kinds,
      inputArgs: [...format, ...opening.inputArgs],
      feed: (stdin) => feedStream(readable, stdin, (error) => (failure = failed(error))),
    });
    return concat(
      samples$.pipe(catchError((error: unknown) => throwError(() => failure ?? error))),
      defer(() => (failure ? throwError(() => failure) : EMPTY)),
    ).pipe(finalize(() => readable.destroy()));
  }

  return new MediaSource({
    label,
    live,
    seekable: false,
    open: (request) =>
      new Observable((subscriber) => {
        take().then(
          (readable) => {
            if (subscriber.closed) readable.destroy();
            else subscriber.add(play(readable, request).subscribe(subscriber));
          },
          (error: unknown) => subscriber.error(error),
        );
      }),
  });
}

/** From here on its errors are told by the source. Without a listener they would end the process, even after the end. */
function own(stream: Readable): void {
  if (stream.listeners('error').includes(ignore)) return;
  stream.on('error', ignore);
}

function ignore(): void {}

function isByteStream(value: unknown): value is ByteStream {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What ffmpeg has to be told about the stream. Throws an {@link OptionError}. */
function formatArgs({ format, sampleRate, channels }: FromStreamOptions): string[] {
  if (format !== undefined && (typeof format !== 'string' || format === '')) {
    throw new OptionError('options.format', format, 'the name of a format');
  }
  const isRaw = format !== undefined && RAW_PCM.test(format);
  for (const [name, value] of Object.entries({ sampleRate, channels })) {
    const path = `options.${name}`;
    if (!isRaw && value !== undefined) throw new OptionError(path, value, 'left out, unless format is one of raw PCM');
    if (isRaw && !(Number.isInteger(value) && value! > 0)) throw new OptionError(path, value, `given for ${format}`);
  }
  if (isRaw) return ['-f', format, '-ar', String(sampleRate), '-ac', String(channels), ...NO_PROBE];
  return [...(format === undefined ? [] : ['-f', format]), ...SHORT_PROBE];
}
