import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { Readable } from 'node:stream';
import { Observable } from 'rxjs';
import { RxcallError } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { redact } from '../core/redact.ts';
import { killTree, registerChild } from './child-registry.ts';
import { ffmpegFailure } from './ffmpeg-failure.ts';
import { FfmpegNotFoundError } from './ffmpeg-not-found.ts';
import type { ReadValve } from './read-valve.ts';
import { lastLines, TextTail } from './text-tail.ts';

/** How a run of ffmpeg ended. */
export interface FfmpegEnd {
  /** The whole command line, secrets redacted. */
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 4096 characters that it wrote to stderr, secrets redacted. */
  readonly stderr: string;
}

export interface RunFfmpegOptions {
  /** The program. */
  path: string;
  args: readonly string[];
  /** Stops and starts the reading of stdout. Without one, everything is read as fast as it comes. */
  valve?: ReadValve | undefined;
  /** Tells a failure from a clean end. Default {@link ffmpegFailure}. */
  failureOf?: ((end: FfmpegEnd) => RxcallError | undefined) | undefined;
  /** Told when a process starts (with its command line) and ends. Default: silent. */
  logger?: Logger | undefined;
}

const STDERR_KEPT = 4096;
/** How long the exit status may come after the end of the output. Without it, a fast crash looks like a clean end. */
const EXIT_WAIT_MS = 200;
const TERM_TO_KILL_MS = 2000;

const spawned = channel('rxcall:ffmpeg:spawn');
const exited = channel('rxcall:ffmpeg:exit');

/**
 * Runs ffmpeg, never through a shell, and emits what it writes to stdout, in chunks of any size. The process is the body
 * of the Observable: it is started on subscription, in a process group of its own, and unsubscribing ends it and whatever
 * it started (SIGTERM, SIGKILL after 2 s; on Windows the process tree at once). It does not outlive this process.
 *
 * - Completes when the output and the process have ended cleanly.
 * - Errors, after all output was emitted, with what `failureOf` makes of the end; with {@link FfmpegNotFoundError} when
 *   there is no such program; with `ERR_FFMPEG_FAILED` when the system could not start it.
 * - Publishes `{ pid, argv }` on the diagnostics channel `rxcall:ffmpeg:spawn`, and `{ pid, exitCode, signal }` on
 *   `rxcall:ffmpeg:exit`.
 */
export function runFfmpeg(options: RunFfmpegOptions): Observable<Uint8Array> {
  const { path, args, valve, failureOf = ffmpegFailure, logger = silentLogger } = options;
  return new Observable((subscriber) => {
    const argv = [path, ...args].map(redact);
    const stderr = new TextTail(STDERR_KEPT);
    let reading = false;
    let outputEnded = false;
    let exit: Pick<FfmpegEnd, 'exitCode' | 'signal'> | undefined;
    let exitWait: NodeJS.Timeout | undefined;

    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      const detached = process.platform !== 'win32';
      child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], detached, windowsHide: true });
    } catch (error) {
      subscriber.error(couldNotStart(path, argv, error as NodeJS.ErrnoException));
      return;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) subscriber.error(couldNotStart(path, argv, error));
    });
    if (!child.stdout) return; // no file descriptor was left for pipes: 'error' follows
    if (child.pid !== undefined) {
      registerChild(child);
      spawned.publish({ pid: child.pid, argv });
      logger.debug({ pid: child.pid, argv }, 'ffmpeg started');
    }

    child.stdout.on('readable', read);
    child.stdout.on('error', () => {}); // 'close' follows
    child.stdout.on('close', () => {
      outputEnded = true;
      if (subscriber.closed) return;
      if (exit) finish();
      // The loop may have been busy for longer than the wait: let it look at what has happened meanwhile first.
      else exitWait = setTimeout(() => setImmediate(finish), EXIT_WAIT_MS);
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => stderr.push(text));
    child.stderr.on('error', () => {});
    child.on('exit', (exitCode, signal) => {
      exited.publish({ pid: child.pid, exitCode, signal });
      whenClosed(child.stderr, () => {
        exit = { exitCode, signal };
        logger.debug({ pid: child.pid, ...exit, stderr: redact(lastLines(stderr.text, 512)) }, 'ffmpeg ended');
        if (outputEnded) finish();
      });
    });

    valve?.watch((isOpen) => {
      if (isOpen) read();
    });

    /** Not by 'data' events: when the process ends, Node lets those flow whether or not the stream was paused. */
    function read(): void {
      if (reading) return;
      reading = true;
      while (valve?.isOpen !== false && !subscriber.closed) {
        const chunk = child.stdout.read() as Uint8Array | null;
        if (!chunk) break;
        subscriber.next(chunk);
      }
      reading = false;
    }

    function finish(): void {
      clearTimeout(exitWait);
      if (subscriber.closed) return;
      // A process that has closed its output and stays has delivered all there is; unsubscribing will end it.
      const failure = exit && failureOf({ argv, ...exit, stderr: redact(stderr.text) });
      if (failure) subscriber.error(failure);
      else subscriber.complete();
    }

    return () => {
      valve?.watch(undefined);
      clearTimeout(exitWait);
      child.stdout.destroy();
      endChild(child);
    };
  });
}

function endChild(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  killTree(child, 'SIGTERM');
  const kill = setTimeout(() => killTree(child, 'SIGKILL'), TERM_TO_KILL_MS);
  child.once('exit', () => clearTimeout(kill));
}

function whenClosed(stream: Readable, then: () => void): void {
  if (stream.closed) then();
  else stream.once('close', then);
}

function couldNotStart(path: string, argv: readonly string[], cause: NodeJS.ErrnoException): RxcallError {
  const missing = cause.code === 'ENOENT' || cause.code === 'EACCES';
  if (missing)
    return new FfmpegNotFoundError([{ step: 'option', path, ok: false, reason: 'cannot be run' }], { cause });
  // EAGAIN, EMFILE, ENOMEM: the machine is out of something, for now.
  const message = `ffmpeg could not be started: ${cause.code ?? cause.message} (${argv.join(' ')}).`;
  return new RxcallError('ERR_FFMPEG_FAILED', message, { cause, retryable: true });
}
