import type { ClockTask, MediaClock } from './media-clock.ts';

const SLOTS = 4096;

interface WheelTask extends ClockTask {
  /** The millisecond the task is armed for, on the wheel's own count; undefined when it is not armed. */
  slot?: number | undefined;
}

/**
 * One timer for all that wait: a wheel of millisecond slots. Due times of audio fall on a common grid, so that the tasks
 * of many calls share a slot and one wake-up serves them all.
 */
export function createWheelClock(): MediaClock {
  const slots: WheelTask[][] = Array.from({ length: SLOTS }, () => []);
  /** The next millisecond to look at. */
  let cursor = 0;
  let armed = 0;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = Infinity;
  /** In the midst of {@link turn}, the cursor goes only forward, and no timer is set. */
  let turning = false;

  const nowMs = (): number => performance.now();

  function take(task: WheelTask): void {
    if (task.slot === undefined) return;
    const bucket = slots[task.slot % SLOTS]!;
    const index = bucket.indexOf(task);
    bucket[index] = bucket[bucket.length - 1]!;
    bucket.pop();
    task.slot = undefined;
    armed--;
  }

  function disarm(task: WheelTask): void {
    take(task);
    if (armed > 0 || !timer) return;
    clearTimeout(timer); // an idle clock keeps no process alive
    timer = undefined;
    wakeAt = Infinity;
  }

  function arm(task: WheelTask, dueUs: number): void {
    const ms = Math.max(Math.ceil(dueUs / 1000), cursor);
    if (task.slot === ms) return;
    take(task);
    if (armed === 0 && !turning) cursor = Math.min(ms, Math.floor(nowMs()));
    const slot = Math.max(ms, cursor);
    slots[slot % SLOTS]!.push(task);
    task.slot = slot;
    armed++;
    if (!turning && slot < wakeAt) sleepUntil(slot);
  }

  function sleepUntil(ms: number): void {
    if (timer) clearTimeout(timer);
    wakeAt = ms;
    timer = setTimeout(turn, Math.max(0, ms - nowMs()));
  }

  function turn(): void {
    timer = undefined;
    turning = true;
    const until = Math.floor(nowMs());
    for (; cursor <= until; cursor++) fire(cursor);
    turning = false;
    wakeAt = Infinity;
    if (armed > 0) sleepUntil(nextArmed());
  }

  function fire(ms: number): void {
    const bucket = slots[ms % SLOTS]!;
    // A task may arm, disarm or move others meanwhile, so the bucket is read anew each time.
    for (let i = 0; i < bucket.length;) {
      const task = bucket[i]!;
      if (task.slot !== ms) {
        i++; // a later round of the wheel
        continue;
      }
      take(task);
      runSafely(task);
      i = 0;
    }
  }

  /** What one task throws must not stop the clock for the others. */
  function runSafely(task: ClockTask): void {
    try {
      task.run();
    } catch (error) {
      reportLater(error);
    }
  }

  function nextArmed(): number {
    for (let ms = cursor; ms < cursor + SLOTS; ms++) {
      if (slots[ms % SLOTS]!.some((task) => task.slot === ms)) return ms;
    }
    return cursor + SLOTS;
  }

  return { nowUs: () => Math.round(nowMs() * 1000), arm, disarm };
}

/** Lets an error surface as uncaught, outside of the clock. */
function reportLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

/** The clock every operator uses unless it is given another: `performance.now()` behind one shared timer. */
export const processClock: MediaClock = createWheelClock();
