import type { FileHandle } from 'node:fs/promises';
import { findOggPage, oggPageBytes, type OggPage, readOggPage } from '../media/ogg-page.ts';

/** A page and where it stands in the file. */
export interface PlacedPage {
  readonly page: OggPage;
  readonly offset: number;
}

/** No page is longer (RFC 3533, section 6). */
const MAX_PAGE_BYTES = 27 + 255 + 255 * 255;

/** From any place of an intact file, this many bytes hold at least one whole page. */
export const PAGE_WINDOW_BYTES: number = 2 * MAX_PAGE_BYTES;

/** What is read first, and then four times as much: when a thousand calls begin, whole windows would be a lot of memory. */
const FIRST_LOOK_BYTES = 8 * 1024;

/** Pages from `offset` on, which `suffice`, or all that a window holds. */
export function readFirstPages(
  file: FileHandle,
  offset: number,
  suffice: (pages: readonly PlacedPage[]) => boolean,
): Promise<PlacedPage[]> {
  return lookFurther((bytes) => readPages(file, offset, bytes), suffice);
}

/** The last pages that end at or before `end`, of which one is `wanted`; or all that a window holds. None before `start`. */
export function readLastPages(
  file: FileHandle,
  start: number,
  end: number,
  wanted: (page: PlacedPage) => boolean = () => true,
): Promise<PlacedPage[]> {
  return lookFurther(
    (bytes) => readPages(file, Math.max(start, end - bytes), Math.min(bytes, end - start)),
    (pages) => pages.some(wanted),
  );
}

async function lookFurther(
  read: (bytes: number) => Promise<PlacedPage[]>,
  suffice: (pages: readonly PlacedPage[]) => boolean,
): Promise<PlacedPage[]> {
  for (let bytes = FIRST_LOOK_BYTES; bytes < PAGE_WINDOW_BYTES; bytes *= 4) {
    const pages = await read(bytes);
    if (suffice(pages)) return pages;
  }
  return read(PAGE_WINDOW_BYTES);
}

/** The intact pages that lie wholly within `length` bytes from `offset`. */
export async function readPages(file: FileHandle, offset: number, length: number): Promise<PlacedPage[]> {
  const buffer = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(buffer, have, length - have, offset + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return [...pagesIn(buffer.subarray(0, have), offset)];
}

function* pagesIn(bytes: Uint8Array, base: number): Generator<PlacedPage> {
  let at = findOggPage(bytes, 0);
  while (at < bytes.length) {
    const page = readOggPage(bytes, at);
    if (page === 'partial' || page === 'corrupt') {
      at = findOggPage(bytes, at + 1);
      continue;
    }
    yield { page, offset: base + at };
    at += oggPageBytes(page);
  }
}
