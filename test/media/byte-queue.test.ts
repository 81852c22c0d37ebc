import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../src/media/byte-queue.ts';
import { concatBytes } from '../../src/media/bytes.ts';

describe('ByteQueue', () => {
  it('hands out what was pushed, in order, and keeps what it handed out', () => {
    const step = fc.record({
      chunk: fc.uint8Array({ maxLength: 20 }),
      skip: fc.nat({ max: 30 }),
      /** Room that is made before, more than is needed; undefined for a chunk that stands elsewhere. */
      reserve: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new ByteQueue();
        const whole = concatBytes(steps.map(({ chunk }) => chunk));
        let views: { start: number; view: Uint8Array }[] = [];
        let arrived = 0;
        for (const { chunk, skip, reserve } of steps) {
          arrived += chunk.length;
          if (reserve !== undefined) views = []; // these are written over
          const view = queue.push(reserve === undefined ? chunk : reserved(queue, chunk, reserve));
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

  it('takes what was written where it made room without copying it', () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1, 2, 3));
    queue.skip(1);
    const room = queue.reserve(4);
    room.set([4, 5]);
    const bytes = queue.push(room.subarray(0, 2));
    expect([...bytes]).toEqual([2, 3, 4, 5]);
    room[1] = 6;
    expect(bytes[3]).toBe(6);
  });

  it('makes room where there was some before', () => {
    const queue = new ByteQueue();
    const first = queue.reserve(4);
    queue.push(first.subarray(0, 3));
    queue.skip(2);
    const second = queue.reserve(4);
    expect(second.buffer).toBe(first.buffer);
    expect(queue.peek()).toHaveLength(1);
  });

  it('makes as much room as it was told, in all, and more where too little is left', () => {
    const queue = new ByteQueue();
    const first = queue.reserve(8);
    expect(first).toHaveLength(8);
    queue.push(first);
    queue.skip(6);
    expect(queue.reserve(8)).toHaveLength(6);
    queue.push(new Uint8Array(5));
    expect(queue.reserve(8)).toHaveLength(4);
    expect(queue.peek()).toHaveLength(7);
  });

  it('takes the next part of the same memory for what it is', () => {
    const queue = new ByteQueue();
    const memory = Uint8Array.of(1, 2, 3, 4);
    queue.push(memory.subarray(0, 2));
    expect([...queue.push(memory.subarray(2))]).toEqual([1, 2, 3, 4]);
  });

  it('does not copy everything again for each byte that is added', () => {
    const queue = new ByteQueue();
    const bytes = 1_000_000; // copied each time, that would be 500 GB
    for (let i = 0; i < bytes; i++) queue.push(Uint8Array.of(i));
    expect(queue.peek()).toHaveLength(bytes);
    expect(queue.peek()[bytes - 1]).toBe((bytes - 1) & 0xff);
  });
});

/** The chunk, standing where the queue has made room for it. */
function reserved(queue: ByteQueue, chunk: Uint8Array, spare: number): Uint8Array {
  const room = queue.reserve(2 * (chunk.length + spare));
  expect(room.length).toBeGreaterThanOrEqual(chunk.length + spare);
  room.set(chunk);
  return room.subarray(0, chunk.length);
}
