import { viewOf } from './bytes.ts';
import { oggCrc } from './ogg-crc.ts';

/** Flags of a page (RFC 3533, section 6). */
export const OGG_CONTINUED = 1;
export const OGG_FIRST = 2;
export const OGG_LAST = 4;

/** Granule position of a page on which no packet ends. */
export const OGG_NO_GRANULE = -1;

/** Largest number of lacing values on a page, and the value that says "there is more of this packet". */
export const OGG_MAX_LACING = 255;

const HEADER_BYTES = 27;
const CRC_AT = 22;
const NO_CRC = new Uint8Array(4);
const CAPTURE_PATTERN = 0x4f676753; // 'OggS'

/** One page of one logical stream (RFC 3533, section 6). */
export interface OggPage {
  /** {@link OGG_CONTINUED}, {@link OGG_FIRST} and {@link OGG_LAST}, added up. */
  readonly flags: number;
  /** For Opus: 48 kHz samples up to the end of the last packet that ends here, or {@link OGG_NO_GRANULE}. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  /** Sizes of the segments; a packet ends with each one below 255. */
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Reads the page at `at`. Returns `'partial'` while more bytes are needed to tell, `'corrupt'` when there is no intact
 * page, whether for its capture pattern, its version or its checksum.
 */
export function readOggPage(bytes: Uint8Array, at: number): OggPage | 'partial' | 'corrupt' {
  const have = bytes.length - at;
  if (have < HEADER_BYTES) return startsLikePage(bytes, at) ? 'partial' : 'corrupt';
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  if (view.getUint32(0) !== CAPTURE_PATTERN || view.getUint8(4) !== 0) return 'corrupt';

  const bodyAt = HEADER_BYTES + view.getUint8(26);
  if (have < bodyAt) return 'partial';
  const lacing = bytes.subarray(at + HEADER_BYTES, at + bodyAt);
  const end = bodyAt + sum(lacing);
  if (have < end) return 'partial';
  if (view.getUint32(CRC_AT, true) !== pageCrc(bytes, at, at + end)) return 'corrupt';

  return {
    flags: view.getUint8(5),
    granule: view.getInt32(10, true) * 2 ** 32 + view.getUint32(6, true),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    lacing,
    body: bytes.subarray(at + bodyAt, at + end),
  };
}

/** Number of bytes a page takes. */
export function oggPageBytes(page: OggPage): number {
  return HEADER_BYTES + page.lacing.length + page.body.length;
}

/** The place of the next thing at or after `from` that may be a page, or the length of `bytes` when there is none. */
export function findOggPage(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0x4f, from);
  while (at >= 0 && !startsLikePage(bytes, at)) at = bytes.indexOf(0x4f, at + 1);
  return at < 0 ? bytes.length : at;
}

/** The bytes of a page, checksum included. */
export function writeOggPage(page: OggPage): Uint8Array {
  const bytes = new Uint8Array(oggPageBytes(page));
  const view = viewOf(bytes);
  view.setUint32(0, CAPTURE_PATTERN);
  view.setUint8(5, page.flags);
  view.setUint32(6, page.granule % 2 ** 32, true);
  view.setInt32(10, Math.floor(page.granule / 2 ** 32), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  view.setUint8(26, page.lacing.length);
  bytes.set(page.lacing, HEADER_BYTES);
  bytes.set(page.body, HEADER_BYTES + page.lacing.length);
  view.setUint32(CRC_AT, oggCrc(bytes, 0, bytes.length), true);
  return bytes;
}

/** Lacing values of one whole packet (RFC 3533, section 5): one of 255 for each 255 bytes, and the rest, even if 0. */
export function oggLacing(packetBytes: number): number[] {
  const full = Math.floor(packetBytes / 255);
  return [...Array.from({ length: full }, () => 255), packetBytes % 255];
}

/** The checksum is taken with its own field as zeros. */
function pageCrc(bytes: Uint8Array, start: number, end: number): number {
  const before = oggCrc(bytes, start, start + CRC_AT);
  return oggCrc(bytes, start + CRC_AT + 4, end, oggCrc(NO_CRC, 0, 4, before));
}

/** Whether the bytes at `at` agree with the capture pattern as far as they go. */
function startsLikePage(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 4 && at + i < bytes.length; i++) {
    if (bytes[at + i] !== ((CAPTURE_PATTERN >>> (24 - 8 * i)) & 0xff)) return false;
  }
  return true;
}

function sum(values: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
