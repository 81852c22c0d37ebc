import { catchError, defer, filter, type Observable, shareReplay, switchMap } from 'rxjs';
import { OptionError, SourceError } from '../core/errors.ts';
import { MediaSource, type ResolvedRequest } from '../core/media-source.ts';
import { redact } from '../core/redact.ts';
import type { Sample } from '../core/sample.ts';
import { createResumePoint } from '../operators/resume-point.ts';
import { toHttpOptions } from './http-options.ts';
import { openInput } from './open-input.ts';
import { runYtDlp } from './run-yt-dlp.ts';
import {
  checkSourceOptions,
  type EncodedSourceOptions,
  mayPassThrough,
  type Opening,
  toOpening,
} from './source-options.ts';
import { chooseYtDlpFormats, httpOf, type YtDlpInfo } from './yt-dlp-formats.ts';

export interface FromYtDlpOptions extends EncodedSourceOptions {
  /** The `yt-dlp` to use: a path, or a command. Default: the one on PATH. */
  ytDlpPath?: string | undefined;
  /** File with cookies in the format of Netscape, to be the one who is logged in there. */
  cookiesFile?: string | undefined;
  /** Browser whose cookies to use, as in `'firefox'`. */
  cookiesFromBrowser?: string | undefined;
  /** HTTP proxy for the page and for the media, `http://user:password@host:port`. */
  proxy?: string | URL | undefined;
  /** More arguments for `yt-dlp`, in front of the URL. */
  args?: readonly string[] | undefined;
  /** How long `yt-dlp` may take, in milliseconds. Default 30,000. */
  timeoutMs?: number | undefined;
  /** It is live, as `yt-dlp` says when it is opened; then it is known sooner that it cannot be seeked in. Default false. */
  live?: boolean | undefined;
}

/**
 * Plays what is on a page, of YouTube and of a thousand other sites, as far as a `yt-dlp` finds it there.
 *
 * - `yt-dlp` is a program of its own, which is not installed along. It is asked when the source is first opened, and again
 *   when a link that it gave is no longer good: then the media go on where they were, with a `reconnect` break.
 * - Sound that is Opus already is sent as it is, and VP8 from the beginning, unless an option asks for something that only
 *   encoding can bring about. Pictures are no taller than `videoHeight`, if there are such.
 * - `url` is anything that `yt-dlp` takes, a search such as `ytsearch1:…` included; of a list, the first is played.
 * - Seekable unless it is live. Completes at the end.
 * - Errors: {@link SourceError} `ERR_YTDLP_NOT_FOUND`; `ERR_SOURCE_NOT_FOUND` and `ERR_SOURCE_UNREADABLE` with what `yt-dlp`
 *   said, or the server; those of {@link fromUrl}. Throws an {@link OptionError} for a bad option.
 *
 * @example
 * await call.play(fromYtDlp('https://www.youtube.com/watch?v=aqz-KE-bpKQ', { video: true }));
 */
export function fromYtDlp(url: string | URL, options: FromYtDlpOptions = {}): MediaSource {
  const page = String(url);
  if (page.trim() === '') throw new OptionError('url', url, 'an address, or a search');
  checkSourceOptions(options);
  const { args, path, timeoutMs, proxy } = checkYtDlpOptions(options);
  const label = redact(page);
  /** What was last said, for as long as it is good. */
  let known$: Observable<YtDlpInfo> | undefined;

  function ask({ owner, ...request }: ResolvedRequest): Observable<YtDlpInfo> {
    const logger = options.logger ?? request.logger;
    const asked$ = runYtDlp({ url: page, label, path, args, timeoutMs, owner, logger }).pipe(
      catchError((error: unknown) => {
        if (known$ === asked$) known$ = undefined;
        throw error;
      }),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
    return (known$ = asked$);
  }

  function play(request: ResolvedRequest): Observable<Sample> {
    return defer(() => {
      const resume = createResumePoint(source);
      const isFresh = known$ === undefined;
      const info$ = known$ ?? ask(request);
      let delivered = false;
      return info$.pipe(
        switchMap((info) => openInput(toLinks(info, request))),
        filter((sample) => {
          delivered = true;
          return resume.passes(sample);
        }),
        catchError((error: unknown) => {
          if (!isRefusal(error)) throw error;
          if (known$ === info$) known$ = undefined;
          if (isFresh && !delivered) throw error;
          if (!delivered) return play(request);
          return play({ ...request, startMs: resume.request().startMs ?? request.startMs, reason: 'reconnect' });
        }),
      );
    });
  }

  function toLinks(info: YtDlpInfo, request: ResolvedRequest): Opening {
    const live = options.live === true || info.is_live === true;
    const opening = toOpening({ input: page, label, live }, options, request);
    const wants = (kind: 'audio' | 'video'): boolean =>
      opening.kinds.includes(kind) && request.accepts[kind].length > 0;
    const mayCopy = (request.passthrough ?? true) && mayPassThrough(options);
    const choice = chooseYtDlpFormats(info, {
      audio: wants('audio'),
      height: wants('video') ? opening.video.videoHeight : undefined,
      copies: {
        opus: mayCopy && opening.audio.codec !== 'aac',
        // Later than that, the keyframe before would have to be known.
        vp8: mayCopy && opening.video.codec === 'vp8' && opening.startMs === 0,
      },
    });
    if (!choice) {
      const problem = `${label} has nothing that can be played: ${info.formats?.length ?? 0} formats, none of them fits.`;
      throw new SourceError('ERR_SOURCE_NO_TRACK', label, problem);
    }
    const { main, video, copies } = choice;
    return {
      ...opening,
      startMs: live ? 0 : opening.startMs,
      input: main.url!,
      http: httpOf(main, proxy),
      videoFrom: video && { input: video.url!, http: httpOf(video, proxy) },
      copies,
    };
  }

  const source: MediaSource = new MediaSource({
    label,
    live: options.live ?? false,
    seekable: options.live !== true,
    startMs: options.startMs ?? 0,
    open: play,
  });
  return source;
}

/** The link was good once, and is no more. */
function isRefusal(error: unknown): boolean {
  const status = error instanceof SourceError ? error.status : undefined;
  return status !== undefined && [401, 403, 404, 410].includes(status);
}

interface YtDlpSettings {
  readonly path: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly proxy: string | undefined;
}

function checkYtDlpOptions(options: FromYtDlpOptions): YtDlpSettings {
  const { ytDlpPath, cookiesFile, cookiesFromBrowser, args = [], timeoutMs = 30_000 } = options;
  for (const [name, value] of Object.entries({ ytDlpPath, cookiesFile, cookiesFromBrowser })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new OptionError(`options.${name}`, value, 'a text');
    }
  }
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) {
    throw new OptionError('options.args', args, 'an array of strings');
  }
  if (!(timeoutMs > 0 && timeoutMs <= 3_600_000)) {
    throw new OptionError('options.timeoutMs', timeoutMs, 'a number of milliseconds up to an hour');
  }
  const { proxy } = toHttpOptions({ proxy: options.proxy });
  return {
    path: ytDlpPath ?? 'yt-dlp',
    timeoutMs,
    proxy,
    args: [
      ...(cookiesFile === undefined ? [] : ['--cookies', cookiesFile]),
      ...(cookiesFromBrowser === undefined ? [] : ['--cookies-from-browser', cookiesFromBrowser]),
      ...(proxy === undefined ? [] : ['--proxy', proxy]),
      ...args,
    ],
  };
}
