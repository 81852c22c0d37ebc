import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/media/bytes.ts';
import { readOggPage, writeOggPage, type OggPage } from '../../src/media/ogg-page.ts';
import { encodeOpus } from './ffmpeg.ts';
import { demuxOgg, muxOgg, opusPackets, TONE } from './ogg.ts';
import { fingerprint, outline } from './samples.ts';

const packets = opusPackets(TONE, ['-t', '2']);
const pages = muxOgg(packets, { pageDurationUs: 100_000 });
const intact = demuxOgg(pages).samples;
const strict = (bytes: readonly Uint8Array[]) => () => demuxOgg(bytes, { strict: true });

describe('damage', () => {
  it('costs the page it is in, and nothing else', () => {
    const middle = pages[8]!;
    const expected = outline(intact.toSpliced(30, 5));
    fc.assert(
      fc.property(fc.nat({ max: 8 * middle.length - 1 }), (bit) => {
        const damaged = middle.slice();
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        const { samples, demuxer } = demuxOgg(pages.with(8, damaged));
        expect(outline(samples)).toEqual(expected);
        expect(demuxer.getStats()).toMatchObject({ damages: 1, skippedBytes: middle.length, holes: 1 });
      }),
    );
  });

  it('of a page size near the end does not swallow the pages behind it', () => {
    const damaged = pages.at(-3)!.slice();
    damaged.fill(255, 26, 32); // claims more segments, and larger ones, than there are bytes left
    expect(outline(demuxOgg(pages.with(-3, damaged)).samples)).toEqual(outline(intact.toSpliced(-11, 5)));
  });

  it('between pages is passed over', () => {
    const junk = fc.uint8Array({ minLength: 1, maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(junk, fc.integer({ min: 2, max: 20 }), (bytes, place) => {
        const { samples, demuxer } = demuxOgg(pages.toSpliced(place, 0, bytes));
        expect(outline(samples)).toEqual(outline(intact));
        expect(demuxer.getStats()).toMatchObject({ damages: 1, skippedBytes: bytes.length, holes: 0 });
      }),
    );
  });

  it('that looks like the start of a page does not hide the real one', () => {
    const fake = pages[5]!.slice(0, 20);
    const { samples, demuxer } = demuxOgg(pages.toSpliced(6, 0, fake));
    expect(outline(samples)).toEqual(outline(intact));
    expect(demuxer.getStats()).toMatchObject({ damages: 1, skippedBytes: 20, holes: 0 });
  });

  it('is not seen in page numbers that begin anew after 32 bits', () => {
    const late = pages.map((page, index) =>
      writeOggPage({ ...(readOggPage(page, 0) as OggPage), sequence: (0xfffffff8 + index) >>> 0 }),
    );
    const { samples, demuxer } = demuxOgg(late);
    expect(outline(samples)).toEqual(outline(intact));
    expect(demuxer.getStats().holes).toBe(0);
  });

  it('before the first page is passed over: a stream joined in the middle of a page', () => {
    const { samples, demuxer } = demuxOgg([pages[9]!.subarray(50), ...pages]);
    expect(outline(samples)).toEqual(outline(intact));
    expect(demuxer.getStats().skippedBytes).toBe(pages[9]!.length - 50);
  });

  it('inside a packet whose page is intact leaves that packet out', () => {
    const bytes = muxOgg(packets.slice(0, 3)).map((page, index) => {
      if (index < 2) return page;
      const { lacing, body, ...rest } = readOggPage(page, 0) as OggPage;
      return writeOggPage({ ...rest, lacing: Uint8Array.of(...lacing, 0, 1), body: Uint8Array.of(...body, 0xff) });
    });
    const { samples, demuxer } = demuxOgg(bytes);
    expect(outline(samples)).toEqual(outline(intact.slice(0, 3)));
    expect(demuxer.getStats().invalidPackets).toBe(2);
    expect(strict(bytes)).toThrow('not an Opus packet');
  });

  it('may cut the file off anywhere', () => {
    const whole = encodeOpus(TONE, ['-t', '2', '-page_duration', '100000']);
    fc.assert(
      fc.property(fc.integer({ min: 200, max: whole.length }), (length) => {
        const { samples } = demuxOgg(whole.slice(0, length));
        expect(outline(samples)).toEqual(outline(intact.slice(0, samples.length)));
      }),
    );
  });

  it('is an error in strict mode, which names the place', () => {
    const damaged = pages[8]!.slice();
    damaged[100]! ^= 1;
    const place = concatBytes(pages.slice(0, 8)).length;
    expect(strict(pages)).not.toThrow();
    expect(strict(pages.with(8, damaged))).toThrow(`malformed at byte ${place}: no intact page`);
    expect(strict(pages.toSpliced(8, 1))).toThrow(`malformed at byte ${place}: pages are missing`);
    expect(strict(pages.with(-1, pages.at(-1)!.slice(0, 50)))).toThrow('no intact page');
  });

  it('is told from intact pages by a checksum that agrees with ffmpeg, byte for byte', () => {
    const file = encodeOpus(TONE, ['-t', '0.5']);
    const page = readOggPage(file, 0) as OggPage;
    expect(fingerprint(writeOggPage(page))).toBe(fingerprint(file.subarray(0, writeOggPage(page).length)));
    expect(readOggPage(file.with(22, file[22]! ^ 1), 0)).toBe('corrupt');
  });
});
