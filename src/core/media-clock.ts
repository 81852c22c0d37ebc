import type { SchedulerLike, Subscription } from 'rxjs';

/**
 * Something to run at a time. One object per user of a clock, armed over and over: nothing is allocated per sample.
 * `slot` belongs to the clock.
 */
export interface ClockTask {
  run(): void;
  slot?: unknown;
}

/**
 * The time that media is paced by: monotonic, in microseconds, with an arbitrary origin. Every operator that needs time
 * takes one, so that the same code runs on the process clock and on a virtual one.
 */
export interface MediaClock {
  /** Now, in microseconds. */
  nowUs(): number;
  /** Runs `task` once when `nowUs()` says `dueUs`, or as soon after that as possible; arming again moves it. */
  arm(task: ClockTask, dueUs: number): void;
  /** Takes `task` back; harmless when it is not armed. */
  disarm(task: ClockTask): void;
  /**
   * Where the 20 ms grid of audio lies, in microseconds from 0; default there. Calls that lie next to each other do not all
   * send at the same moment.
   */
  readonly gridOffsetUs?: number | undefined;
}

/**
 * A clock over any RxJS scheduler, for virtual time: `schedulerClock(testScheduler)`. One frame is one millisecond.
 */
export function schedulerClock(scheduler: SchedulerLike): MediaClock {
  const nowUs = (): number => Math.round(scheduler.now() * 1000);
  const disarm = (task: ClockTask): void => {
    (task.slot as Subscription | undefined)?.unsubscribe();
    task.slot = undefined;
  };
  return {
    nowUs,
    disarm,
    arm(task, dueUs) {
      disarm(task);
      const delayMs = Math.max(0, Math.ceil((dueUs - nowUs()) / 1000));
      task.slot = scheduler.schedule(() => {
        task.slot = undefined;
        task.run();
      }, delayMs);
    },
  };
}
