import { joinAnnexB } from './annexb.ts';
import { concatBytes, viewOf } from './bytes.ts';
import type { Depacketizer } from './depacketizer.ts';
import { FU_A, FU_A_BYTES, FU_END, FU_START, STAP_A } from './h264-payload.ts';
import { isPicturePart, startsAccessUnit } from './h264.ts';

/**
 * H.264 out of RTP (RFC 6184: single NAL units, STAP-A and FU-A), as frames in Annex B. A frame of which a packet is
 * missing is left out whole; only parameter sets that had a packet of their own are not missed.
 */
export function createH264Depacketizer(): Depacketizer {
  /** The frame under way; undefined from a loss until another frame begins. */
  let nals: Uint8Array[] | undefined = [];
  let hasPicture = false;
  /** The parts so far of a NAL unit that comes in fragments. */
  let parts: Uint8Array[] | undefined;

  function restart(): void {
    nals = [];
    hasPicture = false;
    parts = undefined;
  }

  function giveUp(): void {
    restart();
    nals = undefined;
  }

  /** Comes before each NAL unit; looks whether something before it never ended. */
  function beginNal(first: number, second: number): void {
    if (parts) giveUp();
    if (startsAccessUnit(first, second) && (hasPicture || !nals)) restart();
    if (isPicturePart(first & 0x1f)) hasPicture = true;
  }

  function addNal(nal: Uint8Array): void {
    beginNal(nal[0]!, nal[1] ?? 0);
    nals?.push(nal.slice());
  }

  function addAggregate(payload: Uint8Array): void {
    const view = viewOf(payload);
    let at = 1;
    while (at + 2 < payload.length) {
      const size = view.getUint16(at);
      const nal = payload.subarray(at + 2, at + 2 + size);
      if (size === 0 || nal.length < size) break;
      addNal(nal);
      at += 2 + size;
    }
    if (at !== payload.length) giveUp();
  }

  function addFragment(payload: Uint8Array): void {
    const header = payload[1] ?? 0;
    const nalHeader = (payload[0]! & 0xe0) | (header & 0x1f);
    if ((header & FU_START) !== 0) {
      beginNal(nalHeader, payload[FU_A_BYTES] ?? 0);
      parts = [Uint8Array.of(nalHeader)];
    } else if (!parts) giveUp();
    parts?.push(payload.slice(FU_A_BYTES));
    if ((header & FU_END) === 0) return;
    if (parts) nals?.push(concatBytes(parts));
    parts = undefined;
  }

  return {
    push(payload, marker) {
      const type = (payload[0] ?? 0) & 0x1f;
      if (type === STAP_A) addAggregate(payload);
      else if (type === FU_A) addFragment(payload);
      else if (type > 0 && type < STAP_A) addNal(payload);
      else giveUp();
      if (!marker) return undefined;
      const frame = hasPicture && nals && !parts ? joinAnnexB(nals) : undefined;
      restart();
      return frame;
    },
    lose() {
      giveUp();
    },
  };
}
