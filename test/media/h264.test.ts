import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStartCode, joinAnnexB, splitAnnexB } from '../../src/media/annexb.ts';
import { h264KeepsOrder, h264SliceType, isH264Keyframe, startsAccessUnit } from '../../src/media/h264.ts';
import { annexB, encodeH264 } from './h264.ts';

describe('h264KeepsOrder', () => {
  /** A parameter set of a profile, its numbers in Exp-Golomb (ITU-T H.264, 7.3.2.1.1); a text is bits as they are. */
  function parametersOf(profile: number, ...numbers: (number | string)[]): Uint8Array {
    const bits = numbers.map((number) => {
      if (typeof number === 'string') return number;
      const binary = (number + 1).toString(2);
      return '0'.repeat(binary.length - 1) + binary;
    });
    const bytes = bits.join('').match(/.{1,8}/g) ?? [];
    return Uint8Array.of(0x67, profile, 0, 31, ...bytes.map((byte) => parseInt(byte.padEnd(8, '1'), 2)));
  }

  it('is certain of Baseline, and of pictures that are counted by their order', () => {
    expect(h264KeepsOrder(parametersOf(66, 0, 0, 0))).toBe(true);
    expect(h264KeepsOrder(parametersOf(77, 0, 4, 2))).toBe(true);
    expect(h264KeepsOrder(parametersOf(77, 3, 0, 0))).toBe(false);
    expect(h264KeepsOrder(parametersOf(77, 3, 2, 1))).toBe(false);
  });

  it('reads past what High says of colors', () => {
    expect(h264KeepsOrder(parametersOf(100, 0, 1, 0, 0, '00', 4, 2))).toBe(true);
    expect(h264KeepsOrder(parametersOf(100, 0, 1, 0, 0, '10', 4, 2))).toBe(true);
    expect(h264KeepsOrder(parametersOf(100, 0, 1, 0, 0, '00', 2, 0))).toBe(false);
  });

  it('is not certain of what it cannot read: separate planes, a scaling matrix, a set that is cut off', () => {
    expect(h264KeepsOrder(parametersOf(244, 0, 3, '0', 0, 0, '00', 4, 2))).toBe(false);
    expect(h264KeepsOrder(parametersOf(100, 0, 1, 0, 0, '01', 4, 2))).toBe(false);
    expect(h264KeepsOrder(parametersOf(77))).toBe(false);
    expect(h264KeepsOrder(parametersOf(100))).toBe(false);
    expect(h264KeepsOrder(new Uint8Array())).toBe(false);
  });

  it('knows what x264 does', { timeout: 60_000 }, () => {
    const setOf = (profile: string, bFrames: number) =>
      splitAnnexB(encodeH264(['-frames:v', '3', '-profile:v', profile, '-bf', String(bFrames)])).find(
        (nal) => (nal[0]! & 0x1f) === 7,
      )!;
    expect(h264KeepsOrder(setOf('baseline', 0))).toBe(true);
    expect(h264KeepsOrder(setOf('high', 0))).toBe(true);
    expect(h264KeepsOrder(setOf('high', 2))).toBe(false);
    expect(h264KeepsOrder(setOf('main', 2))).toBe(false);
  });
});

