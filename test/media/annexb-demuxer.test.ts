import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError, OptionError } from '../../src/core/errors.ts';
import { Segment } from '../../src/core/segment.ts';
import { createAnnexBDemuxer } from '../../src/media/annexb-demuxer.ts';
import { joinAnnexB, splitAnnexB } from '../../src/media/annexb.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { NAL_PPS, NAL_SPS, nalType } from '../../src/media/h264.ts';
import { decodePictures } from './ffmpeg.ts';
import { annexB, demuxAnnexB, encodeH264, nalTypes } from './h264.ts';
import { anyChunks, gaps, lengthUs, outline } from './samples.ts';

const movie = encodeH264(['-frames:v', '12', '-g', '5', '-bf', '0', '-sc_threshold', '0']);
const whole = demuxAnnexB(movie);

const SPS = [0x67, 0x42, 0xc0, 0x1e];
const PPS = [0x68, 0xce];
const IDR = [0x65, 0x88, 0x84];
const P = [0x41, 0x9a, 0x12];
const SECOND_SLICE = [0x41, 0x2c, 0x12];
const DELIMITER = [0x09, 0xf0];

describe('an H.264 stream made by x264', { timeout: 60_000 }, () => {
  it.each<[string, string[]]>([
    ['plain', []],
    ['with delimiters', ['-aud', '1']],
    ['with several slices a picture', ['-slices', '3']],
    ['with access unit information', ['-x264-params', 'nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500']],
  ])('gives one sample per picture, keyframes complete: %s', (_, args) => {
    const bytes = encodeH264(['-frames:v', '12', '-g', '5', '-bf', '0', '-sc_threshold', '0', ...args]);
    const samples = demuxAnnexB(bytes);
    expect(samples).toHaveLength(12);
    samples.forEach((sample, index) => {
      expect(sample.keyframe).toBe(index % 5 === 0);
      expect(nalTypes(sample.data)).toMatch(index % 5 === 0 ? /^7 8 (6 )*5( 5)*$/ : /^(6 )*1( 1)*$/);
    });
    const again = concatBytes(samples.map((sample) => sample.data));
    expect(decodePictures(again, 'h264')).toEqual(decodePictures(bytes, 'h264'));
  });

  it('is made complete when its parameter sets stand only at the start', () => {
    const [first, ...others] = whole.map((sample) => splitAnnexB(sample.data));
    const bare = others.map((nals) => nals.filter((nal) => nalType(nal) !== NAL_SPS && nalType(nal) !== NAL_PPS));
    const stripped = joinAnnexB([...first!, ...bare.flat()]);
    expect(stripped.length).toBeLessThan(concatBytes(whole.map((sample) => sample.data)).length);
    expect(outline(demuxAnnexB(stripped))).toEqual(outline(whole));
  });

  it('decodes from any keyframe on', () => {
    const pictures = decodePictures(movie, 'h264');
    const tail = concatBytes(whole.slice(5).map((sample) => sample.data));
    expect(decodePictures(tail, 'h264')).toEqual(pictures.slice(5));
  });

  it('refuses B-frames, and says how to avoid them', () => {
    const bytes = encodeH264(['-frames:v', '10', '-bf', '2', '-b_strategy', '0']);
    expect(() => demuxAnnexB(bytes)).toThrow('-bf 0');
    expect(() => demuxAnnexB(bytes)).toThrow(MediaFormatError);
  });

  it('may be cut into any chunks', () => {
    fc.assert(
      fc.property(anyChunks(movie), (chunks) => {
        expect(outline(demuxAnnexB(chunks))).toEqual(outline(whole));
      }),
    );
    const bytes = Array.from(movie, (byte) => Uint8Array.of(byte));
    expect(outline(demuxAnnexB(bytes))).toEqual(outline(whole));
  });

  it('stamps its segment on every sample', () => {
    const segment = new Segment();
    const samples = demuxAnnexB(movie, { segment });
    expect(samples.every((sample) => sample.segment === segment)).toBe(true);
    expect(samples[0]).toMatchObject({ kind: 'video', codec: 'h264', keyframe: true, ptsUs: 0, durationUs: 40_000 });
  });
});

