import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { createOggDemuxer } from '../../src/media/ogg-demuxer.ts';
import { OGG_FIRST, writeOggPage } from '../../src/media/ogg-page.ts';
import { writeOpusHead } from '../../src/media/opus-head.ts';
import { encodeOpus, ffmpeg } from './ffmpeg.ts';
import { demuxOgg, muxOgg, TONE } from './ogg.ts';
import { anyChunks, fingerprint, gaps, lengthUs, outline } from './samples.ts';

const song = encodeOpus(TONE, ['-t', '2', '-page_duration', '200000']);
const whole = demuxOgg(song).samples;
const packets = whole.map((sample) => sample.data);

describe('an Ogg file made by ffmpeg', { timeout: 60_000 }, () => {
  it.each([
    ['one second a page (the default)', []],
    ['one packet a page', ['-page_duration', '1']],
    ['five seconds a page', ['-page_duration', '5000000']],
  ])('gives the same packets with %s', (_, args) => {
    const { samples } = demuxOgg(encodeOpus(TONE, ['-t', '2', ...args]));
    expect(outline(samples)).toEqual(outline(whole));
    expect(samples).toHaveLength(101); // 2 s, and a bit for the pre-skip
  });

  it.each([2.5, 5, 10, 20, 40, 60, 80, 100, 120].flatMap((ms) => [[ms, 1] as const, [ms, 2] as const]))(
    'takes the duration from the packets: frames of %d ms, %i channels',
    (frameMs, channels) => {
      const format = ['-frame_duration', String(frameMs), '-ac', String(channels)];
      const { samples, demuxer } = demuxOgg(encodeOpus(TONE, ['-t', '3', ...format]));
      expect(new Set(samples.map((sample) => sample.durationUs))).toEqual(new Set([frameMs * 1000]));
      expect(gaps(samples)).toEqual([]);
      expect(demuxer.head).toMatchObject({ channels, mappingFamily: 0, streams: 1, inputRateHz: 48_000 });
      const { endTrimUs } = demuxer.getStats();
      expect(lengthUs(samples) - endTrimUs - demuxer.head!.preSkip / 0.048).toBe(3_000_000);
    },
    60_000,
  );

  it('counts ten minutes to the microsecond', { timeout: 120_000 }, () => {
    const { samples, demuxer } = demuxOgg(encodeOpus('anullsrc=sample_rate=48000:cl=mono', ['-t', '600']));
    expect(samples).toHaveLength(30_001);
    expect(gaps(samples)).toEqual([]);
    // 600 s of sound, 6.5 ms of pre-skip in front, and the rest of the last packet behind.
    expect(lengthUs(samples)).toBe(600_020_000);
    expect(demuxer.getStats()).toMatchObject({ samples: 30_001, links: 1, endTrimUs: 13_500, holes: 0, damages: 0 });
  });

  it('reads the tags, several pages of them', () => {
    const verse = 'la '.repeat(30_000).trim();
    const tags = ['one', 'two'].flatMap((name) => ['-metadata', `${name}=${verse}`]);
    const { samples, demuxer } = demuxOgg(encodeOpus(TONE, ['-t', '2', ...tags]));
    expect(demuxer.tags?.vendor).toMatch(/^Lav/);
    expect(demuxer.tags?.comments).toEqual(expect.arrayContaining([`one=${verse}`, `two=${verse}`]));
    expect(outline(samples)).toEqual(outline(whole));
  });

  it('goes on in time when files are chained, with the header of each', () => {
    const stereo = encodeOpus(TONE, ['-t', '1', '-ac', '2', '-frame_duration', '60']);
    const heads = new Map<number, number>();
    const samples: Sample[] = [];
    const demuxer = createOggDemuxer({
      onSample: (sample) => {
        samples.push(sample);
        heads.set(demuxer.head!.channels, (heads.get(demuxer.head!.channels) ?? 0) + 1);
      },
    });
    for (const file of [song, stereo, song]) demuxer.push(file);
    demuxer.end();
    expect([...heads]).toEqual([
      [1, 202],
      [2, 17],
    ]);
    expect(gaps(samples)).toEqual([]);
    expect(demuxer.getStats()).toMatchObject({ links: 3, holes: 0, damages: 0 });
  });

  it('takes the Opus stream out of a file with video beside it', () => {
    const video = ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=10', '-f', 'lavfi', '-i', TONE, '-t', '2'];
    const bytes = ffmpeg([...video, '-c:v', 'libtheora', '-c:a', 'libopus', '-compression_level', '0', '-f', 'ogg']);
    const { samples, demuxer } = demuxOgg(bytes);
    expect(outline(samples)).toEqual(outline(whole));
    expect(demuxer.getStats()).toMatchObject({ links: 1, holes: 0, damages: 0 });
  });

  it('stamps its segment on every sample', () => {
    const segment = new Segment();
    const { samples } = demuxOgg(song, { segment });
    expect(samples.every((sample) => sample.segment === segment)).toBe(true);
    expect(samples[0]).toMatchObject({ kind: 'audio', codec: 'opus', keyframe: true, ptsUs: 0 });
  });
});