describe('h264SliceType', () => {
  it('tells the slices of x264 apart', { timeout: 60_000 }, () => {
    const typesOf = (bytes: Uint8Array) =>
      splitAnnexB(bytes)
        .map(h264SliceType)
        .filter((type) => type !== undefined);
    const plain = typesOf(encodeH264(['-frames:v', '12', '-g', '5', '-bf', '0', '-sc_threshold', '0']));
    expect(plain.join('')).toBe('IPPPPIPPPPIP');
    const withB = typesOf(encodeH264(['-frames:v', '7', '-g', '25', '-bf', '2', '-b_strategy', '0']));
    expect(withB.join('')).toBe('IPBBPBB');
  });

  it('skips the number of the first macroblock, whatever its length', () => {
    const slice = (bits: string): Uint8Array =>
      Uint8Array.of(0x41, ...bits.match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, '0'), 2)));
    expect(h264SliceType(slice('1' + '1'))).toBe('P'); // ue(0), ue(0)
    expect(h264SliceType(slice('1' + '010'))).toBe('B'); // ue(0), ue(1)
    expect(h264SliceType(slice('00101' + '00111'))).toBe('B'); // ue(4), ue(6): all slices of the picture are B
    expect(h264SliceType(slice('00000001' + '1111111' + '011'))).toBe('I'); // ue(254), ue(2)
    expect(h264SliceType(slice('0000000000001' + '111111111110' + '010'))).toBe('B'); // ue(8189), ue(1)
  });

  it('is undefined for anything but a slice, and for a slice that is cut off', () => {
    expect(h264SliceType(Uint8Array.of(0x67, 0xff))).toBeUndefined();
    expect(h264SliceType(Uint8Array.of(0x41))).toBeUndefined();
    expect(h264SliceType(Uint8Array.of(0x41, 0x00, 0x00))).toBeUndefined();
    expect(h264SliceType(new Uint8Array(0))).toBeUndefined();
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const type = h264SliceType(Uint8Array.of(0x41, ...bytes));
        expect(['P', 'B', 'I', 'SP', 'SI', undefined]).toContain(type);
      }),
    );
  });
});

describe('Annex B', () => {
  it('is taken apart at start codes of either length, without the zeros behind a unit', () => {
    const bytes = Uint8Array.of(9, 9, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0x65, 3, 0);
    expect(splitAnnexB(bytes).map((nal) => [...nal])).toEqual([
      [0x67, 1],
      [0x68, 2],
      [0x65, 3],
    ]);
    expect(splitAnnexB(Uint8Array.of(0, 0, 1, 0, 0, 1))).toEqual([]);
    expect(splitAnnexB(new Uint8Array(0))).toEqual([]);
  });

  it('is put together with start codes of four bytes, and apart again', () => {
    const nal = fc
      .uint8Array({ minLength: 1, maxLength: 30 })
      .filter((bytes) => bytes.at(-1) !== 0 && findStartCode(bytes, 0) < 0);
    fc.assert(
      fc.property(fc.array(nal), (nals) => {
        const frame = joinAnnexB(nals);
        expect(splitAnnexB(frame).map((unit) => [...unit])).toEqual(nals.map((unit) => [...unit]));
        expect(frame).toHaveLength(nals.reduce((bytes, unit) => bytes + 4 + unit.length, 0));
      }),
    );
  });

  it('finds the next start code as a plain search does', () => {
    const mostlyZeros = fc.array(fc.constantFrom(0, 0, 0, 1, 2), { maxLength: 40 });
    fc.assert(
      fc.property(mostlyZeros, fc.nat({ max: 40 }), (values, from) => {
        const bytes = Uint8Array.from(values);
        const expected = values.findIndex((_, at) => at >= from && String(values.slice(at, at + 3)) === '0,0,1');
        expect(findStartCode(bytes, from)).toBe(expected);
      }),
    );
  });
});

it('a frame is a keyframe when it holds an IDR slice', () => {
  expect(isH264Keyframe(annexB([0x67, 1], [0x68, 1], [0x65, 0x88]))).toBe(true);
  expect(isH264Keyframe(annexB([0x41, 0x9a]))).toBe(false);
});

it.each([
  ['a slice of the first macroblock', 0x41, 0x9a, true],
  ['another slice', 0x41, 0x1a, false],
  ['an IDR slice of the first macroblock', 0x65, 0x88, true],
  ['SEI', 0x06, 0x05, true],
  ['parameter sets', 0x67, 0x42, true],
  ['a delimiter', 0x09, 0xf0, true],
  ['filler', 0x0c, 0xff, false],
  ['the end of the sequence', 0x0a, 0x00, false],
])('%s starts an access unit: %#', (_, first, second, starts) => {
  expect(startsAccessUnit(first, second)).toBe(starts);
});
