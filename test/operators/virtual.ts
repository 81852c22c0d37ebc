import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { TestScheduler } from 'rxjs/testing';
import { type MediaClock, schedulerClock } from '../../src/core/media-clock.ts';
import { createFakeSource, type FakeSource, type FakeSourceOptions } from '../../src/testing/fake-source.ts';

/** One sample as it arrived at the end of a chain; times in milliseconds. */
export interface Arrival {
  at: number;
  due: number;
  pts: number;
  kind: string;
  bytes: number;
  sample: Sample;
}

export interface VirtualTime {
  scheduler: TestScheduler;
  clock: MediaClock;
  out: Arrival[];
  /** A subscriber that writes down what arrives, into `out` unless given another list. */
  record(list?: Arrival[]): (sample: Sample) => void;
  at(ms: number, task: () => void): void;
  source(options?: FakeSourceOptions): FakeSource;
}

/** Runs `test` and then `untilMs` of virtual time (default 20 s), then the check it returned. For chains too long to draw. */
export function inVirtualTime(test: (time: VirtualTime) => (() => void) | void, untilMs = 20_000): void {
  const scheduler = new TestScheduler(() => {});
  scheduler.maxFrames = untilMs;
  const out: Arrival[] = [];
  const check = test({
    scheduler,
    clock: schedulerClock(scheduler),
    out,
    record:
      (list = out) =>
      (sample) =>
        list.push({
          at: scheduler.now(),
          due: ((sample as Partial<PacedSample>).dueUs ?? NaN) / 1000,
          pts: sample.ptsUs / 1000,
          kind: sample.kind,
          bytes: sample.data.length,
          sample,
        }),
    at: (ms, task) => void scheduler.schedule(task, ms),
    source: (options = {}) => createFakeSource({ scheduler, ...options }),
  });
  scheduler.maxFrames = untilMs;
  scheduler.flush();
  check?.();
}

/** The steps between due times. */
export function steps(arrivals: readonly Arrival[]): number[] {
  return arrivals.slice(1).map((arrival, i) => arrival.due - arrivals[i]!.due);
}

/** The different steps between due times, in order of size. */
export function distinctSteps(arrivals: readonly Arrival[]): number[] {
  return [...new Set(steps(arrivals))].sort((a, b) => a - b);
}
