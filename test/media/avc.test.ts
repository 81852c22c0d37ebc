import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avcConfig, joinAvc, parseAvcConfig, splitAvc } from '../../src/media/avc.ts';

const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1f, 1, 2, 3);
const PPS = Uint8Array.of(0x68, 0xce, 4);
const IDR = Uint8Array.of(0x65, 0x88);

const plain = (parts: readonly Uint8Array[] | undefined): number[][] | undefined => parts?.map((part) => [...part]);

describe('NAL units behind their lengths', () => {
  it('come out as they went in', () => {
    const nals = fc.array(fc.uint8Array({ maxLength: 700, size: 'max' }), { maxLength: 8 });
    fc.assert(
      fc.property(nals, (list) => {
        expect(plain(splitAvc(joinAvc(list), 4))).toEqual(plain(list));
      }),
    );
  });

  it('may have shorter lengths', () => {
    expect(plain(splitAvc(Uint8Array.of(2, 7, 8, 1, 9), 1))).toEqual([[7, 8], [9]]);
    expect(plain(splitAvc(Uint8Array.of(0, 2, 7, 8, 0, 1, 9), 2))).toEqual([[7, 8], [9]]);
  });

  it('may be cut off: the rest is what is there', () => {
    expect(plain(splitAvc(Uint8Array.of(0, 0, 0, 9, 7, 8), 4))).toEqual([[7, 8]]);
    expect(plain(splitAvc(Uint8Array.of(0, 0, 0, 1, 7, 0, 0), 4))).toEqual([[7]]);
    expect(splitAvc(new Uint8Array(), 4)).toEqual([]);
  });
});

describe('what stands in front of an H.264 track', () => {
  it('says the profile, and holds the parameter sets', () => {
    const record = avcConfig([IDR, SPS, PPS, PPS])!;
    expect([...record.subarray(0, 6)]).toEqual([1, 0x42, 0xc0, 0x1f, 0xff, 0xe1]);
    const config = parseAvcConfig(record)!;
    expect(config.lengthBytes).toBe(4);
    expect(plain(config.sps)).toEqual(plain([SPS]));
    expect(plain(config.pps)).toEqual(plain([PPS, PPS]));
  });

  it('is made of both kinds of sets, whole ones', () => {
    for (const nals of [[], [SPS], [PPS], [SPS.subarray(0, 3), PPS]]) expect(avcConfig(nals)).toBeUndefined();
  });

  it('is read at its end, and nowhere before', () => {
    const record = avcConfig([SPS, PPS])!;
    for (let length = 0; length < record.length; length++) {
      expect(parseAvcConfig(record.subarray(0, length))).toBeUndefined();
    }
    const shortLengths = Uint8Array.from(record);
    shortLengths[4] = 0xfd;
    expect(parseAvcConfig(shortLengths)?.lengthBytes).toBe(2);
  });
});
