import { splitAnnexB } from './annexb.ts';
import { viewOf } from './bytes.ts';
import { FU_A, FU_A_BYTES, FU_END, FU_START, STAP_A } from './h264-payload.ts';
import { isPicturePart, nalType } from './h264.ts';
import { MAX_PAYLOAD_BYTES, type Packetizer } from './packetizer.ts';

export interface H264PacketizerOptions {
  /** Largest payload. Default {@link MAX_PAYLOAD_BYTES}. */
  maxPayloadBytes?: number | undefined;
}

/** What goes into one payload: some whole NAL units, or bytes `start` to `end` of one. */
type Piece =
  { readonly nals: Uint8Array[] } | { readonly nal: Uint8Array; readonly start: number; readonly end: number };

/** How the last frame was cut up: a broadcast hands the same one to stream after stream. */
let latest: { frame: Uint8Array; maxPayloadBytes: number; pieces: readonly Piece[] } | undefined;

/**
 * H.264 in RTP, packetization mode 1 (RFC 6184): parameter sets and the like together in one STAP-A, slices as they are
 * where they fit, else as FU-A fragments of equal size, give or take one byte. Takes frames in Annex B.
 */
export function createH264Packetizer(options: H264PacketizerOptions = {}): Packetizer {
  const { maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
  let pieces: readonly Piece[] = [];

  return {
    begin(frame) {
      if (latest?.frame !== frame || latest.maxPayloadBytes !== maxPayloadBytes) {
        latest = { frame, maxPayloadBytes, pieces: cut(frame, maxPayloadBytes) };
      }
      ({ pieces } = latest);
      return pieces.length;
    },
    write(index, out, offset) {
      const piece = pieces[index]!;
      if ('nal' in piece) return writeFragment(piece.nal, piece.start, piece.end, out, offset);
      const [first] = piece.nals;
      if (piece.nals.length > 1) return writeAggregate(piece.nals, out, offset);
      out.set(first!, offset);
      return first!.length;
    },
  };
}

function cut(frame: Uint8Array, maxPayloadBytes: number): Piece[] {
  const pieces: Piece[] = [];
  for (const nal of splitAnnexB(frame)) {
    const last = pieces.at(-1);
    if (nal.length > maxPayloadBytes) pieces.push(...fragments(nal, maxPayloadBytes));
    else if (last && 'nals' in last && fitTogether([...last.nals, nal], maxPayloadBytes)) last.nals.push(nal);
    else pieces.push({ nals: [nal] });
  }
  return pieces;
}

/** A NAL unit's first byte is not sent with its fragments: it is rebuilt from their headers. */
function fragments(nal: Uint8Array, maxPayloadBytes: number): Piece[] {
  const bytes = nal.length - 1;
  const count = Math.ceil(bytes / (maxPayloadBytes - FU_A_BYTES));
  const place = (index: number): number => 1 + Math.floor((bytes * index) / count);
  return Array.from({ length: count }, (_, index) => ({ nal, start: place(index), end: place(index + 1) }));
}

function writeFragment(nal: Uint8Array, start: number, end: number, out: Uint8Array, offset: number): number {
  const header = nal[0]!;
  out[offset] = (header & 0xe0) | FU_A;
  out[offset + 1] = (start === 1 ? FU_START : 0) | (end === nal.length ? FU_END : 0) | (header & 0x1f);
  out.set(nal.subarray(start, end), offset + FU_A_BYTES);
  return FU_A_BYTES + end - start;
}

/** Slices go alone: what is gained by adding one to a STAP-A is not worth losing it together with others. */
function fitTogether(nals: readonly Uint8Array[], maxPayloadBytes: number): boolean {
  const bytes = nals.reduce((sum, nal) => sum + 2 + nal.length, 1);
  return bytes <= maxPayloadBytes && !nals.some((nal) => isPicturePart(nalType(nal)));
}

/** Its importance is that of the most important unit inside (RFC 6184, section 5.7.1). */
function writeAggregate(nals: readonly Uint8Array[], out: Uint8Array, offset: number): number {
  const view = viewOf(out);
  const importance = Math.max(...nals.map((nal) => nal[0]! & 0x60));
  out[offset] = importance | STAP_A;
  let at = offset + 1;
  for (const nal of nals) {
    view.setUint16(at, nal.length);
    out.set(nal, at + 2);
    at += 2 + nal.length;
  }
  return at - offset;
}
