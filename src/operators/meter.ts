import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { Sample } from '../core/sample.ts';
import { liftSource } from './lift-source.ts';
import { createMeterLeg, type KindStats } from './meter-leg.ts';

/** What passed a {@link meter}. */
export interface MeterStats {
  /** Since the subscription, in milliseconds. */
  readonly elapsedMs: number;
  readonly audio: KindStats;
  readonly video: KindStats;
}

export interface MeterOptions {
  /** How often to report, in milliseconds. Default 1000. */
  everyMs?: number | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/**
 * Measures what passes, and changes nothing: bitrate, rate of samples, gaps, breaks, and behind `pace` how late they are.
 *
 * ```text
 * source    -ab--c-|
 *              meter(report, { everyMs: 60 })
 * result    -ab--c-|
 * report    ---x--xx       at the end, too
 * ```
 *
 * - `report` is called every second with {@link MeterStats}, and once more when the source completes or errors.
 * - Samples pass at once. Completes and errors with the source. A {@link MediaSource} remains one.
 *
 * Throws {@link OptionError} unless `everyMs` is greater than 0.
 *
 * @example
 * const stats$ = new BehaviorSubject<MeterStats | null>(null);
 * fromUrl(radio).pipe(pace(), meter((stats) => stats$.next(stats))).subscribe(toWebRtcTrack(track));
 */
export function meter<T extends Sample>(
  report: (stats: MeterStats) => void,
  options: MeterOptions = {},
): MonoTypeOperatorFunction<T> {
  const { everyMs = 1000, clock = processClock } = options;
  if (!(everyMs > 0)) throw new OptionError('options.everyMs', everyMs, 'greater than 0');
  return (source) =>
    liftSource(
      source,
      (open) =>
        new Observable((subscriber) => {
          const legs = { audio: createMeterLeg(), video: createMeterLeg() };
          const startUs = clock.nowUs();
          let reportedUs = startUs;
          let nextUs = startUs;
          const task: ClockTask = { run: reportInTime };

          function reportNow(): void {
            const nowUs = clock.nowUs();
            const windowUs = nowUs - reportedUs;
            reportedUs = nowUs;
            const elapsedMs = (nowUs - startUs) / 1000;
            report({ elapsedMs, audio: legs.audio.read(windowUs), video: legs.video.read(windowUs) });
          }

          function reportInTime(): void {
            schedule();
            reportNow();
          }

          function schedule(): void {
            nextUs += everyMs * 1000;
            clock.arm(task, nextUs);
          }

          subscriber.add(() => clock.disarm(task));
          schedule();
          subscriber.add(
            open().subscribe({
              next(sample) {
                legs[sample.kind].count(sample, clock.nowUs());
                subscriber.next(sample);
              },
              error(error: unknown) {
                reportNow();
                subscriber.error(error);
              },
              complete() {
                reportNow();
                subscriber.complete();
              },
            }),
          );
        }),
    );
}
