import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClockTask } from '../../src/core/media-clock.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';

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
