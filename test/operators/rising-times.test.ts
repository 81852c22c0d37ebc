import { describe, expect, it } from 'vitest';
import type { MediaKind, PacedSample } from '../../src/core/sample.ts';
import { RisingTimes } from '../../src/operators/rising-times.ts';

function sampleOf(kind: MediaKind, dueMs: number, durationMs: number): PacedSample {
  return {
    kind,
    codec: kind === 'audio' ? 'opus' : 'vp8',
    data: Uint8Array.of(1),
    ptsUs: 0,
    durationUs: durationMs * 1000,
    keyframe: true,
    dueUs: dueMs * 1000,
  };
}

/** When samples that want these times leave. */
function timesOf(kind: MediaKind, durationMs: number, wantedMs: readonly number[]): (number | undefined)[] {
  const rising = new RisingTimes();
  return wantedMs.map((ms) => {
    const placed = rising.place(sampleOf(kind, ms, durationMs));
    return placed && placed.dueUs / 1000;
  });
}

describe('RisingTimes', () => {
  it('drops audio whose time is taken by the packet before it', () => {
    expect(timesOf('audio', 20, [0, 20, 20, 39, 40, 0])).toEqual([0, 20, undefined, undefined, 40, undefined]);
  });

  it('lets a short packet take its own duration, and a long one a step of the grid, for pace may bring the next one closer', () => {
    expect(timesOf('audio', 10, [0, 9, 10])).toEqual([0, undefined, 10]);
    expect(timesOf('audio', 60, [0, 20, 60])).toEqual([0, 20, 60]);
  });

  it('moves video behind the frame before it, a millisecond at a time', () => {
    expect(timesOf('video', 40, [0, 40, 40, 40, 80, 0])).toEqual([0, 40, 41, 42, 80, 81]);
  });

  it('keeps the two kinds apart', () => {
    const rising = new RisingTimes();
    expect(rising.place(sampleOf('audio', 500, 20))?.dueUs).toBe(500_000);
    expect(rising.place(sampleOf('video', 20, 40))?.dueUs).toBe(20_000);
    expect(rising.place(sampleOf('audio', 400, 20))).toBeUndefined();
  });

  it('hands on the very sample when its time is free, and any that is not paced', () => {
    const rising = new RisingTimes();
    const paced = sampleOf('video', 20, 40);
    expect(rising.place(paced)).toBe(paced);
    const { dueUs: _, ...plain } = paced;
    expect(rising.place(plain)).toBe(plain);
    expect(rising.place(plain)).toBe(plain);
    expect(rising.place(paced)?.dueUs).toBe(21_000);
  });
});
