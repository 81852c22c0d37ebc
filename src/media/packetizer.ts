/**
 * Splits one encoded frame into RTP payloads, writing each straight into the packet that will carry it: no payload is
 * ever a buffer of its own. State that runs over frames (a picture id) lives in the implementation.
 */
export interface Packetizer {
  /** Takes the next frame and returns how many packets it needs; 0 when there is nothing to send. */
  begin(frame: Uint8Array): number;
  /** Writes the payload of packet `index` of the present frame into `out` at `offset`; returns its length in bytes. */
  write(index: number, out: Uint8Array, offset: number): number;
}

/** Largest RTP payload that a packetizer makes, in bytes: fits 1200 with the RTP header, extensions and SRTP tag. */
export const MAX_PAYLOAD_BYTES = 1120;
