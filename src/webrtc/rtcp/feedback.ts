import { newRtcp, RTCP_PAYLOAD_FEEDBACK, RTCP_TRANSPORT_FEEDBACK } from './compound.ts';

/* Feedback message types, in the count field. */
/** Generic NACK, in transport feedback (RFC 4585, 6.2.1). */
export const FMT_NACK = 1;
/** Picture loss indication, in payload feedback (RFC 4585, 6.3.1). */
export const FMT_PLI = 1;
/** Full intra request, in payload feedback (RFC 5104, 4.3.1). */
export const FMT_FIR = 4;
/** Application layer feedback, in payload feedback; REMB is one (draft-alvestrand-rmcat-remb-03, 2.2). */
export const FMT_APPLICATION = 15;

/** Header, sender SSRC, media SSRC. */
const COMMON_BYTES = 12;
const REMB = 0x52454d42;
/** Lost packets that one NACK packet may name: more than that is better served by a keyframe. */
const MAX_NACKED = 1024;

export interface FullIntraRequest {
  readonly ssrc: number;
  /** Grows by one with each new request; a repeated one has the same number. */
  readonly sequence: number;
}

export interface BitrateEstimate {
  readonly bitsPerSecond: number;
  readonly ssrcs: readonly number[];
}

/** Asks for lost packets again. `lost` are sequence numbers in the order they were sent. */
export function buildNack(senderSsrc: number, mediaSsrc: number, lost: readonly number[]): Buffer {
  const items: number[] = [];
  for (const seq of lost) {
    const last = items.at(-1);
    const behind = last === undefined ? 0 : (seq - (last >>> 16)) & 0xffff;
    if (last !== undefined && behind >= 1 && behind <= 16) items[items.length - 1] = (last | (1 << (behind - 1))) >>> 0;
    else if (last === undefined || behind !== 0) items.push((seq << 16) >>> 0);
  }
  const packet = common(RTCP_TRANSPORT_FEEDBACK, FMT_NACK, senderSsrc, mediaSsrc, 4 * items.length);
  items.forEach((item, i) => packet.writeUInt32BE(item, COMMON_BYTES + 4 * i));
  return packet;
}

/** The sequence numbers that a NACK names, at most 1024. */
export function parseNack(packet: Buffer): number[] {
  const lost: number[] = [];
  for (let at = COMMON_BYTES; at + 4 <= packet.length && lost.length < MAX_NACKED; at += 4) {
    const seq = packet.readUInt16BE(at);
    const mask = packet.readUInt16BE(at + 2);
    lost.push(seq);
    for (let bit = 0; bit < 16; bit++) if (mask & (1 << bit)) lost.push((seq + bit + 1) & 0xffff);
  }
  return lost;
}

/** Asks for a picture that decodes on its own. */
export function buildPli(senderSsrc: number, mediaSsrc: number): Buffer {
  return common(RTCP_PAYLOAD_FEEDBACK, FMT_PLI, senderSsrc, mediaSsrc, 0);
}

/** Asks for a keyframe of each SSRC named; the media SSRC of the packet itself is 0. */
export function buildFir(senderSsrc: number, requests: readonly FullIntraRequest[]): Buffer {
  const packet = common(RTCP_PAYLOAD_FEEDBACK, FMT_FIR, senderSsrc, 0, 8 * requests.length);
  requests.forEach(({ ssrc, sequence }, i) => {
    packet.writeUInt32BE(ssrc, COMMON_BYTES + 8 * i);
    packet[COMMON_BYTES + 8 * i + 4] = sequence;
  });
  return packet;
}

export function parseFir(packet: Buffer): FullIntraRequest[] {
  const requests: FullIntraRequest[] = [];
  for (let at = COMMON_BYTES; at + 8 <= packet.length; at += 8) {
    requests.push({ ssrc: packet.readUInt32BE(at), sequence: packet[at + 4]! });
  }
  return requests;
}

/** Tells how much the receiver believes the path carries. */
export function buildRemb(senderSsrc: number, estimate: BitrateEstimate): Buffer {
  const ssrcs = estimate.ssrcs.slice(0, 255);
  const packet = common(RTCP_PAYLOAD_FEEDBACK, FMT_APPLICATION, senderSsrc, 0, 8 + 4 * ssrcs.length);
  let mantissa = Math.floor(estimate.bitsPerSecond);
  let exponent = 0;
  for (; mantissa > 0x3ffff; exponent++) mantissa = Math.floor(mantissa / 2);
  packet.writeUInt32BE(REMB, COMMON_BYTES);
  packet[COMMON_BYTES + 4] = ssrcs.length;
  packet.writeUIntBE((exponent << 18) | mantissa, COMMON_BYTES + 5, 3);
  ssrcs.forEach((ssrc, i) => packet.writeUInt32BE(ssrc, COMMON_BYTES + 8 + 4 * i));
  return packet;
}

/** Undefined when the application layer message is not a REMB. */
export function parseRemb(packet: Buffer): BitrateEstimate | undefined {
  if (packet.length < COMMON_BYTES + 8 || packet.readUInt32BE(COMMON_BYTES) !== REMB) return undefined;
  const packed = packet.readUIntBE(COMMON_BYTES + 5, 3);
  const ssrcs: number[] = [];
  for (let at = COMMON_BYTES + 8; ssrcs.length < packet[COMMON_BYTES + 4]! && at + 4 <= packet.length; at += 4) {
    ssrcs.push(packet.readUInt32BE(at));
  }
  return { bitsPerSecond: (packed & 0x3ffff) * 2 ** (packed >>> 18), ssrcs };
}

/** Sender and media SSRC of any feedback packet, or undefined when it is too short. */
export function parseFeedbackSsrcs(packet: Buffer): { sender: number; media: number } | undefined {
  if (packet.length < COMMON_BYTES) return undefined;
  return { sender: packet.readUInt32BE(4), media: packet.readUInt32BE(8) };
}

function common(type: number, format: number, senderSsrc: number, mediaSsrc: number, bodyBytes: number): Buffer {
  const packet = newRtcp(type, format, COMMON_BYTES + bodyBytes);
  packet.writeUInt32BE(senderSsrc, 4);
  packet.writeUInt32BE(mediaSsrc, 8);
  return packet;
}
