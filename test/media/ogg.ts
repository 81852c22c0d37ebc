import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Sample } from '../../src/core/sample.ts';
import { createOggDemuxer, type OggDemuxerOptions, type OggOpusDemuxer } from '../../src/media/ogg-demuxer.ts';
import { createOggMuxer, type OggMuxerOptions } from '../../src/media/ogg-muxer.ts';
import { oggPageBytes, readOggPage, type OggPage } from '../../src/media/ogg-page.ts';
import { encodeOpus } from './ffmpeg.ts';

export const TONE = 'sine=440:sample_rate=48000';

/** Everything that comes out of some Ogg bytes, given in one piece or in the chunks they are cut into. */
export function demuxOgg(
  bytes: Uint8Array | readonly Uint8Array[],
  options: Omit<OggDemuxerOptions, 'onSample'> = {},
): { samples: Sample[]; demuxer: OggOpusDemuxer } {
  const samples: Sample[] = [];
  const demuxer = createOggDemuxer({ ...options, onSample: (sample) => samples.push(sample) });
  for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) demuxer.push(chunk);
  demuxer.end();
  return { samples, demuxer };
}

/** The pages that hold these packets. */
export function muxOgg(packets: readonly Uint8Array[], options: Omit<OggMuxerOptions, 'onPage'> = {}): Uint8Array[] {
  const pages: Uint8Array[] = [];
  const muxer = createOggMuxer({ serial: 1, ...options, onPage: (bytes) => pages.push(bytes) });
  for (const packet of packets) muxer.write(packet);
  muxer.end();
  return pages;
}

/** The pages of an Ogg file that is known to be intact. */
export function pagesOf(bytes: Uint8Array): OggPage[] {
  const pages: OggPage[] = [];
  for (let at = 0; at < bytes.length; at += oggPageBytes(pages.at(-1)!)) pages.push(readOggPage(bytes, at) as OggPage);
  return pages;
}

/** Opus packets made by libopus. */
export function opusPackets(input: string, args: readonly string[]): Uint8Array[] {
  return demuxOgg(encodeOpus(input, args)).samples.map((sample) => sample.data);
}

/** Samples as short lines, time and fingerprint, whose differences can be read. */
export function outline(samples: readonly Sample[]): string[] {
  return samples.map((sample) => `${sample.ptsUs} +${sample.durationUs} ${fingerprint(sample.data)}`);
}

export function fingerprint(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex').slice(0, 8)}`;
}

/** The places at which a sample does not begin where the one before it ended. */
export function gaps(samples: readonly Sample[]): number[] {
  let endUs = 0;
  return samples
    .filter((sample) => {
      const isGap = sample.ptsUs !== endUs;
      endUs = sample.ptsUs + sample.durationUs;
      return isGap;
    })
    .map((sample) => sample.ptsUs);
}

/** End of the last sample. */
export function lengthUs(samples: readonly Sample[]): number {
  const last = samples.at(-1)!;
  return last.ptsUs + last.durationUs;
}

/** Ways to cut `bytes` into chunks: many small and a few large ones, some of them empty. */
export function anyChunks(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat({ max: bytes.length }), { maxLength: 40, size: 'max' }).map((cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    // Copies, so that a sample that looked beyond its chunk would be found out.
    return places.slice(1).map((end, index) => bytes.slice(places[index], end));
  });
}
