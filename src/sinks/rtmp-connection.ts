import type { Writable } from 'node:stream';
import {
  BehaviorSubject,
  defer,
  filter,
  map,
  type Observable,
  Subscription,
  switchMap,
  throwError,
  timeout,
} from 'rxjs';
import { type RxcallError, TransportError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { LONGEST_TIMER_MS } from '../core/check-duration.ts';
import { PREAMBLE } from '../ffmpeg/ffmpeg-args.ts';
import { locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import { runFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { rtmpFailure } from './rtmp-failure.ts';
import type { RtmpTarget } from './rtmp-target.ts';

/** Where a connection to an RTMP server stands. */
export type RtmpStatus =
  /** Connecting for the first time. */
  | { readonly status: 'starting' }
  /** The server takes the stream. */
  | { readonly status: 'active' }
  /** It did, or might have: connecting anew. `attempt` counts from 1, anew after every time that it was active for a while. */
  | { readonly status: 'reconnecting'; readonly attempt: number; readonly error: RxcallError }
  /** There will be no further attempt. */
  | { readonly status: 'failed'; readonly error: RxcallError }
  | { readonly status: 'closed' };

/** How often and how fast to connect anew. */
export interface RtmpReconnectOptions {
  /** How many attempts in a row may fail. Default `Infinity`: never gives up. */
  maxAttempts?: number | undefined;
  /** How long to wait before the first attempt, in milliseconds; before each further one twice as long. Default 1000. */
  firstDelayMs?: number | undefined;
  /** The longest wait, in milliseconds. Default 30,000. */
  maxDelayMs?: number | undefined;
}

export interface RtmpConnectionOptions {
  target: RtmpTarget;
  ffmpegPath: string | undefined;
  caFile: string | undefined;
  logger: Logger;
  /** Whose processes these are, see {@link childrenEnded}. */
  owner: object;
  reconnect: RtmpReconnectOptions;
  connectTimeoutMs: number;
  stallMs: number;
  /** A process waits for a stream: the next bytes are its first. */
  onOpen(): void;
}

export interface RtmpConnection {
  readonly status: RtmpStatus;
  /** Replays the present status; completes after `failed` and `closed`. */
  readonly status$: Observable<RtmpStatus>;
  /** What has gone to the server over all connections, in bytes. */
  readonly sentBytes: number;
  /** What waits for the process to take it, in bytes. */
  readonly waitingBytes: number;
  /** How often the server took the stream. */
  readonly publishes: number;
  start(): void;
  write(bytes: Uint8Array): void;
  /** No further attempt: why is told by the status. */
  fail(error: RxcallError): void;
  /** Lets the server have what was written, for at most 2 s. */
  close(): Promise<void>;
}

/** After being active for so long, attempts count anew. */
const HEALTHY_MS = 10_000;
/** Who has been taken once had the right key; but it may have been changed since. */
const MAX_REFUSALS = 5;
const CLOSE_WITHIN_MS = 2000;
/** Of the kernel: what waits there looks as if the server had taken it. Enough for 10 Mbit/s at 200 ms. */
const SEND_BUFFER_BYTES = '262144';

/** Publishes an FLV stream by ffmpeg, and connects anew when that ends. */
export function createRtmpConnection(options: RtmpConnectionOptions): RtmpConnection {
  const { target, ffmpegPath, logger, connectTimeoutMs, stallMs, onOpen } = options;
  const { maxAttempts = Infinity, firstDelayMs = 1000, maxDelayMs = 30_000 } = options.reconnect;
  const status$ = new BehaviorSubject<RtmpStatus>({ status: 'starting' });
  let running = new Subscription();
  let input: Writable | undefined;
  let retry: NodeJS.Timeout | undefined;
  let attempt = 0;
  let refusals = 0;
  let publishes = 0;
  let activeSinceMs: number | undefined;
  let sentBytes = 0;

  const isOver = (): boolean => status$.value.status === 'failed' || status$.value.status === 'closed';

  function tell(status: RtmpStatus): void {
    if (isOver()) return;
    logger.info({ rtmp: target.label, ...status }, `RTMP ${status.status}`);
    status$.next(status);
    if (isOver()) status$.complete();
  }

  function connect(): void {
    activeSinceMs = undefined;
    const sentBefore = sentBytes;
    running = defer(() => locateFfmpeg({ path: ffmpegPath, logger }))
      .pipe(
        switchMap(({ path }) => publish(path)),
        map((chunk) => sentBefore + totalSize(chunk)),
        filter((total) => total > sentBytes),
        timeout({
          first: Math.min(connectTimeoutMs, LONGEST_TIMER_MS),
          each: Math.min(stallMs, LONGEST_TIMER_MS),
          with: () => throwError(() => tooSlow()),
        }),
      )
      .subscribe({
        next: take,
        error: (error: unknown) => lose(error as RxcallError), // run-ffmpeg and the search for it give nothing else
        complete: () => lose(lost('ended')),
      });
  }

  function publish(path: string): Observable<Uint8Array> {
    return runFfmpeg({
      path,
      args: publishArgs(target.url, options.caFile),
      secrets: target.secrets,
      logger,
      owner: options.owner,
      feed(stdin) {
        input = stdin;
        onOpen();
        return () => {
          if (input === stdin) input = undefined;
        };
      },
      failureOf: (end) => rtmpFailure(end, target.label, activeSinceMs !== undefined),
    });
  }

  function take(total: number): void {
    sentBytes = total;
    if (activeSinceMs !== undefined) return;
    activeSinceMs = performance.now();
    refusals = 0;
    publishes++;
    tell({ status: 'active' });
  }

  function tooSlow(): RxcallError {
    const options = { retryable: true };
    if (activeSinceMs === undefined) {
      const message = `${target.label} did not take the stream within ${connectTimeoutMs / 1000} s.`;
      return new TransportError('ERR_CONNECT_TIMEOUT', message, options);
    }
    const message = `${target.label} has taken nothing for ${stallMs / 1000} s.`;
    return new TransportError('ERR_RTMP_STALLED', message, options);
  }

  function lost(how: string): RxcallError {
    return new TransportError('ERR_RTMP_LOST', `${target.label}: the connection ${how}.`, { retryable: true });
  }

  function lose(error: RxcallError): void {
    running.unsubscribe();
    if (isOver()) return;
    if (activeSinceMs !== undefined && performance.now() - activeSinceMs > HEALTHY_MS) attempt = 0;
    attempt++;
    const mayHelp = error.retryable || (publishes > 0 && ++refusals <= MAX_REFUSALS);
    if (!mayHelp || attempt > maxAttempts) return fail(error);
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
    retry = setTimeout(connect, delayMs);
    tell({ status: 'reconnecting', attempt, error });
  }

  function fail(error: RxcallError): void {
    clearTimeout(retry);
    running.unsubscribe();
    tell({ status: 'failed', error });
  }

  async function close(): Promise<void> {
    clearTimeout(retry);
    tell({ status: 'closed' });
    await drained();
    running.unsubscribe();
  }

  /** Resolves when the process has ended by itself, for there is no more to come. */
  function drained(): Promise<void> {
    if (!input || running.closed || activeSinceMs === undefined) return Promise.resolve();
    input.end();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
      running.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  return {
    get status() {
      return status$.value;
    },
    status$: status$.asObservable(),
    get sentBytes() {
      return sentBytes;
    },
    get waitingBytes() {
      return input?.writableLength ?? 0;
    },
    get publishes() {
      return publishes;
    },
    start: connect,
    write(bytes) {
      if (input && !input.writableEnded) input.write(bytes);
    },
    fail,
    close,
  };
}

/** What it has sent by now, in bytes: ffmpeg says so twice a second, but not while it waits for the server. */
function totalSize(progress: Uint8Array): number {
  const totals = Buffer.from(progress)
    .toString()
    .matchAll(/^total_size=(\d+)$/gm);
  return Math.max(0, ...[...totals].map(([, digits]) => Number(digits)));
}

/**
 * Sends what comes in, as it is. How the streams are made stands at their beginning, so no frames are looked at first; and
 * neither waits for the other for longer than half a second.
 */
function publishArgs(url: string, caFile: string | undefined): string[] {
  return [
    ...PREAMBLE,
    ...['-progress', 'pipe:1'],
    ...['-fpsprobesize', '0', '-f', 'flv', '-i', 'pipe:0', '-map', '0', '-c', 'copy'],
    ...['-max_interleave_delta', '500000', '-flvflags', 'no_duration_filesize'],
    ...(caFile === undefined ? [] : ['-tls_verify', '1', '-ca_file', caFile]),
    ...['-send_buffer_size', SEND_BUFFER_BYTES, '-f', 'flv', url],
  ];
}
