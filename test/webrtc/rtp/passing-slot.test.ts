import { describe, expect, it } from 'vitest';
import { passingSlot } from '../../../src/webrtc/rtp/passing-slot.ts';

describe('passingSlot', () => {
  it('gives out 128 buffers in turn, which do not overlap', () => {
    const slots = Array.from({ length: 128 }, () => passingSlot(200));
    slots.forEach((slot, i) => slot.fill(i));
    slots.forEach((slot, i) => expect(slot.every((byte) => byte === i)).toBe(true));
    expect(passingSlot(512)).toBe(slots[0]);
  });

  it('has room for what does not fit in them', () => {
    expect(passingSlot(1500).length).toBeGreaterThanOrEqual(1500);
  });
});
