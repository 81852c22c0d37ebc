import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/media/bytes.ts';
import {
  OGG_CONTINUED,
  OGG_LAST,
  OGG_NO_GRANULE,
  oggLacing,
  readOggPage,
  writeOggPage,
  type OggPage,
} from '../../src/media/ogg-page.ts';
import { opusPacketDurationUs, opusSilence } from '../../src/media/opus.ts';
import { demuxOgg, muxOgg, opusPackets } from './ogg.ts';
import { fingerprint, gaps, outline } from './samples.ts';

const NOISE = 'anoisesrc=sample_rate=48000:amplitude=0.9:seed=1';
const large = opusPackets(NOISE, ['-t', '3', '-ac', '2', '-b:a', '510k', '-frame_duration', '60', '-vbr', 'off']);

/** One page after the other with as many segments as told, whatever packets that cuts through. */
function paginate(packets: readonly Uint8Array[], segmentsPerPage: readonly number[]): Uint8Array[] {
  const pages = muxOgg([]).slice(0, 2);
  const body = concatBytes(packets);
  const sizes = packets.flatMap((packet) => oggLacing(packet.length));
  const durations = packets.map(opusPacketDurationUs);
  let granule = 0;
  let bodyAt = 0;
  let continued = false;
  for (let begin = 0, page = 0; begin < sizes.length; page++) {
    const lacing = sizes.slice(begin, (begin += segmentsPerPage[page] ?? 1));
    const ended = lacing.filter((size) => size < 255).length;
    for (const durationUs of durations.splice(0, ended)) granule += (durationUs * 48) / 1000;
    pages.push(
      writeOggPage({
        flags: (continued ? OGG_CONTINUED : 0) | (begin >= sizes.length ? OGG_LAST : 0),
        granule: ended > 0 ? granule : OGG_NO_GRANULE,
        serial: 1,
        sequence: page + 2,
        lacing: Uint8Array.from(lacing),
        body: body.subarray(bodyAt, (bodyAt += lacing.reduce((sum, size) => sum + size, 0))),
      }),
    );
    continued = lacing.at(-1) === 255;
  }
  return pages;
}

describe('packets over several pages', () => {
  it('are put together again', () => {
    expect(new Set(large.map((packet) => packet.length))).toEqual(new Set([3825])); // 15 segments of 255, and one of 0
    const pages = muxOgg(large, { pageDurationUs: Infinity }); // a page is full in the middle of the 16th packet
    const { samples, demuxer } = demuxOgg(pages);
    expect(pages).toHaveLength(2 + Math.ceil((large.length * 16) / 255));
    expect(samples.map((sample) => fingerprint(sample.data))).toEqual(large.map(fingerprint));
    expect(gaps(samples)).toEqual([]);
    expect(demuxer.getStats()).toMatchObject({ holes: 0, damages: 0, invalidPackets: 0 });
  });

  it('may begin and end on any segment of any page', () => {
    const packets = [large[0]!, opusSilence(20_000), large[1]!.subarray(0, 255), large[2]!.subarray(0, 510), large[3]!];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 50, maxLength: 50 }), (segmentsPerPage) => {
        const { samples } = demuxOgg(paginate(packets, segmentsPerPage));
        expect(samples.map((sample) => fingerprint(sample.data))).toEqual(packets.map(fingerprint));
        expect(gaps(samples)).toEqual([]);
      }),
    );
  });

  it('are left out whole when one of their pages is missing, and the others keep their time', () => {
    const pages = paginate(large.slice(0, 8), Array<number>(60).fill(4));
    const intact = outline(demuxOgg(pages).samples);
    const firstPacketPages = 4;
    for (let lost = 2 + firstPacketPages; lost < pages.length; lost++) {
      const { samples, demuxer } = demuxOgg(pages.toSpliced(lost, 1));
      const cut = intact.filter((line) => !outline(samples).includes(line));
      expect(cut.length).toBeGreaterThan(0);
      expect(cut.length).toBeLessThanOrEqual(2);
      expect(outline(samples)).toEqual(intact.filter((line) => !cut.includes(line)));
      if (lost < pages.length - 1) expect(demuxer.getStats().holes).toBe(1);
    }
  });

  it('are not mixed up when the flag that says so is wrong', () => {
    const pages = paginate(large.slice(0, 4), Array<number>(60).fill(4));
    const unfinished = [...pages.slice(0, 4), ...muxOgg([large[3]!]).slice(2)];
    const renumbered = unfinished.map(renumber);
    expect(demuxOgg(renumbered).samples.map((sample) => fingerprint(sample.data))).toEqual([fingerprint(large[3]!)]);

    const headless = pages.toSpliced(2, 4).map((page, index) => renumber(page, index));
    expect(demuxOgg(headless).samples.map((sample) => fingerprint(sample.data))).toEqual(
      large.slice(1, 4).map(fingerprint),
    );
  });

  it('over 1 MiB are passed over, as tags with a picture may be', () => {
    const picture = 'x'.repeat(600_000);
    const { samples, demuxer } = demuxOgg(muxOgg(large, { comments: [`A=${picture}`, `B=${picture}`] }));
    expect(demuxer.tags).toBeUndefined();
    expect(samples).toHaveLength(large.length);
  });
});

function renumber(page: Uint8Array, sequence: number): Uint8Array {
  return writeOggPage({ ...(readOggPage(page, 0) as OggPage), sequence });
}
