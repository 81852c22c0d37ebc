import { concatBytes } from './bytes.ts';

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Place of the next start code `00 00 01` at or after `from`, or -1 (ITU-T H.264, annex B). */
export function findStartCode(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(1, from + 2);
  while (at >= 0 && (bytes[at - 1] !== 0 || bytes[at - 2] !== 0)) at = bytes.indexOf(1, at + 1);
  return at < 0 ? -1 : at - 2;
}

/** The NAL unit in `bytes[start, end)` without the zeros behind it: they belong to the next start code, or to nobody. */
export function trimNal(bytes: Uint8Array, start: number, end: number): Uint8Array {
  while (end > start && bytes[end - 1] === 0) end--;
  return bytes.subarray(start, end);
}

/** The NAL units of a frame in Annex B, as views of it; bytes before the first start code are left out. */
export function splitAnnexB(frame: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let code = findStartCode(frame, 0);
  while (code >= 0) {
    const start = code + 3;
    code = findStartCode(frame, start);
    const nal = trimNal(frame, start, code < 0 ? frame.length : code);
    if (nal.length > 0) nals.push(nal);
  }
  return nals;
}

/** NAL units as one frame in Annex B, each behind a start code of four bytes. */
export function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array {
  return concatBytes(nals.flatMap((nal) => [START_CODE, nal]));
}
