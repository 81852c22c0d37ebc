import type { FileHandle } from 'node:fs/promises';
import { createOggDemuxer } from '../media/ogg-demuxer.ts';
import { OGG_FIRST, OGG_NO_GRANULE, oggPageBytes, type OggPage, writeOggPage } from '../media/ogg-page.ts';
import { isOpusHead, parseOpusHead } from '../media/opus-head.ts';
import { PAGE_WINDOW_BYTES, type PlacedPage, readFirstPages, readLastPages, readPages } from './ogg-file-pages.ts';

/** One Opus stream of a file; a chained file has several, one after the other. Ticks are 48 kHz samples. */
export interface OggLink {
  /** Its pages stand from here … */
  readonly start: number;
  /** … up to here. */
  readonly end: number;
  /** Its first page, which a demultiplexer must see. */
  readonly head: Uint8Array;
  /** Granule position at which its first packet begins; not 0 when captured in the middle. */
  readonly startGranule: number;
  /** Position of its first packet in the file, in ticks. */
  readonly startTicks: number;
  readonly durationTicks: number;
}

/** An Ogg file that can be sent as it is: Opus, mono or stereo, and nothing beside it. */
export interface OggOpusFile {
  readonly links: readonly OggLink[];
}

/** Bytes that are read at once to find the first packet. */
const CHUNK_BYTES = 8 * 1024;

/** A file of more links than this is read by ffmpeg: a log of a radio, not music. */
const MAX_LINKS = 256;

/** Reads the layout of a file, or returns undefined when it is not, in all its parts, what can be sent as it is. */
export async function readOggOpusFile(file: FileHandle, size: number): Promise<OggOpusFile | undefined> {
  const magic = new Uint8Array(4);
  await file.read(magic, 0, 4, 0);
  if (Buffer.from(magic).toString('latin1') !== 'OggS') return undefined;
  const last = (await readLastPages(file, 0, size)).at(-1);
  const links: OggLink[] = [];
  let start = 0;
  let startTicks = 0;
  while (start < size && links.length < MAX_LINKS) {
    const link = await readLink(file, { start, startTicks, size, last });
    if (!link) return undefined;
    links.push(link);
    start = link.end;
    startTicks += link.durationTicks;
  }
  return start < size ? undefined : { links };
}

async function readLink(
  file: FileHandle,
  place: { start: number; startTicks: number; size: number; last: PlacedPage | undefined },
): Promise<OggLink | undefined> {
  const { start, startTicks, size, last } = place;
  const [first, second] = await readFirstPages(file, start, (pages) => pages.length > 1);
  if (!first || !second || first.offset !== start || !isPlainOpus(first.page)) return undefined;
  if ((second.page.flags & OGG_FIRST) !== 0) return undefined; // something runs beside it
  const { serial } = first.page;
  const end = last?.page.serial === serial ? size : await findEnd(file, serial, start, size);
  const startGranule = await readStartGranule(file, start, end);
  if (startGranule === undefined) return undefined;
  const tells = ({ page }: PlacedPage): boolean => page.serial === serial && page.granule !== OGG_NO_GRANULE;
  const telling = last && tells(last) ? last : (await readLastPages(file, start, end, tells)).findLast(tells);
  const endGranule = telling?.page.granule;
  const durationTicks = Math.max(0, (endGranule ?? startGranule) - startGranule);
  return { start, end, head: writeOggPage(first.page), startGranule, startTicks, durationTicks };
}

/** One stream of mono or stereo, to be played as loud as it is. */
function isPlainOpus(page: OggPage): boolean {
  if ((page.flags & OGG_FIRST) === 0 || !isOpusHead(page.body)) return false;
  const { mappingFamily, outputGainDb } = parseOpusHead(page.body);
  return mappingFamily === 0 && outputGainDb === 0;
}

/** Where the pages of `serial` stop and another link begins, by halving. */
async function findEnd(file: FileHandle, serial: number, start: number, size: number): Promise<number> {
  let low = start;
  let high = size;
  while (high - low > PAGE_WINDOW_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await readPages(file, middle, PAGE_WINDOW_BYTES);
    if (found?.page.serial === serial) low = found.offset + oggPageBytes(found.page);
    else high = middle;
  }
  const pages = await readPages(file, low, 2 * PAGE_WINDOW_BYTES);
  return pages.find(({ page }) => page.serial !== serial)?.offset ?? size;
}

async function readStartGranule(file: FileHandle, start: number, end: number): Promise<number | undefined> {
  const demuxer = createOggDemuxer({ onSample: () => {} });
  for (let at = start; at < end; at += CHUNK_BYTES) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    try {
      demuxer.push(chunk.subarray(0, bytesRead));
    } catch {
      return undefined; // ffmpeg may make more of it, or say what is wrong
    }
    const { samples, startUs } = demuxer.getStats();
    if (samples > 0) return Math.round((startUs * 6) / 125);
  }
  return undefined;
}

/**
 * Where to begin to read so that the packet which contains `granule` comes whole: the last page of the link that ends at
 * or before it, or the start of the link. By halving; nothing is decoded.
 */
export async function findOggPosition(file: FileHandle, link: OggLink, granule: number): Promise<number> {
  const ends = ({ page }: PlacedPage): boolean => page.granule !== OGG_NO_GRANULE;
  let low = link.start;
  let high = link.end;
  while (high - low > PAGE_WINDOW_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const found = (await readPages(file, middle, PAGE_WINDOW_BYTES)).find(ends);
    if (found && found.page.granule <= granule && found.offset < high) low = found.offset;
    else high = middle;
  }
  const pages = (await readPages(file, low, 2 * PAGE_WINDOW_BYTES)).filter(ends);
  // Header pages have granule position 0 and may stand for "before everything".
  return pages.findLast(({ page, offset }) => offset < link.end && page.granule <= granule)?.offset ?? link.start;
}
