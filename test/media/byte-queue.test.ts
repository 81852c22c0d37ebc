import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../src/media/byte-queue.ts';
import { concatBytes } from '../../src/media/bytes.ts';

describe('ByteQueue', () => {
  it('hands out what was pushed, in order, and keeps what it handed out', () => {
    const step = fc.record({ chunk: fc.uint8Array({ maxLength: 20 }), skip: fc.nat({ max: 30 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new ByteQueue();
        const whole = concatBytes(steps.map(({ chunk }) => chunk));
        const views: { start: number; view: Uint8Array }[] = [];
        let arrived = 0;
        for (const { chunk, skip } of steps) {
          arrived += chunk.length;
          const view = queue.push(chunk);
          expect([...view]).toEqual([...whole.subarray(queue.position, arrived)]);
          views.push({ start: queue.position, view });
          queue.skip(Math.min(skip, view.length));
        }
        for (const { start, view } of views) {
          expect([...view]).toEqual([...whole.subarray(start, start + view.length)]);
        }
      }),
    );
  });

  it('does not copy everything again for each byte that is added', () => {
    const queue = new ByteQueue();
    const bytes = 1_000_000; // copied each time, that would be 500 GB
    for (let i = 0; i < bytes; i++) queue.push(Uint8Array.of(i));
    expect(queue.peek()).toHaveLength(bytes);
    expect(queue.peek()[bytes - 1]).toBe((bytes - 1) & 0xff);
  });
});
