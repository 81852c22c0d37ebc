import { defer, map, type Observable, switchMap, throwError, timeout, toArray } from 'rxjs';
import { type RxcallError, SourceError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { findExecutable } from '../ffmpeg/executable.ts';
import { type FfmpegEnd, runFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { lastLines } from '../ffmpeg/text-tail.ts';
import type { YtDlpInfo } from './yt-dlp-formats.ts';

export interface RunYtDlpOptions {
  /** What to ask about. */
  url: string;
  /** Name of that in errors, secrets redacted. */
  label: string;
  /** The program: a path, or a command to be found on PATH. */
  path: string;
  /** In front of the URL. */
  args: readonly string[];
  timeoutMs: number;
  /** Whose process it is, see {@link childrenEnded}. */
  owner: object | undefined;
  logger: Logger;
}

const INSTALL = [
  'Install it in one of these ways, or name it in options.ytDlpPath:',
  'pipx: pipx install yt-dlp',
  'pip: python3 -m pip install --user yt-dlp (distributions have old ones, which sites no longer answer)',
  'macOS: brew install yt-dlp',
  'Windows: winget install yt-dlp.yt-dlp',
].join('\n  ');

/** It needs to be let in: another try is refused as well. */
const NOT_FOR_US =
  /private|members?[- ]only|sign in|log ?in|cookies|confirm your age|purchase|payment|premium|your country|geo.?restrict|DRM/i;
const GONE = /unavailable|has been removed|does not exist|no longer available|not found|terminated/i;
const NETWORK =
  /timed? ?out|temporary failure|name or service not known|getaddrinfo|connection (?:refused|reset|aborted)|unable to connect|incompleteread|remote end closed|network is unreachable|EOF occurred/i;

/**
 * Asks `yt-dlp` about a page and emits what it says, once. The program ends with the subscription, and at the latest after
 * `timeoutMs`.
 *
 * Errors: {@link SourceError} `ERR_YTDLP_NOT_FOUND` with how to install it; `ERR_SOURCE_NOT_FOUND` and
 * `ERR_SOURCE_UNREADABLE` with what it said, retryable when it was the network, the time or a busy server.
 */
export function runYtDlp({ url, label, path, args, timeoutMs, owner, logger }: RunYtDlpOptions): Observable<YtDlpInfo> {
  const failed = (problem: string, options: { retryable?: boolean; cause?: unknown } = {}): SourceError =>
    new SourceError('ERR_SOURCE_UNREADABLE', label, `${label}: ${problem}`, options);
  return defer(() => findExecutable(path)).pipe(
    switchMap(([program, problem]) => {
      if (problem !== undefined) throw notFound(path, problem, label);
      return runFfmpeg({
        path: program,
        args: ['-J', '--no-playlist', '--playlist-items', '1', '--no-warnings', ...args, '--', url],
        owner,
        logger,
        failureOf: (end) => explain(end, label),
        // It is there, but what runs it is not: Python.
        notFound: (cause) => notFound(path, 'cannot be run', label, cause),
      });
    }),
    toArray(),
    map((chunks) => parse(Buffer.concat(chunks).toString(), failed)),
    timeout({
      first: timeoutMs,
      with: () => throwError(() => failed(`yt-dlp did not answer within ${timeoutMs / 1000} s.`, { retryable: true })),
    }),
  );
}

function notFound(path: string, problem: string, label: string, cause?: unknown): SourceError {
  const message = `${label} needs yt-dlp, and ${path} ${problem}. ${INSTALL}`;
  return new SourceError('ERR_YTDLP_NOT_FOUND', label, message, { cause });
}

function explain(end: FfmpegEnd, label: string): RxcallError | undefined {
  const { exitCode, signal, stderr } = end;
  if (exitCode === 0) return undefined;
  const complaint = stderr.split('\n').findLast((line) => line.startsWith('ERROR:'));
  const said = (complaint ?? lastLines(stderr, 500)).replace(/^ERROR: */, '').trim();
  const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
  const status = Number(/HTTP Error (\d{3})/.exec(said)?.[1]) || undefined;
  const message = (hint = ''): string => `${label}: yt-dlp ended with ${how}${said && `: ${said}`}${hint}`;
  if (NOT_FOR_US.test(said)) {
    const hint = ' (with options.cookiesFile or options.cookiesFromBrowser, it can be you who asks)';
    return new SourceError('ERR_SOURCE_UNREADABLE', label, message(hint), { status });
  }
  if (status === 404 || status === 410 || (status === undefined && GONE.test(said))) {
    return new SourceError('ERR_SOURCE_NOT_FOUND', label, message(), { status });
  }
  const isBusy = status !== undefined && (status >= 500 || status === 408 || status === 429);
  const retryable = isBusy || signal !== null || (status === undefined && NETWORK.test(said));
  return new SourceError('ERR_SOURCE_UNREADABLE', label, message(), { status, retryable });
}

function parse(
  text: string,
  failed: (problem: string, options: { retryable?: boolean; cause?: unknown }) => SourceError,
): YtDlpInfo {
  let info: YtDlpInfo | null;
  try {
    info = JSON.parse(text) as YtDlpInfo | null;
  } catch (cause) {
    const problem = text.trim() === '' ? 'nothing' : `JSON that is cut off or broken (${text.length} characters)`;
    throw failed(`yt-dlp answered with ${problem}.`, { retryable: true, cause });
  }
  // A search, or a list: its first.
  if (info?.entries) info = info.entries.find((entry) => entry) ?? null;
  if (typeof info !== 'object' || info === null || Array.isArray(info)) {
    throw failed('yt-dlp found nothing to play there.', {});
  }
  return info;
}
