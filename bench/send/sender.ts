import type { SrtpProfile } from '../../src/webrtc/types.ts';
import type { Peer } from '../peer-process.ts';

/** Something that sends RTP packets to the peer. */
export interface Sender {
  /** Sends the next packet, with the payload of that index. Default the first. */
  send(payload?: number): void;
  close(): void | Promise<void>;
}

/** Connects to the peer under `profile` and sends packets with payloads of these `sizes`, in bytes. */
export type OpenSender = (peer: Peer, profile: SrtpProfile, sizes: readonly number[]) => Promise<Sender>;

export const SSRC = 0x12345678;
export const PAYLOAD_TYPE = 111;
export const VIDEO_PAYLOAD_TYPE = 100;

/** The extensions that a conference asks for; every sender fills them in. */
export const EXTENSION_IDS = { audioLevel: 1, absSendTime: 2, transportSequence: 3 } as const;

/** Fixed header and the extensions above (RFC 8285), for senders that leave building packets to their user. */
export const HEADER_BYTES = 28;

export function rtpTemplate(bytes: number, room: number): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + bytes + room, 0x5a);
  packet.set([0x90, PAYLOAD_TYPE]);
  packet.writeUInt32BE(SSRC, 8);
  packet.set([0xbe, 0xde, 0, 3, 0x10, 0x94, 0x22, 0, 0, 0, 0x31, 0, 0, 0, 0, 0], 12);
  return packet;
}
