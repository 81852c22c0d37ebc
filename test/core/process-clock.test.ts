import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClockTask } from '../../src/core/media-clock.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

describe('createWheelClock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  function recorder(list: [string, number][], name: string): ClockTask {
    return { run: () => list.push([name, performance.now()]) };
  }

  it('runs tasks at their time, once, in order', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    const now = clock.nowUs();
    clock.arm(recorder(ran, 'c'), now + 9_000_000);
    clock.arm(recorder(ran, 'a'), now + 20_000);
    clock.arm(recorder(ran, 'b'), now + 40_500);
    vi.advanceTimersByTime(10_000);
    expect(ran.map(([name]) => name)).toEqual(['a', 'b', 'c']);
    const [a, b, c] = ran.map(([, at]) => at - now / 1000);
    expect(a).toBeCloseTo(20, 0);
    expect(b).toBeCloseTo(41, 0);
    expect(c).toBeCloseTo(9000, 0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('runs a task within the millisecond before it is due, and says that its time has come', () => {
    const clock = createWheelClock();
    vi.advanceTimersByTime(0.3);
    const ran: { atMs: number; nowUs: number }[] = [];
    const dueUs = 20_000;
    clock.arm({ run: () => ran.push({ atMs: performance.now(), nowUs: clock.nowUs() }) }, dueUs);
    vi.advanceTimersByTime(40);
    expect(ran).toEqual([{ atMs: expect.closeTo(19.3, 3) as number, nowUs: dueUs }]);
  });

  it('never goes back, also when it was ahead', () => {
    const clock = createWheelClock();
    vi.advanceTimersByTime(0.5);
    let aheadUs = 0;
    const task: ClockTask = { run: () => (aheadUs = clock.nowUs()) };
    clock.arm(task, 20_000);
    vi.advanceTimersByTime(19.2);
    expect(aheadUs).toBe(20_000);
    expect(performance.now()).toBeLessThan(20);
    clock.arm(task, 5000); // in the past: the wheel turns from there
    vi.advanceTimersByTime(0.1);
    expect(aheadUs).toBe(20_000);
    expect(clock.nowUs()).toBe(20_000);
  });

  it('does not wait for a timer when the next task became due while others ran', () => {
    const clock = createWheelClock();
    const ran: number[] = [];
    const takesThreeMs: ClockTask = { run: () => void vi.advanceTimersByTime(3) };
    clock.arm(takesThreeMs, 10_000);
    clock.arm({ run: () => ran.push(performance.now()) }, 13_000);
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    vi.advanceTimersByTime(11);
    expect(ran).toEqual([13]);
    expect(setTimer).not.toHaveBeenCalled();
    setTimer.mockRestore();
  });

  it('moves a task that is armed again and forgets one that is disarmed', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    const moved = recorder(ran, 'moved');
    const dropped = recorder(ran, 'dropped');
    clock.arm(moved, clock.nowUs() + 20_000);
    clock.arm(moved, clock.nowUs() + 60_000);
    clock.arm(dropped, clock.nowUs() + 20_000);
    clock.disarm(dropped);
    clock.disarm(dropped);
    vi.advanceTimersByTime(40);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(40);
    expect(ran.map(([name]) => name)).toEqual(['moved']);
  });

  it('keeps no timer when nothing is armed', () => {
    const clock = createWheelClock();
    const task = recorder([], 'task');
    clock.arm(task, clock.nowUs() + 10_000_000);
    expect(vi.getTimerCount()).toBe(1);
    clock.disarm(task);
    expect(vi.getTimerCount()).toBe(0);
    clock.arm(task, clock.nowUs() + 20_000);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('runs what was due in the past as soon as it can', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    vi.advanceTimersByTime(1000);
    clock.arm(recorder(ran, 'late'), clock.nowUs() - 500_000);
    vi.advanceTimersByTime(2);
    expect(ran).toHaveLength(1);
  });

  it('lets a task arm itself and others from inside', () => {
    const clock = createWheelClock();
    let ticks = 0;
    const task: ClockTask = {
      run() {
        if (++ticks < 500) clock.arm(task, clock.nowUs() + 20_000);
      },
    };
    clock.arm(task, clock.nowUs());
    vi.advanceTimersByTime(11_000);
    expect(ticks).toBe(500);
  });

  it('serves many tasks of one time with one timer', () => {
    const clock = createWheelClock();
    let ran = 0;
    const dueUs = clock.nowUs() + 20_000;
    for (let i = 0; i < 500; i++) clock.arm({ run: () => ran++ }, dueUs);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(25);
    expect(ran).toBe(500);
  });

  it('follows every move of a task, to later and to earlier, near and far', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    const task = recorder(ran, 'task');
    const startUs = clock.nowUs();
    for (const ms of [5000, 10, 3000, 2990, 20, 1500]) clock.arm(task, startUs + ms * 1000);
    vi.advanceTimersByTime(1490);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(ran).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(ran).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('puts off a timeout again and again without waking up for it each time', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    const timeout = recorder(ran, 'timeout');
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    for (let i = 0; i < 100; i++) {
      clock.arm(timeout, clock.nowUs() + 500_000);
      vi.advanceTimersByTime(20);
    }
    expect(ran).toEqual([]);
    expect(setTimer.mock.calls.length).toBeLessThan(20);
    vi.advanceTimersByTime(500);
    expect(ran).toHaveLength(1);
    setTimer.mockRestore();
  });

  it('lets a task take others out of its own slot, and put them in', () => {
    const clock = createWheelClock();
    const ran: string[] = [];
    const dueUs = clock.nowUs() + 20_000;
    const tasks: ClockTask[] = Array.from({ length: 6 }, (_, i) => ({
      run() {
        ran.push(String(i));
        if (i === 1) for (const other of [0, 1, 2, 4]) clock.disarm(tasks[other]!);
        if (i === 3) for (const other of [0, 2]) clock.arm(tasks[other]!, dueUs);
      },
    }));
    for (const task of tasks) clock.arm(task, dueUs);
    vi.advanceTimersByTime(40);
    expect(ran).toEqual(['0', '1', '3', '5', '0', '2']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('agrees with a list of due times, whatever is armed and disarmed', () => {
    const clock = createWheelClock();
    const random = seededRandom(7);
    const due = new Map<number, number>();
    const ran = new Set<number>();
    const tasks: ClockTask[] = Array.from({ length: 40 }, (_, i) => ({
      run() {
        ran.add(i);
        expect(clock.nowUs()).toBeGreaterThanOrEqual(due.get(i)!);
        due.delete(i);
      },
    }));
    for (let step = 0; step < 5000; step++) {
      const i = Math.floor(random() * tasks.length);
      if (random() < 0.2) {
        clock.disarm(tasks[i]!);
        due.delete(i);
      } else {
        const dueUs = clock.nowUs() + Math.floor(random() ** 4 * 5_000_000);
        clock.arm(tasks[i]!, dueUs);
        due.set(i, dueUs);
      }
      if (random() < 0.3) vi.advanceTimersByTime(Math.floor(random() * 30));
      const nowUs = clock.nowUs();
      for (const dueUs of due.values()) expect(dueUs).toBeGreaterThan(nowUs - 3000);
    }
    vi.advanceTimersByTime(6000);
    expect(due.size).toBe(0);
    expect(ran.size).toBe(tasks.length);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not lose a task that is alone and late', () => {
    vi.useRealTimers();
    const clock = createWheelClock();
    let dueUs = clock.nowUs();
    let ran = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const task: ClockTask = {
      run() {
        if (++ran === 10) {
          resolve();
          return;
        }
        const stalledUntil = performance.now() + (ran % 3 === 0 ? 50 : 0);
        while (performance.now() < stalledUntil); // as a busy event loop does
        clock.arm(task, (dueUs += 10_000));
      },
    };
    clock.arm(task, dueUs);
    return promise; // or the test times out
  });

  it('goes on when a task throws, and lets the error surface', () => {
    const clock = createWheelClock();
    const ran: [string, number][] = [];
    const dueUs = clock.nowUs() + 20_000;
    const thrower: ClockTask = {
      run() {
        throw new Error('from a task');
      },
    };
    clock.arm(thrower, dueUs);
    clock.arm(recorder(ran, 'next'), dueUs);
    clock.arm(recorder(ran, 'later'), dueUs + 20_000);
    expect(() => vi.advanceTimersByTime(30)).toThrow('from a task');
    vi.advanceTimersByTime(30);
    expect(ran.map(([name]) => name)).toEqual(['next', 'later']);
  });
});
