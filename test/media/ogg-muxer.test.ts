import { describe, expect, it } from 'vitest';
import { MediaFormatError, OptionError } from '../../src/core/errors.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { createOggMuxer } from '../../src/media/ogg-muxer.ts';
import { opusSilence } from '../../src/media/opus.ts';
import { requires } from '../requires.ts';
import { decodePcm, encodeOpus, ffprobe } from './ffmpeg.ts';
import { demuxOgg, muxOgg, pagesOf, TONE } from './ogg.ts';

describe('createOggMuxer', () => {
  const song = encodeOpus(TONE, ['-t', '2', '-ac', '2']);
  const { samples, demuxer } = demuxOgg(song);
  const packets = samples.map((sample) => sample.data);

  it.each([20_000, 200_000, 1_000_000, Infinity])('loses nothing with pages of %d µs', (pageDurationUs) => {
    const { preSkip } = demuxer.head!;
    const { endTrimUs } = demuxer.getStats();
    const again = concatBytes(muxOgg(packets, { preSkip, endTrimUs, pageDurationUs }));
    expect(Buffer.compare(bytesOf(decodePcm(again, 2)), bytesOf(decodePcm(song, 2)))).toBe(0);
  });

  it.runIf(requires('ffprobe'))('makes files that ffprobe reads, tags included', () => {
    const bytes = concatBytes(muxOgg(packets, { endTrimUs: 13_500, comments: ['TITLE=Øre', 'ARTIST=nobody'] }));
    const probe = ffprobe(['-show_streams'], bytes);
    expect(probe).toMatchObject({
      streams: [{ codec_name: 'opus', channels: 2, tags: { TITLE: 'Øre', ARTIST: 'nobody' } }],
    });
    const last = pagesOf(bytes).at(-1)!;
    expect((last.granule - 312) / 48_000).toBe(2);
  });

  it('lets a page go when the packet after it comes, and marks the last one', () => {
    const pages: Uint8Array[] = [];
    const muxer = createOggMuxer({ pageDurationUs: 40_000, onPage: (bytes) => pages.push(bytes) });
    expect(pages).toHaveLength(2);
    for (let i = 0; i < 5; i++) muxer.write(opusSilence(20_000));
    expect(pages).toHaveLength(4);
    muxer.end();
    expect(pagesOf(concatBytes(pages)).map((page) => [page.flags, page.granule, page.lacing.length])).toEqual([
      [2, 0, 1],
      [0, 0, 1],
      [0, 1920, 2],
      [0, 3840, 2],
      [4, 4800, 1],
    ]);
  });

  it('ends well without a packet', () => {
    expect(demuxOgg(muxOgg([])).samples).toEqual([]);
  });

  it('refuses what is no Opus packet, and options out of range', () => {
    const muxer = createOggMuxer({ onPage: () => {} });
    expect(() => muxer.write(new Uint8Array(0))).toThrow(MediaFormatError);
    expect(() => createOggMuxer({ onPage: () => {}, channels: 6 })).toThrow(OptionError);
  });
});

function bytesOf(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}
