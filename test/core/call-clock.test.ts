import { describe, expect, it } from 'vitest';
import { createCallClock } from '../../src/core/call-clock.ts';
import { processClock } from '../../src/core/process-clock.ts';
import { AUDIO_GRID_US, ceilToGrid } from '../../src/core/sample.ts';

describe('createCallClock', () => {
  it('gives neighbors the same place, and all calls each millisecond of the grid evenly', () => {
    const offsets = Array.from({ length: 320 }, () => createCallClock().gridOffsetUs!);
    expect(new Set(offsets)).toEqual(new Set(Array.from({ length: 20 }, (_, place) => place * 1000)));
    for (const offset of new Set(offsets)) expect(offsets.filter((other) => other === offset)).toHaveLength(16);
    expect(offsets.filter((offset, i) => i > 0 && offset !== offsets[i - 1]).length).toBeLessThanOrEqual(40);
  });

  it('tells the time of the process', () => {
    const before = processClock.nowUs();
    expect(createCallClock().nowUs()).toBeGreaterThanOrEqual(before);
    expect(createCallClock().nowUs()).toBeLessThanOrEqual(processClock.nowUs());
  });
});

describe('ceilToGrid', () => {
  it('rounds up to the grid from its offset on', () => {
    expect([0, 1, 5000, 5001, 25_000].map((us) => ceilToGrid(us, AUDIO_GRID_US, 5000))).toEqual([
      5000, 5000, 5000, 25_000, 25_000,
    ]);
    expect(ceilToGrid(1)).toBe(20_000);
  });
});
