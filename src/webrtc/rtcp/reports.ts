import { newRtcp, RTCP_BYE, RTCP_RR, RTCP_SDES, RTCP_SR } from './compound.ts';

const REPORT_BLOCK_BYTES = 24;
const SR_BYTES = 28;
const RR_BYTES = 8;
/** The 5-bit count field holds no more. */
const MAX_COUNT = 31;
const CNAME_ITEM = 1;

/** What a receiver says about one SSRC (RFC 3550, 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0 to 1, since the last report; sent in steps of 1/256. */
  readonly fractionLost: number;
  /** Since the beginning; may be negative when packets came twice. */
  readonly packetsLost: number;
  /** Highest sequence number received, with its rollovers in the upper 16 bits. */
  readonly highestSequence: number;
  /** Interarrival jitter in RTP ticks. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  readonly lastSenderReport: number;
  /** Since that sender report arrived, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** A sender's time and counters (RFC 3550, 6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** Seconds since 1900. */
  readonly ntpSeconds: number;
  /** In 1/2^32 s. */
  readonly ntpFraction: number;
  /** The same instant on the RTP clock of this SSRC. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

export function buildSenderReport(report: SenderReport, blocks: readonly ReportBlock[] = []): Buffer {
  const count = Math.min(blocks.length, MAX_COUNT);
  const packet = newRtcp(RTCP_SR, count, SR_BYTES + count * REPORT_BLOCK_BYTES);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE(report.ntpSeconds >>> 0, 8);
  packet.writeUInt32BE(report.ntpFraction >>> 0, 12);
  packet.writeUInt32BE(report.rtpTimestamp, 16);
  packet.writeUInt32BE(report.packetCount >>> 0, 20);
  packet.writeUInt32BE(report.octetCount >>> 0, 24);
  writeBlocks(packet, SR_BYTES, blocks, count);
  return packet;
}

/** At most 31 blocks fit one report; more are left out, so that callers take turns. */
export function buildReceiverReport(ssrc: number, blocks: readonly ReportBlock[]): Buffer {
  const count = Math.min(blocks.length, MAX_COUNT);
  const packet = newRtcp(RTCP_RR, count, RR_BYTES + count * REPORT_BLOCK_BYTES);
  packet.writeUInt32BE(ssrc, 4);
  writeBlocks(packet, RR_BYTES, blocks, count);
  return packet;
}

/** One chunk with a CNAME per SSRC (RFC 3550, 6.5). */
export function buildSourceDescription(sources: readonly { ssrc: number; cname: string }[]): Buffer {
  const chunks = sources.slice(0, MAX_COUNT).map(({ ssrc, cname }) => {
    const text = Buffer.from(cname).subarray(0, 255);
    // At least one zero byte ends the chunk, and fills it up to a multiple of four.
    const chunk = Buffer.alloc((6 + text.length + 4) & ~3);
    chunk.writeUInt32BE(ssrc, 0);
    chunk[4] = CNAME_ITEM;
    chunk[5] = text.length;
    chunk.set(text, 6);
    return chunk;
  });
  const body = Buffer.concat(chunks);
  const packet = newRtcp(RTCP_SDES, chunks.length, 4 + body.length);
  packet.set(body, 4);
  return packet;
}

/** Says that these SSRCs leave (RFC 3550, 6.6). */
export function buildBye(ssrcs: readonly number[]): Buffer {
  const leaving = ssrcs.slice(0, MAX_COUNT);
  const packet = newRtcp(RTCP_BYE, leaving.length, 4 + 4 * leaving.length);
  leaving.forEach((ssrc, i) => packet.writeUInt32BE(ssrc, 4 + 4 * i));
  return packet;
}

export function parseSenderReport(packet: Buffer): SenderReport | undefined {
  if (packet.length < SR_BYTES) return undefined;
  return {
    ssrc: packet.readUInt32BE(4),
    ntpSeconds: packet.readUInt32BE(8),
    ntpFraction: packet.readUInt32BE(12),
    rtpTimestamp: packet.readUInt32BE(16),
    packetCount: packet.readUInt32BE(20),
    octetCount: packet.readUInt32BE(24),
  };
}

/** The report blocks of a sender report (`type` 200) or receiver report, as many as are really there. */
export function parseReportBlocks(type: number, count: number, packet: Buffer): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  let at = type === RTCP_SR ? SR_BYTES : RR_BYTES;
  for (; blocks.length < count && at + REPORT_BLOCK_BYTES <= packet.length; at += REPORT_BLOCK_BYTES) {
    blocks.push({
      ssrc: packet.readUInt32BE(at),
      fractionLost: packet[at + 4]! / 256,
      packetsLost: packet.readIntBE(at + 5, 3),
      highestSequence: packet.readUInt32BE(at + 8),
      jitter: packet.readUInt32BE(at + 12),
      lastSenderReport: packet.readUInt32BE(at + 16),
      delaySinceLastSenderReport: packet.readUInt32BE(at + 20),
    });
  }
  return blocks;
}

/** The CNAME of each SSRC that gives one. */
export function parseSourceDescription(count: number, packet: Buffer): { ssrc: number; cname: string }[] {
  const sources: { ssrc: number; cname: string }[] = [];
  let at = 4;
  for (let chunk = 0; chunk < count && at + 4 <= packet.length; chunk++) {
    const ssrc = packet.readUInt32BE(at);
    at += 4;
    while (at + 1 < packet.length && packet[at] !== 0) {
      const end = at + 2 + packet[at + 1]!;
      if (end > packet.length) return sources;
      if (packet[at] === CNAME_ITEM) sources.push({ ssrc, cname: packet.toString('utf8', at + 2, end) });
      at = end;
    }
    at = (at + 4) & ~3; // past the zero that ends the chunk, to its boundary
  }
  return sources;
}

export function parseBye(count: number, packet: Buffer): number[] {
  const ssrcs: number[] = [];
  for (let at = 4; ssrcs.length < count && at + 4 <= packet.length; at += 4) ssrcs.push(packet.readUInt32BE(at));
  return ssrcs;
}

function writeBlocks(packet: Buffer, start: number, blocks: readonly ReportBlock[], count: number): void {
  for (let i = 0, at = start; i < count; i++, at += REPORT_BLOCK_BYTES) {
    const block = blocks[i]!;
    packet.writeUInt32BE(block.ssrc, at);
    packet[at + 4] = Math.max(0, Math.min(255, Math.floor(block.fractionLost * 256)));
    packet.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, block.packetsLost)), at + 5, 3);
    packet.writeUInt32BE(block.highestSequence >>> 0, at + 8);
    packet.writeUInt32BE(block.jitter >>> 0, at + 12);
    packet.writeUInt32BE(block.lastSenderReport >>> 0, at + 16);
    packet.writeUInt32BE(block.delaySinceLastSenderReport >>> 0, at + 20);
  }
}
