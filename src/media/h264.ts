import { splitAnnexB } from './annexb.ts';

/** Types of NAL units that matter here (ITU-T H.264, table 7-1). */
export const NAL_SLICE = 1;
export const NAL_PARTITION_A = 2;
export const NAL_IDR = 5;
export const NAL_SEI = 6;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
export const NAL_DELIMITER = 9;

/** What a slice may refer to: nothing (I), the past (P), or past and future (B). */
export type H264SliceType = 'P' | 'B' | 'I' | 'SP' | 'SI';

const SLICE_TYPES: readonly H264SliceType[] = ['P', 'B', 'I', 'SP', 'SI'];

/** Type of a NAL unit, from its first byte; 0 when it is empty. */
export function nalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** Whether a NAL unit holds a part of the picture. */
export function isPicturePart(type: number): boolean {
  return type >= NAL_SLICE && type <= NAL_IDR;
}

/**
 * Whether a NAL unit cannot belong to the picture before it (ITU-T H.264, 7.4.1.2.3 and .4), from its first two bytes:
 * it stands in front of a picture, or is a slice that begins with the first macroblock.
 */
export function startsAccessUnit(first: number, second: number): boolean {
  const type = first & 0x1f;
  if (type === NAL_SLICE || type === NAL_PARTITION_A || type === NAL_IDR) return (second & 0x80) !== 0;
  return (type >= NAL_SEI && type <= NAL_DELIMITER) || (type >= 14 && type <= 18);
}

/** Type of the slice in a NAL unit; undefined when it holds none or is cut off (ITU-T H.264, 7.3.3). */
export function h264SliceType(nal: Uint8Array): H264SliceType | undefined {
  const type = nalType(nal);
  if (type !== NAL_SLICE && type !== NAL_PARTITION_A && type !== NAL_IDR) return undefined;
  const firstMacroblock = readGolomb(nal, 8);
  const sliceType = firstMacroblock && readGolomb(nal, firstMacroblock.end);
  return sliceType && SLICE_TYPES[sliceType.value % SLICE_TYPES.length];
}

/** Whether a frame in Annex B decodes on its own: it holds an IDR slice. */
export function isH264Keyframe(frame: Uint8Array): boolean {
  return splitAnnexB(frame).some((nal) => nalType(nal) === NAL_IDR);
}

/** Profiles whose parameter sets say more of colors (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128];
const BASELINE = 66;

/**
 * Whether pictures of these parameters are certain to come in the order in which they are shown, which leaves no room for
 * B-frames: they are of the Baseline profile, or are counted by their order (ITU-T H.264, 7.4.2.1.1). False also for what
 * cannot be read.
 */
export function h264KeepsOrder(sps: Uint8Array): boolean {
  const profile = sps[1] ?? 0;
  let bit: number | undefined = 32;
  const next = (): number | undefined => {
    const number: { value: number; end: number } | undefined = bit === undefined ? undefined : readGolomb(sps, bit);
    bit = number?.end;
    return number?.value;
  };
  next(); // its id
  if (HIGH_PROFILES.includes(profile)) {
    const [chroma] = [next(), next(), next()];
    // Separate planes, and a scaling matrix, are read by nobody here.
    if (chroma === 3 || bit === undefined || ((sps[(bit + 1) >> 3] ?? 0) >> (7 - ((bit + 1) & 7))) & 1) return false;
    bit += 2;
  }
  next(); // how frames are numbered
  return profile === BASELINE || next() === 2;
}

/** Reads one unsigned Exp-Golomb number at `bit` (ITU-T H.264, 9.1). */
function readGolomb(bytes: Uint8Array, bit: number): { value: number; end: number } | undefined {
  const bitAt = (at: number): number | undefined => {
    const byte = bytes[at >> 3];
    return byte === undefined ? undefined : (byte >> (7 - (at & 7))) & 1;
  };
  let zeros = 0;
  while (bitAt(bit + zeros) === 0) zeros++;
  if (zeros > 31) return undefined;
  let value = 0;
  for (let at = bit + zeros; at <= bit + 2 * zeros; at++) {
    const next = bitAt(at);
    if (next === undefined) return undefined;
    value = 2 * value + next;
  }
  return { value: value - 1, end: bit + 2 * zeros + 1 };
}
