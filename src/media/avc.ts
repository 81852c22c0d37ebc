import { concatBytes } from './bytes.ts';
import { nalType, NAL_PPS, NAL_SPS } from './h264.ts';

/** NAL units each behind its length in four bytes, as FLV and MP4 have them (ISO/IEC 14496-15, 5.3.2). */
export function joinAvc(nals: readonly Uint8Array[]): Uint8Array {
  return concatBytes(nals.flatMap((nal) => [uint32(nal.length), nal]));
}

/**
 * The AVCDecoderConfigurationRecord of the parameter sets among `nals`; undefined when one kind is missing
 * (ISO/IEC 14496-15, 5.3.3.1).
 */
export function avcConfig(nals: readonly Uint8Array[]): Uint8Array | undefined {
  const sps = nals.filter((nal) => nalType(nal) === NAL_SPS);
  const pps = nals.filter((nal) => nalType(nal) === NAL_PPS);
  const [, profile, compatibility, level] = sps[0] ?? [];
  if (profile === undefined || compatibility === undefined || level === undefined || pps.length === 0) return undefined;
  return concatBytes([
    Uint8Array.of(1, profile, compatibility, level, 0xff, 0xe0 | sps.length),
    ...sps.flatMap(withLength),
    Uint8Array.of(pps.length),
    ...pps.flatMap(withLength),
  ]);
}

/** What stands in front of an H.264 track: how many bytes lengths have, and the parameter sets. */
export interface AvcConfig {
  readonly lengthBytes: number;
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

/** Reads an AVCDecoderConfigurationRecord; undefined for one that is cut off. */
export function parseAvcConfig(record: Uint8Array): AvcConfig | undefined {
  let at = 5;
  const readSets = (mask: number): Uint8Array[] | undefined => {
    const sets: Uint8Array[] = [];
    const count = (record[at++] ?? 0) & mask;
    for (let index = 0; index < count; index++) {
      const length = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0);
      sets.push(record.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return at <= record.length && count > 0 ? sets : undefined;
  };
  const sps = readSets(0x1f);
  const pps = sps && readSets(0xff);
  return pps && { lengthBytes: ((record[4] ?? 0) & 3) + 1, sps, pps };
}

/** The NAL units of a frame, as views of it, each of which stands behind its length. */
export function splitAvc(frame: Uint8Array, lengthBytes: number): Uint8Array[] {
  const nals: Uint8Array[] = [];
  for (let at = 0; at + lengthBytes <= frame.length;) {
    let length = 0;
    for (let index = 0; index < lengthBytes; index++) length = length * 256 + frame[at + index]!;
    at += lengthBytes;
    nals.push(frame.subarray(at, at + length));
    at += length;
  }
  return nals;
}

function withLength(nal: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(nal.length >> 8, nal.length & 0xff), nal];
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
