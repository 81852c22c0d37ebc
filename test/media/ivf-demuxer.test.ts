import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { createIvfDemuxer } from '../../src/media/ivf-demuxer.ts';
import { encodeVp8, ffmpeg, ffmpegPackets } from './ffmpeg.ts';
import { demuxIvf, writeIvf } from './ivf.ts';
import { anyChunks, gaps, lengthUs, outline } from './samples.ts';

const movie = encodeVp8('25', ['-t', '2', '-g', '20']);
const whole = demuxIvf(movie).samples;
const frame = Uint8Array.of(1, 2, 3, 4);

describe('an IVF file made by ffmpeg', { timeout: 60_000 }, () => {
  it.each([
    ['1', 4],
    ['24', 24],
    ['25', 25],
    ['30000/1001', 30],
    ['30', 30],
    ['50', 50],
    ['60', 60],
  ])('gives every frame at its time: %s frames a second', (rate, count) => {
    const bytes = encodeVp8(rate, ['-frames:v', String(count)]);
    const { samples } = demuxIvf(bytes);
    const { tb, packets } = ffmpegPackets(bytes);
    expect(samples.map(({ data }) => createHash('md5').update(data).digest('hex'))).toEqual(packets.map((p) => p.md5));
    expect(samples.map((sample) => sample.ptsUs)).toEqual(packets.map(({ pts }) => Math.round(pts * tb * 1e6)));
    expect(samples).toHaveLength(count);
    expect(gaps(samples)).toEqual([]);
    const [num, den = 1] = rate.split('/').map(Number);
    expect(Math.abs(lengthUs(samples) - (count * den * 1e6) / num!)).toBeLessThanOrEqual(1);
  });

  it('follows a variable frame rate: each frame lasts until the next', () => {
    const sometimes = "select='eq(mod(n,10),0)+eq(mod(n,10),1)+eq(mod(n,10),4)'";
    const { samples } = demuxIvf(encodeVp8('50', ['-t', '2', '-vf', sometimes, '-vsync', 'vfr']));
    expect(samples).toHaveLength(30);
    expect(samples.slice(0, 6).map((sample) => sample.durationUs)).toEqual(
      [20, 60, 120, 20, 60, 120].map((ms) => ms * 1000),
    );
    expect(gaps(samples)).toEqual([]);
  });

  it('marks the frames that decode on their own', () => {
    const keyframes = whole.flatMap((sample, index) => (sample.keyframe ? [index] : []));
    expect(keyframes).toEqual([0, 20, 40]);
  });

  it('stamps its segment on every sample', () => {
    const segment = new Segment();
    const { samples } = demuxIvf(movie, { segment });
    expect(samples.every((sample) => sample.segment === segment)).toBe(true);
    expect(samples[0]).toMatchObject({ kind: 'video', codec: 'vp8', keyframe: true, ptsUs: 0, durationUs: 40_000 });
  });

  it('may be cut into any chunks', () => {
    fc.assert(
      fc.property(anyChunks(movie), (chunks) => {
        expect(outline(demuxIvf(chunks).samples)).toEqual(outline(whole));
      }),
    );
    const bytes = Array.from(movie, (byte) => Uint8Array.of(byte));
    expect(outline(demuxIvf(bytes).samples)).toEqual(outline(whole));
  });

  it('may be cut off anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: movie.length }), (length) => {
        const { samples } = demuxIvf(movie.slice(0, length));
        expect(outline(samples)).toEqual(outline(whole.slice(0, samples.length)));
      }),
    );
  });
});

