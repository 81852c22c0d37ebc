import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { allocateSsrcs, toInt32Ssrc, toUint32Ssrc } from '../../src/telegram/ssrc.ts';

describe('allocateSsrcs', () => {
  it('picks three consecutive numbers that stay positive as signed integers', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (unit) => {
        const { audio, video, rtx } = allocateSsrcs(() => unit);
        expect(audio).toBeGreaterThan(0);
        expect([video, rtx]).toEqual([audio + 1, audio + 2]);
        expect(rtx).toBeLessThan(2 ** 31);
      }),
    );
  });

  it('reaches both ends of the range', () => {
    expect(allocateSsrcs(() => 0).audio).toBe(1);
    expect(allocateSsrcs(() => 1 - Number.EPSILON / 2).audio).toBe(2 ** 31 - 4);
  });

  it('differs from call to call', () => {
    expect(new Set(Array.from({ length: 50 }, () => allocateSsrcs().audio)).size).toBe(50);
  });
});

describe('the two readings of an SSRC', () => {
  it('are inverse to each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (ssrc) => {
        const source = toInt32Ssrc(ssrc);
        expect(source).toBeGreaterThanOrEqual(-(2 ** 31));
        expect(source).toBeLessThan(2 ** 31);
        expect(toUint32Ssrc(source)).toBe(ssrc);
      }),
    );
  });

  it('are refused for anything that is not a 32-bit integer', () => {
    for (const value of [2 ** 32, -(2 ** 31) - 1, 1.5, NaN]) {
      expect(() => toInt32Ssrc(value)).toThrow(OptionError);
      expect(() => toUint32Ssrc(value)).toThrow(OptionError);
    }
  });
});
