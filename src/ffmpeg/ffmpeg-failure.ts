import { FfmpegError, type RxcallError, SourceError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';
import type { FfmpegEnd } from './run-ffmpeg.ts';
import { lastLines } from './text-tail.ts';

export interface FailureContext {
  /** What was read, secrets redacted. Default "the input". */
  source?: string | undefined;
  /** Whether any media came out. Default true. */
  delivered?: boolean | undefined;
  /** Less came than there should be. Default false. */
  short?: boolean | undefined;
  /** The kinds of media that were asked for. Default audio. */
  kinds?: readonly MediaKind[] | undefined;
}

/** How much of stderr goes into an error. */
const QUOTED = 1024;

/** Lines that ffmpeg itself writes, under `-loglevel level+…`, when its input broke off: up to 6.0, and since. */
const BROKE_OFF =
  /^(?:\[error\] .*|\[in#\d[^\]]*\] \[error\] Error during demuxing): (?:Input\/output error|I\/O error|Connection timed out|Connection reset by peer|Operation timed out|Broken pipe|Network is unreachable|Error number -\d+ occurred)$/m;
/** A download that was cut, and that the server would not go on with; some demultiplexers take that for the end. */
const REFUSED_TO_GO_ON = /Will reconnect at [^\n]*\n[^\n]*HTTP error \d{3}/;
/** Of HLS, ffmpeg passes over what it cannot load, and be it all that is left. */
const PIECE_LOST = /Failed to open segment|Stream ends prematurely/;
/** The last of these is what ffmpeg says of an RTSP server that says nothing. */
const UNREACHABLE =
  /Connection refused|timed out|reset by peer|is unreachable|No route to host|Failed to resolve hostname|Input\/output error|I\/O error|Error number -\d+ occurred|\] rtsps?:\S+: Invalid data found/;
const NO_TRACK = /matches no streams|does not contain any stream/;
/** Since 7.1 the first line leaves out which it was, and only the second one tells. */
const MISSING_MAP = /(?:Stream map|Failed to set value) '\d:(?:p:\d+:)?([aV]):0'/;
const COMPLAINT = /\[(?:error|fatal|panic)\]/;
/** Answers that stay what they are. */
const GONE: readonly number[] = [401, 403, 404, 407, 410];
const HTTP_STATUS = /HTTP error (\d{3}.*)|Server returned (\d(?:\d\d|XX).*)/;

/** Exit code of an ffmpeg that was told to stop by a signal it catches. */
const STOPPED = 255;
/** Signals by which a program that misbehaves is ended: the same would happen again. */
const CRASHES: readonly (string | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGSYS'];

/**
 * What went wrong in a run of ffmpeg, or undefined when it ended cleanly. Here, and only here, is decided whether trying
 * again may help. An exit code of 0 is not enough: ffmpeg has it too when its input broke off in the middle.
 *
 * - {@link SourceError} `ERR_SOURCE_NO_TRACK`: what was asked for is not in it. `ERR_SOURCE_NOT_FOUND`, `ERR_SOURCE_UNREADABLE`: so said the
 *   server (5xx, 408, 425 and 429 are retryable).
 * - {@link FfmpegError} for everything else: not media, killed, connection lost (retryable), crashed.
 */
export function ffmpegFailure(end: FfmpegEnd, context: FailureContext = {}): RxcallError | undefined {
  const { source = 'the input', delivered = true, short = false } = context;
  const { exitCode, signal, stderr } = end;
  const fail = (problem: string, retryable: boolean): FfmpegError =>
    new FfmpegError(
      problem,
      { argv: end.argv, exitCode, signal, stderrTail: lastLines(stderr, QUOTED) },
      { retryable },
    );

  const status = HTTP_STATUS.exec(stderr);
  const answer = status?.[1] ?? status?.[2];

  if (exitCode === 0) {
    if (BROKE_OFF.test(stderr) || REFUSED_TO_GO_ON.test(stderr) || (short && PIECE_LOST.test(stderr))) {
      const lost = fail(`The connection to ${source} was lost`, true);
      // Who tried to go on and was refused need not try again: a link that has expired.
      return answer && GONE.includes(Number(answer.slice(0, 3))) ? refused(source, answer, lost) : lost;
    }
    if (delivered || !COMPLAINT.test(stderr)) return undefined;
  }
  if (signal !== null) {
    const crashed = CRASHES.includes(signal);
    const hint = /:\/\//.test(source) ? '; some statically linked builds cannot use the network: try another' : '';
    return crashed ? fail(`ffmpeg crashed reading ${source}${hint}`, false) : fail('ffmpeg was killed', true);
  }
  const missing = missingTrack(end, context.kinds);
  if (missing) {
    const message = `${source} has no ${missing}: nothing of it can be played.`;
    return new SourceError('ERR_SOURCE_NO_TRACK', source, message, { cause: fail(`No ${missing} stream`, false) });
  }
  if (answer) return refused(source, answer, fail('The server refused', false));
  if (UNREACHABLE.test(stderr)) return fail(`${source} could not be reached`, true);
  if (exitCode === STOPPED && !COMPLAINT.test(stderr)) return fail('ffmpeg was stopped from outside', true);
  return fail(`ffmpeg could not read ${source}`, false);
}

/** Which of `kinds` the input does not have, when that is why ffmpeg ended. */
export function missingTrack(
  { exitCode, stderr }: Pick<FfmpegEnd, 'exitCode' | 'stderr'>,
  kinds: readonly MediaKind[] = ['audio'],
): MediaKind | undefined {
  if (exitCode === 0 || !NO_TRACK.test(stderr)) return undefined;
  const letter = MISSING_MAP.exec(stderr)?.[1];
  const named = letter === 'a' ? 'audio' : letter === 'V' ? 'video' : undefined;
  return named ?? kinds.at(-1);
}

function refused(source: string, status: string, cause: FfmpegError): SourceError {
  const code = status.slice(0, 3);
  const said = `${source}: the server answered ${status.trim()}.`;
  const options = { cause, status: Number(code) || undefined };
  if (code === '404' || code === '410') {
    return new SourceError('ERR_SOURCE_NOT_FOUND', source, `${said} Check the address.`, options);
  }
  if (code === '401' || code === '403' || code === '407') {
    const message = `${said} It wants credentials, or the link has expired.`;
    return new SourceError('ERR_SOURCE_UNREADABLE', source, message, options);
  }
  const retryable = code.startsWith('5') || ['408', '425', '429'].includes(code);
  return new SourceError('ERR_SOURCE_UNREADABLE', source, said, { ...options, retryable });
}