describe('an IVF file', () => {
  const frames = (...pts: (number | bigint)[]) => pts.map((at) => ({ pts: at, data: frame }));
  const times = (samples: readonly Sample[]) => samples.map(({ ptsUs, durationUs }) => [ptsUs, durationUs]);

  it('delivers a frame when the header of the next one has come', () => {
    const bytes = writeIvf({ frames: frames(0, 40) });
    const seen: number[] = [];
    const demuxer = createIvfDemuxer({ onSample: (sample) => seen.push(sample.ptsUs) });
    demuxer.push(bytes.subarray(0, 32 + 16 + 11));
    expect(seen).toEqual([]);
    demuxer.push(bytes.subarray(32 + 16 + 11, 32 + 16 + 12));
    expect(seen).toEqual([0]);
    demuxer.end();
    expect(seen).toEqual([0]); // the second one was cut off
  });

  it('repeats the last known duration at its end', () => {
    expect(times(demuxIvf(writeIvf({ frames: frames(0, 40, 100) })).samples)).toEqual([
      [0, 40_000],
      [40_000, 60_000],
      [100_000, 60_000],
    ]);
  });

  it('with one frame lasts one unit of the time base', () => {
    expect(times(demuxIvf(writeIvf({ timeBase: [1, 5], frames: frames(3) })).samples)).toEqual([[600_000, 200_000]]);
  });

  it('may begin late: its own time is kept', () => {
    expect(times(demuxIvf(writeIvf({ frames: frames(80, 120) })).samples)[0]).toEqual([80_000, 40_000]);
  });

  it('never goes back in time', () => {
    expect(times(demuxIvf(writeIvf({ frames: frames(0, 40, 40, 20, 80) })).samples)).toEqual([
      [0, 40_000],
      [40_000, 0],
      [40_000, 0],
      [40_000, 40_000],
      [80_000, 40_000],
    ]);
  });

  it('leaves empty frames out: the one before lasts longer', () => {
    const dropped = [frames(0)[0]!, { pts: 40, data: new Uint8Array(0) }, frames(80)[0]!];
    expect(times(demuxIvf(writeIvf({ frames: dropped })).samples)[0]).toEqual([0, 80_000]);
  });

  it('may have a longer header', () => {
    const bytes = writeIvf({ headerBytes: 64, frames: frames(0, 40) });
    const cut = [bytes.slice(0, 40), bytes.slice(40, 50), bytes.slice(50)];
    expect(times(demuxIvf(bytes).samples)).toHaveLength(2);
    expect(outline(demuxIvf(cut).samples)).toEqual(outline(demuxIvf(bytes).samples));
  });

  it('counts hours without drift', () => {
    const hours = 2;
    const count = Math.round((hours * 3600 * 30_000) / 1001);
    const last = { timeBase: [1001, 30_000] as const, frames: frames(0, count) };
    expect(demuxIvf(writeIvf(last)).samples[1]!.ptsUs).toBe(Math.round((count * 1001 * 1e6) / 30_000));
  });

  it.each<[string, Uint8Array, string]>([
    [
      'another codec',
      ffmpeg(['-f', 'lavfi', '-i', 'testsrc2=s=64x64:d=0.1', '-c:v', 'libvpx-vp9', '-f', 'ivf']),
      '"VP90"',
    ],
    ['no IVF at all', new Uint8Array(100), 'DKIF'],
    ['a header that is too short', writeIvf({ headerBytes: 31, frames: [] }), 'malformed at byte 6'],
    ['no time base', writeIvf({ timeBase: [0, 30], frames: [] }), 'time base is 0/30'],
    ['a division by zero', writeIvf({ timeBase: [1, 0], frames: [] }), 'time base is 1/0'],
    [
      'a monstrous frame',
      writeIvf({ frames: [{ pts: 0, data: frame, claimedBytes: 2 ** 32 - 1 }] }),
      'malformed at byte 32',
    ],
    ['a time beyond all time', writeIvf({ frames: frames(0, 2n ** 64n - 1n) }), 'malformed at byte 52'],
    ['nothing', new Uint8Array(0), 'ended before its header'],
    ['half a header', movie.subarray(0, 20), 'ended before its header'],
  ])('is refused for %s', (_, bytes, problem) => {
    expect(() => demuxIvf(bytes)).toThrow(problem);
    expect(() => demuxIvf(bytes)).toThrow(MediaFormatError);
  });

  it('never throws anything but MediaFormatError, and never loops', () => {
    const junk = fc.uint8Array({ maxLength: 300, size: 'max' });
    const flips = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(flips, junk, (changes, tail) => {
        const bytes = Uint8Array.of(...movie.subarray(0, 400), ...tail);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          let lastUs = 0;
          for (const { ptsUs, durationUs } of demuxIvf(bytes).samples) {
            expect(ptsUs).toBeGreaterThanOrEqual(lastUs);
            expect(ptsUs + durationUs).toSatisfy(Number.isSafeInteger);
            lastUs = ptsUs;
          }
        } catch (error) {
          if (!(error instanceof MediaFormatError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
