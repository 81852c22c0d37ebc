import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import { createLegBacklog } from '../../src/sources/leg-backlog.ts';

const FRAME_US = 20_000;

function sampleAt(index: number, data: Uint8Array): Sample {
  return { kind: 'audio', codec: 'opus', data, ptsUs: index * FRAME_US, durationUs: FRAME_US, keyframe: true };
}

describe('createLegBacklog', () => {
  it('gives out what it got, in order, however much waits in it', () => {
    const backlog = createLegBacklog();
    let pushed = 0;
    let taken = 0;
    for (const [push, take] of [
      [100, 40],
      [30, 89],
      [200, 1],
      [0, 199],
      [1, 2],
    ] as const) {
      for (let i = 0; i < push; i++) backlog.push(sampleAt(pushed++, Uint8Array.of(pushed & 0xff)));
      for (let i = 0; i < take; i++) {
        expect(backlog.nextPtsUs).toBe(taken * FRAME_US);
        expect(backlog.shift()).toEqual(sampleAt(taken++, Uint8Array.of(taken & 0xff)));
      }
      expect(backlog.durationUs).toBe((pushed - taken) * FRAME_US);
      expect(backlog.bytes).toBe(pushed - taken);
    }
    expect(backlog.empty).toBe(true);
    expect(backlog.shift()).toBeUndefined();
  });

  it('keeps no more than the first of what has been taken, though it is never empty', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const backlog = createLegBacklog();
    const chunks: WeakRef<ArrayBuffer>[] = [];
    for (let i = 0; i < 1000; i++) {
      const data = new Uint8Array(new ArrayBuffer(4096));
      chunks.push(new WeakRef(data.buffer));
      backlog.push(sampleAt(i, data));
      if (i > 0) backlog.shift();
    }
    await new Promise((resolve) => setImmediate(resolve)); // until then, weak references hold what they point to
    collectGarbage();
    expect(chunks.flatMap((chunk, i) => (chunk.deref() ? [i] : []))).toEqual([0, 999]);
    expect(backlog.empty).toBe(false);
  });
});
