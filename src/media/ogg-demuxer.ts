import { MediaFormatError } from '../core/errors.ts';
import { beginsWith } from './bytes.ts';
import type { Demuxer, DemuxerOptions } from './demuxer.ts';
import { OggOpusTimeline } from './ogg-opus-timeline.ts';
import { OggPacketJoiner } from './ogg-packet-joiner.ts';
import { OggPageReader } from './ogg-page-reader.ts';
import { OGG_FIRST, type OggPage } from './ogg-page.ts';
import { opusPacketDurationUs } from './opus.ts';
import { isOpusHead, parseOpusHead, type OpusHead } from './opus-head.ts';
import { isOpusTags, parseOpusTags, type OpusTags } from './opus-tags.ts';

export interface OggDemuxerOptions extends DemuxerOptions {
  /** Throw at the first damaged page, lost page or invalid packet instead of passing over it. Default false. */
  strict?: boolean | undefined;
}

/** What an Ogg demultiplexer has seen so far. */
export interface OggStats {
  /** Opus streams begun, one after the other; more than 1 in a chained file. */
  readonly links: number;
  readonly samples: number;
  /** Places at which the bytes were not those of an intact page, and how many bytes that cost. */
  readonly damages: number;
  readonly skippedBytes: number;
  /** Places at which the page numbers say that pages are missing. */
  readonly holes: number;
  /** Packets left out because no Opus packet looks like that. */
  readonly invalidPackets: number;
  /** Where the first sample of the present link starts on the stream's own clock; not 0 when captured in the middle. */
  readonly startUs: number;
  /** How much of the last sample lies past the end that the file declares. */
  readonly endTrimUs: number;
}

export interface OggOpusDemuxer extends Demuxer {
  /** The header of the present link; undefined before it was read. */
  readonly head: OpusHead | undefined;
  /** The tags of the present link; undefined before they were read, and when they are damaged or over 1 MiB. */
  readonly tags: OpusTags | undefined;
  /**
   * Room for the next chunk, which is not copied then, if nothing else is pushed meanwhile. It is written over what the
   * samples before it are views of.
   */
  reserve(bytes: number): Uint8Array;
  getStats(): OggStats;
}

/** The one Opus stream that is followed, among all that are multiplexed. */
interface Link {
  readonly serial: number;
  readonly joiner: OggPacketJoiner;
  /** Sequence number of the next page. */
  nextPage: number;
}

/** A stream that has not begun after this many bytes never will. */
const MAX_PREAMBLE_BYTES = 256 * 1024;

/** First bytes of what else is found in Ogg. */
const OTHER_CODECS: readonly (readonly [magic: string, name: string])[] = [
  ['\x01vorbis', 'Vorbis'],
  ['\x7fFLAC', 'FLAC'],
  ['\x80theora', 'Theora'],
  ['Speex   ', 'Speex'],
  ['OVP80', 'VP8'],
  ['fishead\0', 'Skeleton'],
];

/**
 * Reads Opus out of Ogg (RFC 3533, RFC 7845): one sample per Opus packet.
 *
 * - `ptsUs` 0 is the start of the first packet, pre-skip included: all packets are passed on, none is shortened.
 *   Packets wholly past the declared end are left out.
 * - `durationUs` is what the packet itself says. The page positions only tell how long missing pages were.
 * - Of several multiplexed streams the first Opus stream is taken. In a chain, time goes on from link to link.
 * - Damaged and missing pages are passed over and counted ({@link OggOpusDemuxer.getStats}).
 *
 * Throws {@link MediaFormatError} when there is no Opus stream, or one of several streams per packet (surround).
 *
 * @example
 * const demuxer = createOggDemuxer({ onSample: (sample) => samples.push(sample) });
 * for await (const chunk of createReadStream('song.opus')) demuxer.push(chunk);
 * demuxer.end();
 */
