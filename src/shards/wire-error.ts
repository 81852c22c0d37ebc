import {
  AbortedError,
  CallError,
  FfmpegError,
  MediaFormatError,
  OptionError,
  PayloadError,
  RxcallError,
  SourceError,
  TransportError,
} from '../core/errors.ts';
import { findUnportable } from '../core/source-description.ts';
import { CommandError } from '../ffmpeg/command-error.ts';
import { FfmpegNotFoundError } from '../ffmpeg/ffmpeg-not-found.ts';
import { WorkerError } from './worker-error.ts';

/** An error as it travels between threads; of an Error itself, a structured clone keeps neither class nor fields. */
export interface WireError {
  /** Of its class, or of the nearest above it, that is known at both ends. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: unknown;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** Every class whose errors remain what they are; those of a class below become errors of it, by their own name. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  AbortedError,
  CallError,
  CommandError,
  FfmpegError,
  FfmpegNotFoundError,
  MediaFormatError,
  OptionError,
  PayloadError,
  SourceError,
  TransportError,
  WorkerError,
  RxcallError, // behind those that extend it
  RangeError,
  SyntaxError,
  TypeError,
  Error,
};
/** Causes of causes are few, unless somebody made a circle of them. */
const MAX_CAUSES = 8;

/** Takes an error apart: whatever was thrown becomes one. Its fields travel as far as they are plain data. */
export function packError(thrown: unknown, depth = 0): WireError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const [type] = Object.entries(CLASSES).find(([, it]) => error instanceof it)!;
  const fields = Object.entries(error).filter(([name, value]) => findUnportable(value, name) === undefined);
  const { name, message, stack, cause } = error;
  return { type, name, message, stack, fields: Object.fromEntries(fields), cause: packCause(cause, depth + 1) };
}

/** Puts an error together again, of its own class. */
export function unpackError({ type, name, message, stack, fields, cause }: WireError): Error {
  // Not by its constructor, which would write another message.
  const error = Reflect.construct(Error, [message], CLASSES[type] ?? Error) as Error;
  const hidden = { configurable: true, writable: true };
  if (error.name !== name) Object.defineProperty(error, 'name', { ...hidden, value: name });
  Object.defineProperty(error, 'stack', { ...hidden, value: stack });
  if (cause !== undefined) {
    Object.defineProperty(error, 'cause', { ...hidden, value: isWireError(cause) ? unpackError(cause) : cause });
  }
  return Object.assign(error, fields);
}

function packCause(cause: unknown, depth: number): unknown {
  if (cause instanceof Error) return depth > MAX_CAUSES ? undefined : packError(cause, depth);
  return findUnportable(cause, '') === undefined ? cause : String(cause);
}

function isWireError(cause: unknown): cause is WireError {
  return typeof cause === 'object' && cause !== null && 'type' in cause && 'fields' in cause && 'stack' in cause;
}
