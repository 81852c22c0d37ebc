import type { ReceivedRtp } from '../types.ts';

/** Original sequence number before the payload (RFC 4588, 4). */
const OSN_BYTES = 2;

/**
 * The packet that an RTX packet repeats, as if it had come by itself; undefined for one that repeats nothing (padding
 * that probes the path). It is valid as long as the RTX packet is.
 */
export function unwrapRtx(packet: ReceivedRtp, ssrc: number, payloadType: number): ReceivedRtp | undefined {
  if (packet.payload.length < OSN_BYTES) return undefined;
  return {
    ssrc,
    payloadType,
    sequenceNumber: (packet.payload[0]! << 8) | packet.payload[1]!,
    timestamp: packet.timestamp,
    marker: packet.marker,
    payload: packet.payload.subarray(OSN_BYTES),
    padding: packet.padding,
    arrivalMs: packet.arrivalMs,
    extension: (id) => packet.extension(id),
  };
}