export function createOggDemuxer(options: OggDemuxerOptions): OggOpusDemuxer {
  const { onSample, segment, strict = false } = options;
  const reader = new OggPageReader({ onPage, strict });
  const timeline = new OggOpusTimeline();
  let link: Link | undefined;
  let head: OpusHead | undefined;
  let tags: OpusTags | undefined;
  /** True while first pages come, which all stand before the first other page of a link. */
  let beginning = false;
  let otherCodecs: string[] = [];
  let links = 0;
  let samples = 0;
  let holes = 0;
  let invalidPackets = 0;

  function onPage(page: OggPage, position: number): void {
    if (!link) checkPreamble(position);
    if ((page.flags & OGG_FIRST) !== 0) {
      beginStream(page, position);
      return;
    }
    beginning = false;
    if (!link && otherCodecs.length > 0) {
      throw new MediaFormatError('Ogg', position, `it carries ${otherCodecs.join(' and ')}, but no Opus`);
    }
    if (link?.serial === page.serial) readData(page, position, link);
  }

  function beginStream(page: OggPage, position: number): void {
    if (!beginning) {
      beginning = true;
      link = undefined;
      otherCodecs = [];
    }
    const packet = page.body;
    if (!isOpusHead(packet)) {
      otherCodecs.push(OTHER_CODECS.find(([magic]) => beginsWith(packet, magic))?.[1] ?? 'an unknown codec');
    } else if (!link) {
      head = readHead(packet, position);
      tags = undefined;
      link = { serial: page.serial, joiner: new OggPacketJoiner(), nextPage: page.sequence + 1 };
      timeline.beginLink();
      links++;
    }
  }

  function readData(page: OggPage, position: number, current: Link): void {
    const contiguous = page.sequence === current.nextPage >>> 0;
    current.nextPage = page.sequence + 1;
    if (!contiguous) {
      if (strict) throw new MediaFormatError('Ogg', position, 'pages are missing before this one');
      holes++;
      timeline.noteHole();
    }
    const packets = current.joiner.take(page, contiguous);
    const durationsUs = packets.map((packet) => readDuration(packet, position));
    const pageUs = durationsUs.reduce((total, durationUs) => total + durationUs, 0);
    if (pageUs > 0) timeline.enterPage(page, pageUs);
    packets.forEach((packet, i) => readPacket(packet, durationsUs[i]!));
  }

  function readPacket(data: Uint8Array, durationUs: number): void {
    const ptsUs = durationUs > 0 ? timeline.place(durationUs) : undefined;
    if (ptsUs === undefined) return;
    samples++;
    onSample({ kind: 'audio', codec: 'opus', data, ptsUs, durationUs, keyframe: true, segment });
  }

  /** How long a packet lasts; 0 for the tags, and for what is no Opus packet at all. */
  function readDuration(packet: Uint8Array, position: number): number {
    if (isOpusTags(packet)) {
      tags = readTags(packet);
      return 0;
    }
    try {
      return opusPacketDurationUs(packet);
    } catch {
      if (strict) throw new MediaFormatError('Ogg', position, 'a packet on this page is not an Opus packet');
      invalidPackets++;
      return 0;
    }
  }

  function checkPreamble(position: number): void {
    if (position <= MAX_PREAMBLE_BYTES) return;
    throw new MediaFormatError('Ogg', 0, `no Opus stream begins within the first ${MAX_PREAMBLE_BYTES / 1024} KiB`);
  }

  return {
    get head() {
      return head;
    },
    get tags() {
      return tags;
    },
    push(chunk) {
      reader.push(chunk);
      if (!link) checkPreamble(reader.position);
    },
    reserve: (bytes) => reader.reserve(bytes),
    end() {
      reader.end();
      if (links === 0) throw new MediaFormatError('Ogg', reader.position, 'it ended before an Opus stream began');
    },
    getStats: () => ({
      links,
      samples,
      damages: reader.damages,
      skippedBytes: reader.skippedBytes,
      holes,
      invalidPackets,
      startUs: timeline.startUs,
      endTrimUs: timeline.endTrimUs,
    }),
  };
}

function readHead(packet: Uint8Array, position: number): OpusHead {
  const head = parseOpusHead(packet, position);
  if (head.streams === 1 && head.mappingFamily <= 1) return head;
  throw new MediaFormatError(
    'Ogg',
    position,
    `it has ${head.channels} channels in ${head.streams} Opus streams (mapping family ${head.mappingFamily}); only mono and stereo can be sent without encoding`,
  );
}

/** Undefined when the bytes are not what they claim to be. */
function readTags(packet: Uint8Array): OpusTags | undefined {
  try {
    return parseOpusTags(packet);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
