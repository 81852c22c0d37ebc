import { OptionError } from '../core/errors.ts';
import { concatBytes } from './bytes.ts';
import {
  OGG_CONTINUED,
  OGG_FIRST,
  OGG_LAST,
  OGG_MAX_LACING,
  OGG_NO_GRANULE,
  oggLacing,
  writeOggPage,
} from './ogg-page.ts';
import { writeOpusHead } from './opus-head.ts';
import { writeOpusTags } from './opus-tags.ts';
import { opusPacketDurationUs } from './opus.ts';

export interface OggMuxerOptions {
  /** Gets the bytes of each page, in order, synchronously. */
  onPage: (bytes: Uint8Array) => void;
  /** 1 or 2; says how to play, not how the packets are coded. Default 2. */
  channels?: number | undefined;
  /** 48 kHz samples that a player drops at the start. Default 312, the look-ahead of libopus in its audio mode. */
  preSkip?: number | undefined;
  /** How much goes on a page, in microseconds: more is smaller, less is sooner. Default 1 000 000. */
  pageDurationUs?: number | undefined;
  /** How much of the last packet a player drops, in microseconds. Default 0. */
  endTrimUs?: number | undefined;
  /** Tells this stream from others in the same file. Default random. */
  serial?: number | undefined;
  /** Tags as `KEY=value`. Default none. */
  comments?: readonly string[] | undefined;
}

export interface OggOpusMuxer {
  /** Appends one Opus packet; throws {@link MediaFormatError} when it is none. */
  write(packet: Uint8Array): void;
  /** Writes the last page. Nothing may be written after it. */
  end(): void;
}

/**
 * Writes Opus packets into Ogg (RFC 7845), one after the other: packets carry no time, so a gap has to be filled with
 * silence by whoever wants one. A page leaves when the packet after it comes, since the last one bears a mark.
 *
 * @example
 * const muxer = createOggMuxer({ onPage: (bytes) => file.write(bytes) });
 * samples$.subscribe({ next: (sample) => muxer.write(sample.data), complete: () => muxer.end() });
 */
export function createOggMuxer(options: OggMuxerOptions): OggOpusMuxer {
  const { onPage, channels = 2, preSkip = 312, pageDurationUs = 1_000_000, endTrimUs = 0, comments = [] } = options;
  const { serial = Math.floor(Math.random() * 2 ** 32) } = options;
  if (channels !== 1 && channels !== 2) throw new OptionError('options.channels', channels, '1 or 2');

  let sequence = 0;
  /** 48 kHz samples up to the end of what was written. */
  let granule = 0;
  /** The page that is being filled. */
  let flags = OGG_FIRST;
  let pageGranule = OGG_NO_GRANULE;
  let pageUs = 0;
  let lacing: number[] = [];
  let body: Uint8Array[] = [];

  function flush(nextFlags: number): void {
    const page = { flags, granule: pageGranule, serial, sequence: sequence++ };
    onPage(writeOggPage({ ...page, lacing: Uint8Array.from(lacing), body: concatBytes(body) }));
    flags = nextFlags;
    pageGranule = OGG_NO_GRANULE;
    pageUs = 0;
    lacing = [];
    body = [];
  }

  /** Puts a packet on the page, and on the ones after it when the page has no room for more segments. */
  function append(packet: Uint8Array): void {
    let at = 0;
    for (const size of oggLacing(packet.length)) {
      if (lacing.length === OGG_MAX_LACING) flush(at > 0 ? OGG_CONTINUED : 0);
      lacing.push(size);
      body.push(packet.subarray(at, at + size));
      at += size;
    }
    pageGranule = granule;
  }

  append(writeOpusHead({ channels, preSkip, inputRateHz: 48_000 }));
  flush(0);
  append(writeOpusTags({ vendor: 'rxcall', comments }));
  flush(0);

  return {
    write(packet) {
      const durationUs = opusPacketDurationUs(packet);
      if (pageUs > 0 && pageUs + durationUs > pageDurationUs) flush(0);
      pageUs += durationUs;
      granule += (durationUs * 6) / 125;
      append(packet);
    },
    end() {
      flags |= OGG_LAST;
      pageGranule = granule - Math.round((endTrimUs * 6) / 125);
      flush(0);
    },
  };
}
