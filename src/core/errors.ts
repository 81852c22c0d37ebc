import { redact } from './redact.ts';

/** Every code an {@link RxcallError} can carry. */
export type ErrorCode =
  | 'ERR_OPTION'
  | 'ERR_NODE_VERSION'
  | 'ERR_FFMPEG_NOT_FOUND'
  | 'ERR_FFMPEG_FAILED'
  | 'ERR_SOURCE_NOT_FOUND'
  | 'ERR_SOURCE_UNREADABLE'
  | 'ERR_SOURCE_NO_TRACK'
  | 'ERR_SOURCE_NOT_SEEKABLE'
  | 'ERR_SOURCE_STALLED'
  | 'ERR_YTDLP_NOT_FOUND'
  | 'ERR_MEDIA_FORMAT'
  | 'ERR_PAYLOAD'
  | 'ERR_CALL_MODE'
  | 'ERR_CALL_EXISTS'
  | 'ERR_CALL_STATE'
  | 'ERR_CALL_CLOSED'
  | 'ERR_SIGNALING'
  | 'ERR_CONNECT_TIMEOUT'
  | 'ERR_ICE_FAILED'
  | 'ERR_DTLS_FAILED'
  | 'ERR_FINGERPRINT'
  | 'ERR_BIND'
  | 'ERR_TRANSPORT_CLOSED'
  | 'ERR_RTMP_UNREACHABLE'
  | 'ERR_RTMP_REFUSED'
  | 'ERR_RTMP_CERTIFICATE'
  | 'ERR_RTMP_LOST'
  | 'ERR_RTMP_STALLED'
  | 'ERR_WORKER'
  | 'ERR_ABORTED';

/** What an error may carry beside its message. */
export interface RxcallErrorOptions {
  cause?: unknown;
  /** Whether trying the same thing again may help. Default false. */
  retryable?: boolean;
}

/** The base of every error this library throws or emits. Tell errors apart by `code`, or by class. */
export class RxcallError extends Error {
  readonly code: ErrorCode;
  /** Decided where the error arose: true when the same attempt may succeed later. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: RxcallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
/* The name belongs on the prototype: inherited, not enumerable, the same for all instances. */
Object.defineProperty(RxcallError.prototype, 'name', {
  get(this: RxcallError) {
    return this.constructor.name;
  },
});

/** A bad option, thrown synchronously. `path` names it, as in `options.audioBitrateKbps`. */
export class OptionError extends RxcallError {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown, expected: string) {
    const shown = typeof value === 'string' ? redact(value) : value;
    super('ERR_OPTION', `${path} must be ${expected}, got ${describe(shown)}.`);
    this.path = path;
    this.value = shown;
  }
}

/** Bytes that are not what they claim to be. `offset` counts from the start of the stream. */
export class MediaFormatError extends RxcallError {
  readonly format: string;
  readonly offset: number;

  constructor(format: string, offset: number, problem: string, options: RxcallErrorOptions = {}) {
    super('ERR_MEDIA_FORMAT', `${format} stream is malformed at byte ${offset}: ${problem}.`, options);
    this.format = format;
    this.offset = offset;
  }
}

/** How a run of ffmpeg ended. */
export interface FfmpegFailure {
  /** The whole command line, secrets redacted. */
  argv: readonly string[];
  /** Exit code, or null when a signal ended the process. */
  exitCode: number | null;
  signal: string | null;
  /** The last lines ffmpeg wrote to stderr. */
  stderrTail: string;
}

/** ffmpeg ran and failed: it carries how it ended, what it said and what it was asked. */
export class FfmpegError extends RxcallError {
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;

  constructor(problem: string, failure: FfmpegFailure, options: RxcallErrorOptions & { code?: ErrorCode } = {}) {
    const end = failure.signal ? `signal ${failure.signal}` : `exit code ${failure.exitCode}`;
    const said = failure.stderrTail.trim();
    super(
      options.code ?? 'ERR_FFMPEG_FAILED',
      `${problem} (ffmpeg ended with ${end}).${said ? ` It said: ${said}` : ''}`,
      options,
    );
    this.argv = failure.argv;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stderrTail = failure.stderrTail;
  }
}

/** A source could not deliver. `source` is what was asked for, secrets redacted. */
export class SourceError extends RxcallError {
  readonly source: string;
  /** What an HTTP server answered, when that is why. */
  readonly status: number | undefined;

  constructor(
    code: ErrorCode,
    source: string,
    message: string,
    options: RxcallErrorOptions & { status?: number | undefined } = {},
  ) {
    super(code, message, options);
    this.source = source;
    this.status = options.status;
  }
}

/** JSON from the network that is not of the expected shape. `path` is the place, as in `transport.candidates[0].port`. */
export class PayloadError extends RxcallError {
  readonly path: string;

  constructor(path: string, problem: string, options: RxcallErrorOptions = {}) {
    super('ERR_PAYLOAD', `Answer JSON: ${path} ${problem}.`, options);
    this.path = path;
  }
}

/** The transport below a call failed; `code` tells which layer. */
export class TransportError extends RxcallError {}

/** A call could not do what was asked, because of the state it is in. */
export class CallError extends RxcallError {}

/** An operation was ended by its `AbortSignal`. */
export class AbortedError extends RxcallError {
  constructor(what: string, cause?: unknown) {
    super('ERR_ABORTED', `${what} was aborted.`, { cause });
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
