import type { ClockTask, MediaClock } from './media-clock.ts';

/** Milliseconds that the wheel reaches; what is further away is looked at again when they are over. */
const SLOTS = 1024;

interface WheelTask extends ClockTask {
  /** The millisecond in whose slot the task is, on the wheel's own count; undefined when it is not armed. */
  slot?: number | undefined;
  /** The millisecond it is armed for: that of its slot, or later. */
  due?: number | undefined;
}

/** Stands where a task was taken out of the slot that is being fired. */
const GONE: WheelTask = { run() {} };

/**
 * One timer for all that wait: a wheel of millisecond slots. Due times of audio fall on a common grid, so that the tasks
 * of many calls share a slot and one wake-up serves them all. A task that is armed for later than it was stays where it
 * is, and is moved when its slot comes: a timeout that every packet puts off costs next to nothing.
 *
 * What is due within the millisecond is done at once: timers of Node cannot be set finer, and a task would else be up to a
 * millisecond late. Meanwhile the clock says that its time has come.
 */
export function createWheelClock(): MediaClock {
  const slots: WheelTask[][] = Array.from({ length: SLOTS }, () => []);
  /** The next millisecond to look at. */
  let cursor = 0;
  let armed = 0;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let wakeAt = Infinity;
  /** In the midst of {@link turn}, the cursor goes only forward, and no timer is set. */
  let turning = false;
  /** Where the last turn came to, which may be up to a millisecond ahead. */
  let reachedMs = -Infinity;

  /** Time neither goes back, nor is it before what a task that runs was armed for. */
  const nowMs = (): number => Math.max(reachedMs, performance.now());

  function take(task: WheelTask): void {
    const bucket = slots[task.slot! % SLOTS]!;
    const index = bucket.indexOf(task);
    const last = turning && task.slot === cursor ? GONE : bucket.pop()!;
    if (index < bucket.length) bucket[index] = last;
    task.slot = undefined;
    armed--;
  }

  function disarm(task: WheelTask): void {
    if (task.slot === undefined) return;
    take(task);
    if (armed === 0) stopSleeping(); // an idle clock keeps no process alive
  }

  function arm(task: WheelTask, dueUs: number): void {
    task.due = Math.ceil(dueUs / 1000);
    if (task.slot !== undefined) {
      if (task.slot <= task.due) return;
      take(task);
    }
    if (armed === 0 && !turning) cursor = Math.min(task.due, Math.floor(nowMs()));
    insert(task, task.due);
    if (!turning && task.slot! < wakeAt) sleepUntil(task.slot!);
  }

  function insert(task: WheelTask, ms: number): void {
    const slot = Math.min(Math.max(ms, cursor), cursor + SLOTS - 1);
    slots[slot % SLOTS]!.push(task);
    task.slot = slot;
    armed++;
  }

  /** Node waits for whole milliseconds, of which it drops the fraction: so it wakes up in the one before `ms`. */
  function sleepUntil(ms: number): void {
    stopSleeping();
    wakeAt = ms;
    const inMs = ms - nowMs();
    if (inMs >= 1) timer = setTimeout(turn, inMs);
    else immediate = setImmediate(turn);
  }

  function stopSleeping(): void {
    clearTimeout(timer);
    clearImmediate(immediate);
    wakeAt = Infinity;
  }

  function turn(): void {
    turning = true;
    reachedMs = Math.ceil(performance.now());
    for (; cursor <= reachedMs; cursor++) fire(slots[cursor % SLOTS]!);
    turning = false;
    if (armed > 0) sleepUntil(nextArmed());
    else wakeAt = Infinity;
  }

  /** In the order in which they were armed. A task may arm, disarm or move others meanwhile, into this slot, too. */
  function fire(bucket: WheelTask[]): void {
    for (let i = 0; i < bucket.length; i++) {
      const task = bucket[i]!;
      if (task === GONE) continue;
      bucket[i] = GONE;
      task.slot = undefined;
      armed--;
      if (task.due! > cursor) insert(task, task.due!);
      else runSafely(task);
    }
    bucket.length = 0;
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
    let ms = cursor;
    while (slots[ms % SLOTS]!.length === 0) ms++;
    return ms;
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
