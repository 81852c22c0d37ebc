import { describe, expect, it } from 'vitest';
import { CongestionController } from '../../../src/webrtc/congestion/congestion-controller.ts';
import type { AcknowledgedPacket } from '../../../src/webrtc/rtp/transport-log.ts';
import { type BottleneckOptions, type BottleneckSecond, runBottleneck } from './virtual-bottleneck.ts';

const BOUNDS = { min: 300_000, max: 1_000_000 };

function run(seconds: number, options: BottleneckOptions): BottleneckSecond[] {
  return runBottleneck(new CongestionController(BOUNDS), seconds, options);
}

const targets = (lines: readonly BottleneckSecond[]): number[] => lines.map(({ target }) => target);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the congestion controller', () => {
  it.each([
    ['a wide one', { capacity: () => 20e6 }],
    ['one that a keyframe keeps busy for 200 ms', { capacity: () => 1.5e6 }],
    ['one with 100 ms of jitter', { capacity: () => 3e6, jitterMs: 100 }],
    ['one that loses 5 %', { capacity: () => 4e6, lossRate: 0.05 }],
  ] as [string, BottleneckOptions][])('leaves a link alone that carries everything: %s', (_name, options) => {
    expect(new Set(targets(run(60, options)))).toEqual(new Set([BOUNDS.max]));
  });

  it.each([
    [600_000, 300_000],
    [700_000, 300_000],
    [900_000, 400_000],
  ])('keeps video within what a link of %i bit/s carries, and uses it', (capacity, least) => {
    const lines = run(120, { capacity: () => capacity });
    const settled = lines.slice(20);
    expect(mean(settled.map(({ encoded }) => encoded))).toBeGreaterThan(least);
    expect(mean(settled.map(({ encoded }) => encoded))).toBeLessThan(capacity - 150_000); // the sound, and headers
    const queues = settled.map(({ queueMs }) => queueMs).toSorted((a, b) => a - b);
    expect(queues[Math.floor(queues.length * 0.75)]).toBeLessThan(100);
  });

  it('backs off within two seconds of a link that narrows, and comes back when it widens', () => {
    const lines = run(140, { capacity: (ms) => (ms < 20_000 || ms >= 60_000 ? 4e6 : 600e3) });
    expect(Math.min(...targets(lines.slice(0, 20)))).toBe(BOUNDS.max);
    expect(lines[21]!.target).toBeLessThan(450_000);
    expect(mean(targets(lines.slice(30, 60)))).toBeLessThan(500_000);
    expect(Math.max(...lines.slice(30, 60).map(({ queueMs }) => queueMs))).toBeLessThan(200);
    expect(lines.at(-1)!.target).toBeGreaterThan(800_000);
  });

  it('backs off by loss where no queue grows, and not under the least bitrate', () => {
    const lines = run(30, { capacity: () => 20e6, lossRate: 0.2 });
    expect(lines[10]!.target).toBeLessThan(500_000);
    expect(lines.at(-1)!.target).toBe(BOUNDS.min);
    expect(mean(targets(run(60, { capacity: () => 700e3, bufferMs: 80 }).slice(20)))).toBeLessThan(650_000);
  });

  it('takes a path that becomes longer for what it is, after a while', () => {
    const lines = run(90, { capacity: () => 4e6, delayMs: (ms) => (ms < 20_000 ? 30 : 150) });
    expect(targets(lines.slice(0, 20))).toEqual(Array.from({ length: 20 }, () => BOUNDS.max));
    expect(lines[25]!.target).toBeLessThan(BOUNDS.max);
    expect(lines.at(-1)!.target).toBeGreaterThan(900_000);
  });

  it('goes by receiver reports where there is no transport-wide feedback', () => {
    const controller = new CongestionController(BOUNDS);
    for (let second = 0; second < 20; second++) controller.reportLoss(0.3, second * 1000);
    expect(controller.videoTarget(20_000)).toBe(BOUNDS.min);
    for (let second = 20; second < 60; second++) controller.reportLoss(0, second * 1000);
    expect(controller.videoTarget(60_000)).toBe(BOUNDS.max);
  });

  it('stays below what the peer says it can take, as long as the peer says so', () => {
    const controller = new CongestionController(BOUNDS);
    controller.limit(1_000_000, 0);
    expect(controller.estimate(1000)).toBe(1_000_000);
    expect(controller.videoTarget(1000)).toBe(650_000);
    expect(controller.videoTarget(10_000)).toBe(BOUNDS.max);
    controller.limit(100_000, 11_000);
    expect(controller.videoTarget(11_000)).toBe(BOUNDS.min);
  });

  it('has the bounds of a plain peer by default', () => {
    const controller = new CongestionController();
    expect(controller.videoTarget(0)).toBe(1_800_000);
    controller.limit(1000, 0);
    expect(controller.videoTarget(0)).toBe(500_000);
  });

  it('stays within one bound that is given, though it lies beyond the usual other one', () => {
    expect(new CongestionController({ max: 200_000 }).videoTarget(0)).toBe(200_000);
    const generous = new CongestionController({ min: 2_500_000 });
    generous.limit(1000, 0);
    expect(generous.videoTarget(0)).toBe(2_500_000);
  });

  it('is not led astray by a clock that leaps, a call that is silent, or a peer that lies', () => {
    const controller = new CongestionController(BOUNDS);
    let clockUs = 0;
    let sentUs = 0;
    const feed = (seconds: number): void => {
      const packets: AcknowledgedPacket[] = [];
      for (let i = 0; i < seconds * 50; i++, sentUs += 20_000) {
        packets.push({ sentUs, bytes: 1200, arrivalUs: sentUs + clockUs });
      }
      controller.acknowledge(packets, sentUs / 1000);
    };
    feed(10);
    clockUs = 60_000_000;
    feed(10);
    sentUs += 600_000_000;
    feed(10);
    clockUs = -300_000_000;
    feed(10);
    expect(controller.videoTarget(sentUs / 1000)).toBe(BOUNDS.max);
    const random = [0, 1e15, -1e15, NaN, 5, 2 ** 40];
    for (let i = 0; i < 10_000; i++) {
      controller.acknowledge([{ sentUs: random[i % 6]!, bytes: 1, arrivalUs: random[(i * 7) % 5]! }], i);
    }
    expect(controller.videoTarget(0)).toBeGreaterThanOrEqual(BOUNDS.min);
    expect(controller.videoTarget(0)).toBeLessThanOrEqual(BOUNDS.max);
  });
});
