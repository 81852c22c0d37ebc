import type { Packetizer } from './packetizer.ts';

let packet: Uint8Array = new Uint8Array(0);

/** It remembers nothing from one packet to the next, so one serves all streams. */
const packetizer: Packetizer = {
  begin(next) {
    packet = next;
    return packet.length > 0 ? 1 : 0;
  },
  write(_index, out, offset) {
    out.set(packet, offset);
    return packet.length;
  },
};

/**
 * Opus in RTP (RFC 7587, section 4.2): one Opus packet is one payload, never split. At the usual 20 ms that is at most
 * 1276 bytes; packets of several frames may be larger than the path takes.
 */
export function createOpusPacketizer(): Packetizer {
  return packetizer;
}
