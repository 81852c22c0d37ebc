import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtcpPacketConverter, type RtcpRrPacket, type RtcpSourceDescriptionPacket, type RtcpSrPacket } from 'werift';
import { RTCP_BYE, RTCP_RR, RTCP_SDES, RTCP_SR, visitRtcp } from '../../../src/webrtc/rtcp/compound.ts';
import {
  buildBye,
  buildReceiverReport,
  buildSenderReport,
  buildSourceDescription,
  parseBye,
  parseReportBlocks,
  parseSenderReport,
  parseSourceDescription,
  type ReportBlock,
} from '../../../src/webrtc/rtcp/reports.ts';

const REPORT = {
  ssrc: 0x89abcdef,
  ntpSeconds: 3_970_000_000,
  ntpFraction: 0x80000001,
  rtpTimestamp: 0xfffffff0,
  packetCount: 12_345,
  octetCount: 0xfffffffe,
};

const BLOCK: ReportBlock = {
  ssrc: 0xfedcba98,
  fractionLost: 0.25,
  packetsLost: -3,
  highestSequence: 0x0001fff0,
  jitter: 777,
  lastSenderReport: 0xdeadbeef,
  delaySinceLastSenderReport: 65_536,
};

function only(packet: Buffer): { type: number; count: number; packet: Buffer } {
  const found: { type: number; count: number; packet: Buffer }[] = [];
  visitRtcp(packet, (type, count, view) => found.push({ type, count, packet: view }));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('RTCP reports', () => {
  it('come back as they were built', () => {
    const sender = only(buildSenderReport(REPORT, [BLOCK]));
    expect(sender.type).toBe(RTCP_SR);
    expect(parseSenderReport(sender.packet)).toEqual(REPORT);
    expect(parseReportBlocks(sender.type, sender.count, sender.packet)).toEqual([BLOCK]);

    const receiver = only(buildReceiverReport(5, [BLOCK, { ...BLOCK, ssrc: 6 }]));
    expect(receiver.type).toBe(RTCP_RR);
    expect(parseReportBlocks(receiver.type, receiver.count, receiver.packet).map(({ ssrc }) => ssrc)).toEqual([
      0xfedcba98, 6,
    ]);

    const bye = only(buildBye([1, 0xffffffff]));
    expect(bye.type).toBe(RTCP_BYE);
    expect(parseBye(bye.count, bye.packet)).toEqual([1, 0xffffffff]);
  });

  it('are read by werift as they were meant', () => {
    const compound = Buffer.concat([
      buildSenderReport(REPORT),
      buildSourceDescription([{ ssrc: REPORT.ssrc, cname: 'someone' }]),
      buildReceiverReport(5, [BLOCK]),
    ]);
    const [sr, sdes, rr] = RtcpPacketConverter.deSerialize(compound) as [
      RtcpSrPacket,
      RtcpSourceDescriptionPacket,
      RtcpRrPacket,
    ];
    expect(sr.ssrc).toBe(REPORT.ssrc);
    expect(sr.senderInfo.ntpTimestamp).toBe((3_970_000_000n << 32n) | 0x80000001n);
    expect(sr.senderInfo.rtpTimestamp).toBe(REPORT.rtpTimestamp);
    expect(sr.senderInfo.packetCount).toBe(REPORT.packetCount);
    expect(sdes.chunks[0]!.source).toBe(REPORT.ssrc);
    expect(sdes.chunks[0]!.items[0]!.text).toBe('someone');
    expect(rr.reports[0]!.ssrc).toBe(BLOCK.ssrc);
    expect(rr.reports[0]!.jitter).toBe(BLOCK.jitter);
    expect(rr.reports[0]!.dlsr).toBe(65_536);
  });

  it('name sources by CNAME, whatever its length does to the alignment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ssrc: fc.nat(), cname: fc.string({ maxLength: 60 }) }), { maxLength: 31 }),
        (list) => {
          const sdes = only(buildSourceDescription(list));
          expect(sdes.type).toBe(RTCP_SDES);
          expect(sdes.packet.length % 4).toBe(0);
          expect(parseSourceDescription(sdes.count, sdes.packet)).toEqual(list);
        },
      ),
    );
  });

  it('hold at most 31 blocks', () => {
    const blocks = Array.from({ length: 40 }, (_, ssrc) => ({ ...BLOCK, ssrc }));
    const { type, count, packet } = only(buildReceiverReport(1, blocks));
    expect(parseReportBlocks(type, count, packet).map(({ ssrc }) => ssrc)).toEqual(
      Array.from({ length: 31 }, (_, i) => i),
    );
  });

  it('end where the bytes end, whatever they claim', () => {
    const packet = buildReceiverReport(1, [BLOCK]);
    expect(parseReportBlocks(RTCP_RR, 31, packet)).toHaveLength(1);
    expect(parseReportBlocks(RTCP_RR, 1, packet.subarray(0, 20))).toEqual([]);
    expect(parseSenderReport(packet.subarray(0, 8))).toBeUndefined();
    expect(parseBye(31, buildBye([7]))).toEqual([7]);
  });
});

describe('visitRtcp', () => {
  it('cuts padding off and stops at what does not fit', () => {
    const padded = Buffer.concat([buildBye([7]), Buffer.of(0, 0, 0, 4)]);
    padded[0] = padded[0]! | 0x20;
    padded.writeUInt16BE(padded.length / 4 - 1, 2);
    const seen: number[] = [];
    visitRtcp(Buffer.concat([buildBye([1]), padded, Buffer.of(0x80, 200, 0, 99)]), (type, count, packet) => {
      seen.push(...parseBye(count, packet));
    });
    expect(seen).toEqual([1, 7]);
  });
});
