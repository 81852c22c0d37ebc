import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../src/core/errors.ts';
import { isVp8Keyframe, parseVp8Header } from '../../src/media/vp8.ts';
import { encodeVp8 } from './ffmpeg.ts';
import { demuxIvf } from './ivf.ts';

describe('parseVp8Header', () => {
  it('reads size and kind of the frames of libvpx', () => {
    const frames = demuxIvf(encodeVp8('25', ['-frames:v', '12', '-g', '10', '-vf', 'scale=322:242'])).samples;
    const headers = frames.map((sample) => parseVp8Header(sample.data));
    const size = { width: 322, height: 242 };
    const none = { width: undefined, height: undefined };
    headers.forEach((header, index) => {
      const keyframe = index % 10 === 0;
      expect(header).toMatchObject({ keyframe, shown: true, version: 0, ...(keyframe ? size : none) });
      expect(header.firstPartitionBytes).toBeGreaterThan(0);
      expect(header.firstPartitionBytes).toBeLessThan(frames[index]!.data.length);
    });
  });

  it('takes the frame tag apart, bit by bit', () => {
    expect(parseVp8Header(Uint8Array.of(0b0110_0101, 0x02, 0x80))).toEqual({
      keyframe: false,
      version: 2,
      shown: false,
      firstPartitionBytes: (0x800265 >> 5) >>> 0,
      width: undefined,
      height: undefined,
    });
  });

  it('reads the size without the scaling bits', () => {
    const keyframe = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x45, 0xd0, 0xc2);
    expect(parseVp8Header(keyframe)).toMatchObject({ width: 1280, height: 720 });
  });

  it('refuses a header that is cut off, and a keyframe without its start code', () => {
    expect(() => parseVp8Header(new Uint8Array(0))).toThrow(MediaFormatError);
    expect(() => parseVp8Header(Uint8Array.of(1, 0))).toThrow('cut off');
    expect(() => parseVp8Header(Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0))).toThrow('cut off');
    expect(() => parseVp8Header(new Uint8Array(10))).toThrow('start code');
  });

  it('throws nothing but MediaFormatError, and agrees with isVp8Keyframe', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 14 }), (bytes) => {
        try {
          expect(parseVp8Header(bytes).keyframe).toBe(isVp8Keyframe(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
    );
  });
});
