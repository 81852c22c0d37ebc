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

function withLength(nal: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(nal.length >> 8, nal.length & 0xff), nal];
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