describe('an H.264 stream', () => {
  it('is timed by its frame rate, without drift', () => {
    const pictures = 30_000;
    const samples = demuxAnnexB(annexB(...Array<number[]>(pictures).fill(P)), { frameRate: 30_000 / 1001 });
    expect(samples).toHaveLength(pictures);
    expect(gaps(samples)).toEqual([]);
    expect(lengthUs(samples)).toBe(1_001_000_000);
  });

  it.each([0, -1, NaN, Infinity, 1001])('refuses a frame rate of %d', (frameRate) => {
    expect(() => createAnnexBDemuxer({ frameRate, onSample: () => {} })).toThrow(OptionError);
  });

  it('delivers a picture when the first two bytes of what follows have come', () => {
    const seen: number[] = [];
    const demuxer = createAnnexBDemuxer({ frameRate: 25, onSample: (sample) => seen.push(sample.data.length) });
    demuxer.push(annexB(SPS, PPS, IDR, SECOND_SLICE, P.slice(0, 1)));
    expect(seen).toEqual([]);
    demuxer.push(Uint8Array.from(P.slice(1, 2)));
    expect(seen).toEqual([8 + 6 + 7 + 7]);
    demuxer.push(Uint8Array.from(P.slice(2)));
    demuxer.end();
    expect(seen).toEqual([28, 7]);
  });

  it('gets the last parameter sets in front of a keyframe that has none', () => {
    const newPps = [0x68, 0xee];
    const samples = demuxAnnexB(annexB(DELIMITER, SPS, PPS, IDR, P, newPps, P, DELIMITER, IDR));
    expect(samples.map((sample) => nalTypes(sample.data))).toEqual(['7 8 5', '1', '8 1', '7 8 5']);
    expect([...samples[3]!.data]).toEqual([0, 0, 0, 1, ...SPS, 0, 0, 0, 1, ...newPps, 0, 0, 0, 1, ...IDR]);
  });

  it('leaves out delimiters, filler, and parameter sets that no picture follows', () => {
    const filler = [0x0c, 0xff, 0x80];
    const samples = demuxAnnexB(annexB(DELIMITER, IDR, filler, DELIMITER, P, SPS, PPS));
    expect(samples.map((sample) => nalTypes(sample.data))).toEqual(['5', '1']);
  });

  it('may have anything before its first start code, up to 64 KiB', () => {
    const junk = new Uint8Array(65_000).fill(7);
    const late = new Uint8Array(70_000).fill(7);
    expect(outline(demuxAnnexB([junk, movie]))).toEqual(outline(whole));
    expect(() => demuxAnnexB([late, movie])).toThrow('no start code');
    expect(() => demuxAnnexB(concatBytes([late, movie]))).toThrow('no start code');
    expect(() => demuxAnnexB(junk)).toThrow('without a start code');
    expect(() => demuxAnnexB([])).toThrow(MediaFormatError);
  });

  it('is refused when a unit has no end', () => {
    const demuxer = createAnnexBDemuxer({ frameRate: 25, onSample: () => {} });
    const mebibyte = new Uint8Array(1024 * 1024).fill(0xff);
    demuxer.push(annexB(IDR));
    expect(() => {
      for (let i = 0; i < 9; i++) demuxer.push(mebibyte);
    }).toThrow('more than 8388608 bytes');
  });

  it('never throws anything but MediaFormatError, never loops, and is the same in any chunks', () => {
    const byte = fc.constantFrom(0, 0, 0, 1, 1, 0x67, 0x68, 0x65, 0x41, 0x09, 0x9a, 0x88, 0x1a, 0xff);
    const cut = fc.tuple(fc.array(byte, { maxLength: 120, size: 'max' }), fc.array(fc.nat({ max: 120 })));
    const run = (chunks: readonly Uint8Array[]): unknown => {
      try {
        return outline(demuxAnnexB(chunks));
      } catch (error) {
        if (!(error instanceof MediaFormatError)) throw error;
        return error.message;
      }
    };
    fc.assert(
      fc.property(cut, ([values, cuts]) => {
        const bytes = Uint8Array.from([0, 0, 1, ...values]);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        expect(run(places.slice(1).map((end, i) => bytes.slice(places[i], end)))).toEqual(run([bytes]));
      }),
      { numRuns: 2_000 },
    );
  });
});
