import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MediaFormatError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import {
  aacSilence,
  aacSpecificConfig,
  DEFAULT_AAC,
  parseAacSpecificConfig,
  readAdtsHeader,
} from '../../src/media/aac.ts';
import { createAdtsDemuxer } from '../../src/media/adts-demuxer.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { silenceLike, silentFrame } from '../../src/media/silence.ts';
import { decodePcm, ffmpeg } from './ffmpeg.ts';

const tone = (...args: string[]): Uint8Array =>
  ffmpeg(['-f', 'lavfi', '-i', 'sine=d=1:r=48000', '-c:a', 'aac', ...args, '-f', 'adts']);

function demux(chunks: readonly Uint8Array[]): Sample[] {
  const samples: Sample[] = [];
  const demuxer = createAdtsDemuxer({ onSample: (sample) => samples.push(sample) });
  for (const chunk of chunks) demuxer.push(chunk);
  demuxer.end();
  return samples;
}

describe('createAdtsDemuxer', () => {
  const stream = tone();

  it('gives each frame with its header, one frame before time 0 to begin with', () => {
    const samples = demux([stream]);
    expect(samples).toHaveLength(48);
    expect(samples.slice(0, 4).map(({ ptsUs }) => ptsUs)).toEqual([-21333, 0, 21333, 42667]);
    expect(samples.every(({ durationUs }) => durationUs === 21333 || durationUs === 21334)).toBe(true);
    expect(concatBytes(samples.map(({ data }) => data))).toEqual(stream);
  });

  it('does not care how the bytes are cut', () => {
    const whole = demux([stream]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
        expect(demux(at.slice(1).map((end, index) => stream.subarray(at[index], end)))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('counts the frames of other sampling rates', () => {
    const samples = demux([tone('-ar', '44100', '-ac', '1')]);
    expect(samples[1]).toMatchObject({ ptsUs: 0, durationUs: 23220 });
    expect(readAdtsHeader(samples[0]!.data)).toMatchObject({ sampleRate: 44_100, channels: 1, objectType: 2 });
  });

  it.each([
    ['no ADTS', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'no frame header'],
    ['six channels', () => tone('-ac', '6'), 'channel layout 6'],
    ['a change', () => concatBytes([tone('-ac', '1'), tone('-ac', '2')]), 'it changes'],
    ['a frame that is cut off', stream.subarray(0, stream.length - 5), 'ends within a frame'],
  ])('refuses %s', (_, bytes, problem) => {
    const damaged = typeof bytes === 'function' ? bytes() : bytes;
    expect(() => demux([damaged])).toThrow(MediaFormatError);
    expect(() => demux([damaged])).toThrow(problem);
  });

  it('takes a stream of nothing', () => {
    expect(demux([])).toEqual([]);
  });
});

describe('silence in AAC', () => {
  it.each([1, 2])('decodes to nothing, with %i channels', (channels) => {
    const silence = aacSilence({ ...DEFAULT_AAC, channels });
    const pcm = decodePcm(concatBytes(Array.from({ length: 10 }, () => silence)), channels, 'aac');
    expect(pcm).toHaveLength(10 * 1024 * channels);
    expect(pcm.every((value) => value === 0)).toBe(true);
  });

  it('fades out what was before, and is of its shape', () => {
    const frames = demux([tone('-ac', '1')]).map(({ data }) => data);
    const silence = silenceLike({ codec: 'aac', data: frames[0]!, durationUs: 21333 });
    expect(readAdtsHeader(silence)).toMatchObject({ channels: 1, sampleRate: 48_000 });
    const pcm = decodePcm(concatBytes([...frames.slice(0, 20), silence, silence, silence]), 1, 'aac');
    expect(Math.max(...pcm.subarray(18 * 1024, 19 * 1024))).toBeGreaterThan(1000);
    expect(Math.max(...pcm.subarray(21 * 1024))).toBe(0);
  });

  it('lasts as long as a frame', () => {
    expect(silentFrame('aac').durationUs).toBe(21333);
    expect(silentFrame('aac', aacSilence({ ...DEFAULT_AAC, sampleRate: 44_100 })).durationUs).toBe(23220);
    expect(silentFrame('opus').durationUs).toBe(20_000);
  });
});

describe('the AudioSpecificConfig', () => {
  it('is read as it was written', () => {
    expect(aacSpecificConfig(DEFAULT_AAC)).toEqual(Uint8Array.of(0x11, 0x90));
    for (const channels of [1, 2]) {
      const config = { objectType: 2, sampleRate: 44_100, channels };
      expect(parseAacSpecificConfig(aacSpecificConfig(config))).toEqual(config);
    }
  });

  it.each([
    ['HE-AAC', [0x2b, 0x92]],
    ['six channels', [0x11, 0xb0]],
    ['frames of 960 samples', [0x11, 0x94]],
    ['nothing', []],
  ])('is not taken for %s', (_, bytes) => {
    expect(parseAacSpecificConfig(Uint8Array.from(bytes))).toBeUndefined();
  });
});
