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
