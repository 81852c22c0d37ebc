import { describe, expect, it } from 'vitest';
import { writeOggPage, type OggPage } from '../../src/media/ogg-page.ts';
import { encodeOpus } from './ffmpeg.ts';
import { demuxOgg, muxOgg, pagesOf, TONE } from './ogg.ts';
import { outline } from './samples.ts';

const song = encodeOpus(TONE, ['-t', '2', '-page_duration', '200000']);
const intact = demuxOgg(song).samples;
const packets = intact.map((sample) => sample.data);

/** The song with other positions on its audio pages. */
function reposition(change: (page: OggPage) => number): Uint8Array[] {
  return pagesOf(song).map((page, index) => writeOggPage(index < 2 ? page : { ...page, granule: change(page) }));
}

describe('granule positions', () => {
  it('tell where a stream captured in the middle started; its first sample is at 0 all the same', () => {
    const hours = 30;
    const { samples, demuxer } = demuxOgg(reposition((page) => page.granule + 48_000 * 3600 * hours));
    expect(outline(samples)).toEqual(outline(intact));
    expect(demuxer.getStats()).toMatchObject({ startUs: hours * 3_600_000_000, endTrimUs: 13_500 });
  });

  it('never round the durations: nonsense in them changes nothing', () => {
    const { samples } = demuxOgg(reposition((page) => (page.granule * 7919) % 1_000_003));
    expect(outline(samples)).toEqual(outline(intact));
  });

  it('trim the end of a file, one page long or more', () => {
    const pages = pagesOf(encodeOpus(TONE, ['-t', '0.1']));
    expect(pages).toHaveLength(3);
    const { samples, demuxer } = demuxOgg(pages.map(writeOggPage));
    expect(samples).toHaveLength(6);
    expect(demuxer.getStats()).toMatchObject({ startUs: 0, endTrimUs: 13_500 });
    expect(demuxOgg(song).demuxer.getStats()).toMatchObject({ startUs: 0, endTrimUs: 13_500 });
  });

  it('leave out packets that lie wholly past the end', () => {
    const trimmed = (endTrimUs: number) => demuxOgg(muxOgg(packets.slice(0, 10), { endTrimUs }));
    expect(outline(trimmed(45_000).samples)).toEqual(outline(intact.slice(0, 8)));
    expect(trimmed(45_000).demuxer.getStats().endTrimUs).toBe(5_000);
    expect(outline(trimmed(40_000).samples)).toEqual(outline(intact.slice(0, 8)));
    expect(trimmed(40_000).demuxer.getStats().endTrimUs).toBe(0);
  });

  it('before the last page cannot trim: such an end is not believed', () => {
    const last = pagesOf(song).at(-1)!;
    const { samples, demuxer } = demuxOgg(
      reposition((page) => page.granule - (page.flags === last.flags ? 48_000 : 0)),
    );
    expect(outline(samples)).toEqual(outline(intact));
    expect(demuxer.getStats().endTrimUs).toBe(0);
  });

  it('tell how much was lost where pages are missing', () => {
    const pages = muxOgg(packets, { pageDurationUs: 100_000 });
    const { samples, demuxer } = demuxOgg(pages.toSpliced(5, 2));
    expect(outline(samples)).toEqual(outline(intact.toSpliced(15, 10)));
    expect(demuxer.getStats()).toMatchObject({ holes: 1, damages: 0, skippedBytes: 0 });
  });

  it('are not believed where they would open a hole of hours', () => {
    const pages = muxOgg(packets, { pageDurationUs: 100_000 }).toSpliced(5, 1);
    const far = pagesOf(pages[5]!)[0]!;
    const { samples } = demuxOgg(pages.with(5, writeOggPage({ ...far, granule: 48_000 * 3600 * 10 })));
    expect(samples[15]?.ptsUs).toBe(300_000);
  });
});
