import { describe, expect, it } from 'vitest';
import { keepBuffer, sharedBuffer } from '../../src/webrtc/shared-buffers.ts';

describe('sharedBuffer', () => {
  it('gives out one buffer for each length', () => {
    const buffer = sharedBuffer(200);
    expect(buffer).toHaveLength(200);
    expect(sharedBuffer(200)).toBe(buffer);
    expect(sharedBuffer(201)).toHaveLength(201);
  });

  it('gives out another one while somebody keeps it', () => {
    const kept = sharedBuffer(300).fill(1);
    keepBuffer(kept);
    sharedBuffer(300).fill(2);
    expect(kept.every((byte) => byte === 1)).toBe(true);
    keepBuffer(kept);
    expect(sharedBuffer(300)).toBe(sharedBuffer(300));
  });

  it('has room for what is longer than a packet should be', () => {
    expect(sharedBuffer(5000)).toHaveLength(5000);
    keepBuffer(Buffer.alloc(5000));
  });
});
