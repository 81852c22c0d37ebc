import { type MonoTypeOperatorFunction, Observable, type Subscriber, Subscription } from 'rxjs';
import { OptionError, RxcallError } from '../core/errors.ts';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { MediaSource } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import type { Sample } from '../core/sample.ts';
import { type OpenUpstream, liftSource } from './lift-source.ts';
import { createResumePoint } from './resume-point.ts';

/** What {@link reconnect} does. `attempt` counts from 1, anew after every time the source was healthy. */
export type ReconnectStatus =
  | { readonly status: 'waiting'; readonly attempt: number; readonly delayMs: number; readonly error: RxcallError }
  | { readonly status: 'connecting'; readonly attempt: number }
  /** The first sample of this attempt is there. */
  | { readonly status: 'connected'; readonly attempt: number }
  /** No more attempts are made; the result errors with `error`. */
  | { readonly status: 'failed'; readonly attempt: number; readonly error: RxcallError };

/** How often and how fast {@link reconnect} tries. */
export interface ReconnectOptions {
  /** How many attempts in a row may fail. Default 10, which is over a minute; `Infinity` never gives up. */
  maxAttempts?: number | undefined;
  /** How long to wait before the first attempt, in milliseconds; before each further one twice as long. Default 1000. */
  firstDelayMs?: number | undefined;
  /** The longest wait, in milliseconds. Default 10,000. */
  maxDelayMs?: number | undefined;
  /** How much of the wait is left to chance, from 0 to 1: 0.2, the default, is ±20 %. So not all come back at once. */
  jitter?: number | undefined;
  /** So much media, in milliseconds, and the source counts as healthy: attempts and waits begin anew. Default 5000. */
  healthyMs?: number | undefined;
  onStatus?: ((status: ReconnectStatus) => void) | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
  /** A source of chance from 0 to 1. Default `Math.random`. */
  random?: (() => number) | undefined;
}

/**
 * Opens a source anew when it fails with an error that is retryable, after a wait that grows.
 *
 * ```text
 * source    -ab#
 * again             -cd|       100 ms later
 *              reconnect({ firstDelayMs: 100, jitter: 0 })
 * result    -ab------cd|
 * ```
 *
 * - A {@link MediaSource} is opened with the reason `'reconnect'`, and the result is one again. A finite one goes on where
 *   it broke off; one that cannot seek is read from its start again, and what was played is skipped. A live one goes on at
 *   its edge. Any other Observable is subscribed anew; if it is finite, what was played of its segments is skipped.
 * - An error that is not an {@link RxcallError} with `retryable` errors the result, and so does the one after the last attempt.
 * - Completes with the source. In the wait nothing is emitted; {@link keepalive} fills it.
 *
 * Throws {@link OptionError} for numbers that make no sense.
 *
 * @example
 * fromUrl(radio).pipe(stall(), reconnect({ onStatus: console.log }), pace()).subscribe(toWebRtcTrack(track));
 * @see {@link stall} to make an error of a silence
 * @see {@link failover} to go on with another source meanwhile
 */
export function reconnect<T extends Sample>(options: ReconnectOptions = {}): MonoTypeOperatorFunction<T> {
  const settings = validate(options);
  return (source) =>
    liftSource(
      source,
      (open) =>
        new Observable((subscriber) => {
          keepConnected(subscriber, open, source instanceof MediaSource ? source : undefined, settings);
        }),
    );
}

type Settings = Required<{ [K in keyof ReconnectOptions]: NonNullable<ReconnectOptions[K]> }>;

function validate(options: ReconnectOptions): Settings {
  const { maxAttempts = 10, firstDelayMs = 1000, maxDelayMs = 10_000, jitter = 0.2, healthyMs = 5000 } = options;
  const { onStatus = () => undefined, clock = processClock, random = Math.random } = options;
  const times = { maxAttempts, firstDelayMs, maxDelayMs, healthyMs };
  for (const [name, value] of Object.entries(times)) {
    if (!(value >= 0)) throw new OptionError(`options.${name}`, value, 'at least 0');
  }
  if (!(jitter >= 0 && jitter <= 1)) throw new OptionError('options.jitter', jitter, 'from 0 to 1');
  return { ...times, jitter, onStatus, clock, random };
}

function keepConnected<T extends Sample>(
  subscriber: Subscriber<T>,
  open: OpenUpstream<T>,
  media: MediaSource | undefined,
  settings: Settings,
): void {
  const { maxAttempts, healthyMs, onStatus, clock } = settings;
  const resume = createResumePoint(media);
  const task: ClockTask = { run: reopen };
  let attempt = 0;

  function reopen(): void {
    onStatus({ status: 'connecting', attempt });
    if (!subscriber.closed) connect(open({ ...resume.request(), reason: 'reconnect' }));
  }

  function connect(samples$: Observable<T>): void {
    let receivedUs = 0;
    const connection = new Subscription();
    subscriber.add(connection);
    connection.add(
      samples$.subscribe({
        next(sample) {
          if (receivedUs === 0 && attempt > 0) onStatus({ status: 'connected', attempt });
          receivedUs += sample.durationUs;
          if (receivedUs >= healthyMs * 1000) attempt = 0;
          if (resume.passes(sample)) subscriber.next(sample);
        },
        error(error: unknown) {
          subscriber.remove(connection);
          if (error instanceof RxcallError && error.retryable) retry(error);
          else subscriber.error(error);
        },
        complete: () => subscriber.complete(),
      }),
    );
  }

  function retry(error: RxcallError): void {
    if (attempt >= maxAttempts) {
      onStatus({ status: 'failed', attempt, error });
      subscriber.error(error);
      return;
    }
    const delayMs = waitMs(attempt++, settings);
    onStatus({ status: 'waiting', attempt, delayMs, error });
    if (!subscriber.closed) clock.arm(task, clock.nowUs() + delayMs * 1000);
  }

  subscriber.add(() => clock.disarm(task));
  connect(open());
}

function waitMs(failed: number, { firstDelayMs, maxDelayMs, jitter, random }: Settings): number {
  const fullMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failed);
  return Math.round(fullMs * (1 + jitter * (2 * random() - 1)));
}
