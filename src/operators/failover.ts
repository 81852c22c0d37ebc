import { BehaviorSubject, NEVER, Observable } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { MediaSource } from '../core/media-source.ts';
import { processClock } from '../core/process-clock.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import { type FailoverSettings, runFailover } from './failover-runner.ts';
import { type FailoverStatus, initialFailover, statusOf } from './failover-state.ts';

export interface FailoverOptions {
  /** How long an input may take to deliver its first sample, in milliseconds. Default 10,000. */
  openMs?: number | undefined;
  /** How long an input may be silent after that. Default 15,000. */
  stallMs?: number | undefined;
  /** How long after it failed an input is tried again. Default 8000. */
  probeMs?: number | undefined;
  /** How long an input plays at least before a better one is tried. Default 12,000; `Infinity` stays with what works. */
  failbackMs?: number | undefined;
  /** What the end of the input that plays is. Default `'failover'`, as if it had failed; `'complete'`: the end of all. */
  onEnd?: 'failover' | 'complete' | undefined;
  /** The input to play, by its place in the list, until it fails; or `'auto'`. Default: automatic. */
  select$?: Observable<number | 'auto'> | undefined;
  /** What it is called in logs and errors. Default `'failover'`. */
  label?: string | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** What {@link failover} returns. `status$` replays, and speaks of the last subscription. */
export interface Failover extends Observable<PacedSample> {
  readonly status$: Observable<FailoverStatus>;
}

/**
 * Plays the best of several inputs that works: the first in the list, the second while the first one is away, and so on.
 *
 * ```text
 * main      -abc#
 * backup        -tuvwx       opened when main failed
 * again             -jkl     main, tried again
 *              failover([main, backup], { probeMs: 60, failbackMs: 60 })
 * result    -abc-tuvwxkl     j: its time was taken by x
 * ```
 *
 * - Paces its inputs itself, for it cuts: an input plays on until the first sample of the next one is there, and is dropped
 *   then, with what it has queued.
 * - An input fails with an error, with a silence ({@link stall}), or with its end. It is tried again after `probeMs`; trying
 *   is opening it as the next one to play, so that no input is ever opened twice, and one that works is not closed again.
 * - Goes back to a better input after `failbackMs` at least. One selected by hand plays until it fails.
 * - Completes only with `onEnd: 'complete'`. Errors when all inputs have failed and no error is retryable, and with `select$`.
 * - A {@link MediaSource} among the inputs is opened with the reason `'failover'`, for what the result was asked for.
 *
 * Throws {@link OptionError} without inputs, and for a time that is not greater than 0.
 *
 * @example
 * const radio$ = failover([fromUrl(studio), fromUrl(relay), fromFile('sorry.ogg').pipe(loop())]);
 * radio$.status$.subscribe(({ active }) => console.log('playing input', active));
 * radio$.pipe(pauseGate(paused$), keepalive()).subscribe(toWebRtcTrack(track));
 */
export function failover(inputs: readonly Observable<Sample>[], options: FailoverOptions = {}): Failover {
  const settings = validate(inputs, options);
  const status$ = new BehaviorSubject<FailoverStatus>(statusOf(initialFailover(inputs.length)));
  const media = new MediaSource({
    label: options.label ?? 'failover',
    seekable: false,
    live: inputs.some((input) => input instanceof MediaSource && input.live),
    open: (request) =>
      new Observable<PacedSample>((subscriber) => runFailover({ subscriber, inputs, request, settings, status$ })),
  });
  // Its samples are paced, whatever the type of a source says.
  return Object.assign(media as Observable<Sample> as Observable<PacedSample>, { status$: status$.asObservable() });
}

function validate(inputs: readonly unknown[], options: FailoverOptions): FailoverSettings {
  const { openMs = 10_000, stallMs = 15_000, probeMs = 8000, failbackMs = 12_000 } = options;
  const { onEnd = 'failover', select$ = NEVER, clock = processClock } = options;
  if (inputs.length === 0) throw new OptionError('inputs', inputs, 'a list of at least one source');
  const times = { openMs, stallMs, probeMs, failbackMs };
  for (const [name, value] of Object.entries(times)) {
    if (!(value > 0)) throw new OptionError(`options.${name}`, value, 'greater than 0');
  }
  return { ...times, onEnd, select$, clock };
}
