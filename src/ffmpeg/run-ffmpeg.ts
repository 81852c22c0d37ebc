import { type ChildProcess, spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { Readable, Writable } from 'node:stream';
import { map, Observable } from 'rxjs';
import { RxcallError } from '../core/errors.ts';
import { bindLogger, type Logger, silentLogger } from '../core/logger.ts';
import { redact, redactArgv } from '../core/redact.ts';
import { killTree, registerChild } from './child-registry.ts';
import { ffmpegFailure } from './ffmpeg-failure.ts';
import { FfmpegNotFoundError } from './ffmpeg-not-found.ts';
import { ReadValve } from './read-valve.ts';
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
  /** Feeds the program, and returns what stops that. Default: it has nothing to read. */
  feed?: ((stdin: Writable) => () => void) | undefined;
  /** Stops and starts the reading of stdout. Without one, everything is read as fast as it comes. */
  valve?: ReadValve | undefined;
  /** Tells a failure from a clean end. Default {@link ffmpegFailure}. */
  failureOf?: ((end: FfmpegEnd) => RxcallError | undefined) | undefined;
  /** Says that there is no such program, or that what runs it is missing. Default: a {@link FfmpegNotFoundError}. */
  notFound?: ((cause: Error) => RxcallError) | undefined;
  /** What is never to be shown, besides what {@link redact} knows. */
  secrets?: readonly string[] | undefined;
  /** Whose process it is, see {@link childrenEnded}. */
  owner?: object | undefined;
  /** Told when a process starts (with its command line) and ends. Default: silent. */
  logger?: Logger | undefined;
}

export interface RunFfmpegOutputsOptions extends Omit<RunFfmpegOptions, 'valve'> {
  /** One for each output: the first is stdout (`pipe:1`), the others are `pipe:3`, `pipe:4` and so on. */
  valves: readonly ReadValve[];
}

/** A piece of what came out of one of several outputs. */
export interface OutputChunk {
  /** Index of the output. */
  readonly output: number;
  readonly bytes: Uint8Array;
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
 * - Errors, after all output was emitted, with what `failureOf` makes of the end; with what `notFound` makes of it
 *   when there is no such program; with `ERR_FFMPEG_FAILED` when the system could not start it.
 * - Publishes `{ pid, argv }` on the diagnostics channel `rxcall:ffmpeg:spawn`, and `{ pid, exitCode, signal }` on
 *   `rxcall:ffmpeg:exit`.
 */
export function runFfmpeg(options: RunFfmpegOptions): Observable<Uint8Array> {
  const { valve = new ReadValve(), ...rest } = options;
  return runFfmpegOutputs({ ...rest, valves: [valve] }).pipe(map(({ bytes }) => bytes));
}

/**
 * The same for a program that writes several outputs at once. Each is read while its own valve is open; the program waits
 * as soon as it has to write to one that is not.
 */
export function runFfmpegOutputs(options: RunFfmpegOutputsOptions): Observable<OutputChunk> {
  const { path, args, feed, valves, secrets = [], failureOf = ffmpegFailure } = options;
  const { notFound = (cause) => ffmpegNotFound(path, cause) } = options;
  const logger = bindLogger(options.logger ?? silentLogger, { layer: 'ffmpeg' });
  const hide = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), redact(text));
  return new Observable((subscriber) => {
    const argv = redactArgv([path, ...args]).map(hide);
    const stderr = new TextTail(STDERR_KEPT);
    let reading = false;
    let outputsOpen = valves.length;
    let exit: Pick<FfmpegEnd, 'exitCode' | 'signal'> | undefined;
    let exitWait: NodeJS.Timeout | undefined;

    let child: ChildProcess;
    try {
      const detached = process.platform !== 'win32';
      const more = valves.slice(1).map(() => 'pipe' as const);
      child = spawn(path, args, {
        stdio: [feed ? 'pipe' : 'ignore', 'pipe', 'pipe', ...more],
        detached,
        windowsHide: true,
      });
    } catch (error) {
      subscriber.error(couldNotStart(error as NodeJS.ErrnoException));
      return;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) subscriber.error(couldNotStart(error));
    });
    if (!child.stdout || !child.stderr) return; // no file descriptor was left for pipes: 'error' follows
    if (child.pid !== undefined) {
      registerChild(child, options.owner);
      spawned.publish({ pid: child.pid, argv });
      logger.debug({ pid: child.pid, argv }, 'ffmpeg started');
    }

    child.stdin?.on('error', () => {}); // it ended without reading all: how it ended tells why
    const stopFeeding = child.stdin && feed?.(child.stdin);
    const messages = child.stderr;
    messages.setEncoding('utf8');
    messages.on('data', (text: string) => stderr.push(text));
    messages.on('error', () => {});
    const outputs = [child.stdout, ...child.stdio.slice(3)] as Readable[];
    outputs.forEach((stream, output) => {
      stream.on('readable', read);
      stream.on('error', () => {}); // 'close' follows
      stream.on('close', () => {
        if (--outputsOpen > 0 || subscriber.closed) return;
        if (exit) finish();
        // The loop may have been busy for longer than the wait: let it look at what has happened meanwhile first.
        else exitWait = setTimeout(() => setImmediate(finish), EXIT_WAIT_MS);
      });
      valves[output]!.watch((isOpen) => {
        if (isOpen) read();
      });
    });
    child.on('exit', (exitCode, signal) => {
      exited.publish({ pid: child.pid, exitCode, signal });
      whenClosed(messages, () => {
        exit = { exitCode, signal };
        logger.debug({ pid: child.pid, ...exit, stderr: lastLines(hide(stderr.text), 512) }, 'ffmpeg ended');
        if (outputsOpen === 0) finish();
      });
    });

    function couldNotStart(cause: NodeJS.ErrnoException): RxcallError {
      if (cause.code === 'ENOENT' || cause.code === 'EACCES') return notFound(cause);
      // EAGAIN, EMFILE, ENOMEM: the machine is out of something, for now.
      const message = `${argv[0]!} could not be started: ${cause.code ?? cause.message} (${argv.join(' ')}).`;
      return new RxcallError('ERR_FFMPEG_FAILED', message, { cause, retryable: true });
    }

    /**
     * Reads whatever may be read, a chunk of each output in turn, until there is nothing left. Not by 'data' events: when
     * the process ends, Node lets those flow whether or not the stream was paused.
     */
    function read(): void {
      if (reading) return;
      reading = true;
      let found = true;
      while (found) {
        found = false;
        for (let output = 0; output < outputs.length && !subscriber.closed; output++) {
          const bytes = valves[output]!.isOpen ? (outputs[output]!.read() as Uint8Array | null) : null;
          if (!bytes) continue;
          found = true;
          subscriber.next({ output, bytes });
        }
      }
      reading = false;
    }

    function finish(): void {
      clearTimeout(exitWait);
      if (subscriber.closed) return;
      // A process that has closed its output and stays has delivered all there is; unsubscribing will end it.
      const failure = exit && failureOf({ argv, ...exit, stderr: hide(stderr.text) });
      if (failure) subscriber.error(failure);
      else subscriber.complete();
    }

    return () => {
      stopFeeding?.();
      child.stdin?.destroy();
      for (const valve of valves) valve.watch(undefined);
      clearTimeout(exitWait);
      for (const stream of outputs) stream.destroy();
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

function ffmpegNotFound(path: string, cause: Error): RxcallError {
  return new FfmpegNotFoundError([{ step: 'option', path, ok: false, reason: 'cannot be run' }], { cause });
}