describe('chunks', () => {
  it('may be cut anywhere', () => {
    fc.assert(
      fc.property(anyChunks(song), (chunks) => {
        expect(outline(demuxOgg(chunks).samples)).toEqual(outline(whole));
      }),
    );
  });

  it('may be single bytes', () => {
    const bytes = Array.from(song, (byte) => Uint8Array.of(byte));
    expect(outline(demuxOgg(bytes).samples)).toEqual(outline(whole));
  });

  it('are never written into, nor are samples that were handed out', () => {
    const chunks = Array.from({ length: Math.ceil(song.length / 700) }, (_, i) => song.slice(i * 700, i * 700 + 700));
    const { samples } = demuxOgg(chunks);
    expect(fingerprint(concatBytes(chunks))).toBe(fingerprint(song));
    expect(outline(samples)).toEqual(outline(whole));
  });

  it('deliver each packet as soon as its page is complete', () => {
    const pages = muxOgg(packets, { pageDurationUs: 20_000 });
    const seen: number[] = [];
    const demuxer = createOggDemuxer({ onSample: (sample) => seen.push(sample.ptsUs) });
    pages.forEach((page, index) => {
      demuxer.push(page);
      expect(seen).toHaveLength(Math.max(0, index - 1)); // two pages of headers
    });
  });
});

describe('what is not Opus in Ogg', () => {
  const plainHead = writeOpusHead({ channels: 2, preSkip: 312, inputRateHz: 48_000 });
  const firstPage = (body: Uint8Array): Uint8Array =>
    writeOggPage({ flags: OGG_FIRST, granule: 0, serial: 1, sequence: 0, lacing: Uint8Array.of(body.length), body });

  it.each([
    ['Vorbis', ['-c:a', 'libvorbis']],
    ['FLAC', ['-c:a', 'flac']],
  ])('is refused by name: %s', (name, codec) => {
    const bytes = ffmpeg(['-f', 'lavfi', '-i', TONE, '-t', '0.5', ...codec, '-f', 'ogg']);
    expect(() => demuxOgg(bytes)).toThrow(`carries ${name}, but no Opus`);
    expect(() => demuxOgg(bytes)).toThrow(MediaFormatError);
  });

  it('is refused when it comes as a later link of a chain', () => {
    const vorbis = ffmpeg(['-f', 'lavfi', '-i', TONE, '-t', '0.5', '-c:a', 'libvorbis', '-f', 'ogg']);
    const seen: Sample[] = [];
    const demuxer = createOggDemuxer({ onSample: (sample) => seen.push(sample) });
    demuxer.push(song);
    expect(() => demuxer.push(vorbis)).toThrow('carries Vorbis, but no Opus');
    expect(seen).toHaveLength(101);
  });

  it('is refused when a packet holds several streams (surround)', () => {
    const surround = ffmpeg(['-f', 'lavfi', '-i', 'anullsrc=cl=5.1', '-t', '0.2', '-c:a', 'libopus', '-f', 'ogg']);
    expect(() => demuxOgg(surround)).toThrow('6 channels in 4 Opus streams');
  });

  it('is taken when the surround mapping says plain stereo', () => {
    const stereo = encodeOpus(TONE, ['-t', '0.2', '-ac', '2', '-mapping_family', '1']);
    const { samples, demuxer } = demuxOgg(stereo);
    expect(demuxer.head).toMatchObject({ mappingFamily: 1, streams: 1, channels: 2 });
    expect(samples).toHaveLength(11);
  });

  it.each([
    ['a version to come', 8, 0x10],
    ['no channel', 9, 0],
    ['three channels in family 0', 9, 3],
    ['a mapping that is cut off', 18, 1],
  ])('is refused for its header: %s', (_, place, value) => {
    const head = plainHead.with(place, value);
    expect(() => demuxOgg(firstPage(head))).toThrow(MediaFormatError);
  });

  it('is refused when its channels have no meaning (mapping family 255), taken when its version is a small step', () => {
    const unmapped = concatBytes([plainHead.with(18, 255), Uint8Array.of(1, 1, 0, 0)]);
    expect(() => demuxOgg(firstPage(unmapped))).toThrow('mapping family 255');
    expect(demuxOgg(firstPage(plainHead.with(8, 2))).demuxer.head).toMatchObject({ channels: 2, preSkip: 312 });
  });

  it('is refused when nothing begins in the first 256 KiB, however it is cut', () => {
    const junk = new Uint8Array(300_000).fill(0x4f);
    expect(() => demuxOgg(junk)).toThrow('no Opus stream begins');
    expect(() => demuxOgg([junk, song])).toThrow('no Opus stream begins');
    expect(() => demuxOgg(concatBytes([junk, song]))).toThrow('no Opus stream begins');
    expect(demuxOgg(concatBytes([junk.subarray(0, 200_000), song])).samples).toHaveLength(101);
  });

  it('is refused at its end when there was nothing', () => {
    expect(() => demuxOgg([])).toThrow('ended before an Opus stream began');
    expect(() => demuxOgg(song.subarray(0, 30))).toThrow(MediaFormatError);
  });

  it('never throws anything but MediaFormatError, and never loops', () => {
    const start = concatBytes(muxOgg(packets.slice(0, 3)));
    const junk = fc.uint8Array({ maxLength: 2_000, size: 'max' });
    const pageLike = junk.map((bytes) => concatBytes([Uint8Array.of(0x4f, 0x67, 0x67, 0x53, 0), bytes]));
    const anyPage = fc
      .record({
        flags: fc.nat({ max: 7 }),
        granule: fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number)),
        serial: fc.constantFrom(1, 2),
        sequence: fc.constantFrom(0, 1, 2, 3, 0xffffffff),
        lacing: fc.uint8Array({ maxLength: 8 }),
      })
      .map((page) => {
        const size = page.lacing.reduce((sum, value) => sum + value, 0);
        return writeOggPage({ ...page, body: new Uint8Array(size).fill(0xfc) });
      });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(start), junk, pageLike, anyPage), { maxLength: 8 }), (pieces) => {
        try {
          for (const { ptsUs } of demuxOgg(concatBytes(pieces)).samples) expect(ptsUs).toSatisfy(Number.isSafeInteger);
        } catch (error) {
          if (!(error instanceof MediaFormatError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
