/* Packet types (RFC 3550, 12.1; RFC 4585, 6.1). */
export const RTCP_SR = 200;
export const RTCP_RR = 201;
export const RTCP_SDES = 202;
export const RTCP_BYE = 203;
export const RTCP_TRANSPORT_FEEDBACK = 205;
export const RTCP_PAYLOAD_FEEDBACK = 206;

/** Bytes of the header that all RTCP packets share. */
export const RTCP_HEADER_BYTES = 4;

/** One packet of a compound, as a view of it. `count` is the 5-bit field: report count, or feedback message type. */
export type RtcpVisitor = (type: number, count: number, packet: Buffer) => void;

/**
 * Visits the packets of a compound in order (RFC 3550, 6.1). Stops at the first one that does not fit; padding is cut
 * off.
 */
export function visitRtcp(compound: Buffer, visit: RtcpVisitor): void {
  let at = 0;
  while (at + RTCP_HEADER_BYTES <= compound.length) {
    const first = compound[at]!;
    const end = at + 4 * (compound.readUInt16BE(at + 2) + 1);
    if (first >> 6 !== 2 || end > compound.length) return;
    const padding = first & 0x20 ? compound[end - 1]! : 0;
    if (padding > end - at - RTCP_HEADER_BYTES) return;
    visit(compound[at + 1]!, first & 0x1f, compound.subarray(at, end - padding));
    at = end;
  }
}

/** An RTCP packet of `bytes`, a multiple of four, with its header filled in. */
export function newRtcp(type: number, count: number, bytes: number): Buffer {
  const packet = Buffer.alloc(bytes);
  packet[0] = 0x80 | count;
  packet[1] = type;
  packet.writeUInt16BE(bytes / 4 - 1, 2);
  return packet;
}
