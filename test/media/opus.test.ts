import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError, OptionError } from '../../src/core/errors.ts';
import {
  OPUS_SILENCE,
  opusFrameCount,
  opusFrameDurationUs,
  opusPacketDurationUs,
  opusSilence,
} from '../../src/media/opus.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { decodePcm } from './ffmpeg.ts';
import { muxOgg, opusPackets } from './ogg.ts';

const mux = (packets: readonly Uint8Array[], channels: number): Uint8Array =>
  concatBytes(muxOgg(packets, { channels, preSkip: 0 }));

const toc = (config: number, code: number, ...rest: number[]): Uint8Array =>
  Uint8Array.of((config << 3) | code, ...rest);

describe('opusPacketDurationUs', () => {
  it.each([
    ['SILK 10 ms', 0, 10_000],
    ['SILK 20 ms', 1, 20_000],
    ['SILK 40 ms', 6, 40_000],
    ['SILK 60 ms', 11, 60_000],
    ['hybrid 10 ms', 12, 10_000],
    ['hybrid 20 ms', 15, 20_000],
    ['CELT 2.5 ms', 16, 2_500],
    ['CELT 5 ms', 21, 5_000],
    ['CELT 10 ms', 26, 10_000],
    ['CELT 20 ms', 31, 20_000],
  ])('reads %s from the configuration number', (_, config, durationUs) => {
    expect(opusPacketDurationUs(toc(config, 0))).toBe(durationUs);
  });

  it('multiplies by the number of frames, for every frame count code', () => {
    expect(opusPacketDurationUs(toc(31, 1))).toBe(40_000);
    expect(opusPacketDurationUs(toc(31, 2))).toBe(40_000);
    expect(opusPacketDurationUs(toc(31, 3, 6))).toBe(120_000);
    expect(opusPacketDurationUs(toc(31, 3, 0b1100_0011))).toBe(60_000); // padded, variable sizes: flags, not frames
    expect(opusPacketDurationUs(toc(16, 3, 48))).toBe(120_000);
  });

  it('refuses what no Opus packet looks like', () => {
    expect(() => opusPacketDurationUs(new Uint8Array(0))).toThrow(MediaFormatError);
    expect(() => opusPacketDurationUs(toc(31, 3))).toThrow('ends before its frame count');
    expect(() => opusPacketDurationUs(toc(31, 3, 0))).toThrow('no frame');
    expect(() => opusPacketDurationUs(toc(31, 3, 7))).toThrow('140 ms');
    expect(() => opusPacketDurationUs(toc(3, 3, 3))).toThrow('180 ms');
  });

  it('gives a legal duration or throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        try {
          const durationUs = opusPacketDurationUs(bytes);
          expect(durationUs % 2_500).toBe(0);
          expect(durationUs).toBeGreaterThan(0);
          expect(durationUs).toBeLessThanOrEqual(120_000);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
    );
  });
});

describe('opusSilence', () => {
  const durations = [2_500, 5_000, 7_500, 10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 120_000];

  it.each(durations)('makes a packet of %i µs out of the longest frames that fit', (durationUs) => {
    const packet = opusSilence(durationUs);
    expect(opusPacketDurationUs(packet)).toBe(durationUs);
    expect(opusFrameCount(packet)).toBe(durationUs / opusFrameDurationUs(packet));
    expect(packet[0]! & 4).toBe(0); // mono
  });

  it('is the well-known three bytes at 20 ms', () => {
    expect(opusSilence(20_000)).toBe(OPUS_SILENCE);
    expect([...OPUS_SILENCE]).toEqual([0xf8, 0xff, 0xfe]);
  });

  it.each([0, -20_000, 1_000, 122_500, 20_001, NaN, Infinity])('refuses %d µs', (durationUs) => {
    expect(() => opusSilence(durationUs)).toThrow(OptionError);
  });

  it.each([
    ['libopus', 1],
    ['libopus', 2],
    ['opus', 2],
  ])('decodes as digital silence of exactly its duration (%s, %i channels)', (decoder, channels) => {
    for (const durationUs of durations) {
      const repeats = Math.ceil(240_000 / durationUs);
      const pcm = decodePcm(mux(Array(repeats).fill(opusSilence(durationUs)), channels), channels, decoder);
      expect(pcm.length / channels).toBe((repeats * durationUs * 48) / 1000);
      expect(pcm.every((level) => level === 0)).toBe(true);
    }
  });

  it('silences a loud stereo stream within its first 20 ms and lets it come back', () => {
    const loud = opusPackets('sine=440:sample_rate=48000,volume=8', ['-t', '0.6', '-ac', '2', '-b:a', '128k']);
    const silence = Array<Uint8Array>(10).fill(OPUS_SILENCE);
    const pcm = decodePcm(mux([...loud.slice(0, 10), ...silence, ...loud.slice(20, 30)], 2), 2);
    const peak = (fromMs: number, toMs: number): number =>
      pcm.subarray(fromMs * 96, toMs * 96).reduce((most, level) => Math.max(most, Math.abs(level)), 0);
    expect(peak(100, 200)).toBeGreaterThan(10_000);
    expect(peak(220, 400)).toBe(0);
    expect(peak(450, 600)).toBeGreaterThan(10_000);
  });
});
