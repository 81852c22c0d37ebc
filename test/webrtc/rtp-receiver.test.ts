import { describe, expect, it } from 'vitest';
import { RTCP_PAYLOAD_FEEDBACK, RTCP_RR, RTCP_TRANSPORT_FEEDBACK, visitRtcp } from '../../src/webrtc/rtcp/compound.ts';
import { FMT_NACK, FMT_PLI, parseNack } from '../../src/webrtc/rtcp/feedback.ts';
import { buildBye, buildSenderReport, parseReportBlocks, type ReportBlock } from '../../src/webrtc/rtcp/reports.ts';
import { parseTransportFeedback, type TransportFeedback } from '../../src/webrtc/rtcp/transport-feedback.ts';
import { createRtpReceiver, type RtpReceiver } from '../../src/webrtc/rtp-receiver.ts';
import type { ReceivedRtp } from '../../src/webrtc/types.ts';

const VIDEO = 100;
const RTX = 101;
const AUDIO = 111;

interface Fields {
  ssrc?: number;
  payloadType?: number;
  timestamp?: number;
  payload?: Buffer;
  transportSequence?: number;
}

function packet(sequenceNumber: number, arrivalMs: number, fields: Fields = {}): ReceivedRtp {
  const extension = Buffer.alloc(2);
  extension.writeUInt16BE((fields.transportSequence ?? 0) & 0xffff);
  return {
    ssrc: fields.ssrc ?? 1,
    payloadType: fields.payloadType ?? VIDEO,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: fields.timestamp ?? 0,
    marker: false,
    payload: fields.payload ?? Buffer.of(1),
    padding: 0,
    extension: (id) => (id === 3 && fields.transportSequence !== undefined ? extension : undefined),
    arrivalMs,
  };
}

function receiver(options: { rtxSsrcs?: Map<number, number>; maxSources?: number } = {}): RtpReceiver {
  return createRtpReceiver({
    ssrc: 42,
    cname: 'receiver',
    transportSequenceId: 3,
    payloads: new Map([
      [VIDEO, { clockRate: 90_000, nack: true, pli: true }],
      [RTX, { clockRate: 90_000, repeats: VIDEO }],
      [AUDIO, { clockRate: 48_000 }],
    ]),
    ...options,
  });
}

interface Said {
  blocks: ReportBlock[];
  nacked: number[];
  plis: number;
  transport: TransportFeedback[];
}

function said(packets: readonly Buffer[]): Said {
  const all: Said = { blocks: [], nacked: [], plis: 0, transport: [] };
  for (const compound of packets) {
    visitRtcp(compound, (type, count, view) => {
      if (type === RTCP_RR) all.blocks.push(...parseReportBlocks(type, count, view));
      else if (type === RTCP_TRANSPORT_FEEDBACK && count === FMT_NACK) all.nacked.push(...parseNack(view));
      else if (type === RTCP_TRANSPORT_FEEDBACK) all.transport.push(parseTransportFeedback(view)!);
      else if (type === RTCP_PAYLOAD_FEEDBACK && count === FMT_PLI) all.plis++;
    });
  }
  return all;
}

describe('receiver reports', () => {
  it('count losses over a wrap, per interval and in total', () => {
    const rtp = receiver();
    rtp.poll(0);
    const arrived = Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 10 !== 5);
    for (const i of arrived) rtp.receive(packet(65_500 + i, i * 20, { payloadType: AUDIO, timestamp: i * 960 }));
    const [first] = said(rtp.poll(3000)).blocks;
    expect(first).toMatchObject({ ssrc: 1, packetsLost: 10, highestSequence: 65_500 + 99, jitter: 0 });
    expect(first!.fractionLost).toBeCloseTo(0.1, 2);
    for (let i = 100; i < 150; i++) rtp.receive(packet(65_500 + i, i * 20, { payloadType: AUDIO, timestamp: i * 960 }));
    expect(said(rtp.poll(6000)).blocks[0]).toMatchObject({ packetsLost: 10, fractionLost: 0 });
    expect(rtp.stats()).toMatchObject([
      { ssrc: 1, packetsReceived: 140, packetsLost: 10, maxGapMs: 40, duplicates: 0 },
    ]);
  });

  it('measure jitter as RFC 3550 does', () => {
    const rtp = receiver();
    rtp.poll(0);
    let expected = 0;
    for (let i = 0; i < 200; i++) {
      rtp.receive(packet(i, i * 20 + (i % 2) * 5, { payloadType: AUDIO, timestamp: i * 960 }));
      if (i > 0) expected += (5 * 48 - expected) / 16;
    }
    expect(said(rtp.poll(5000)).blocks[0]!.jitter).toBe(Math.round(expected));
    expect(rtp.stats()[0]!.jitterMs).toBeCloseTo(5, 1);
  });

  it('take a leap of the RTP time for what it is: no jitter', () => {
    const rtp = receiver();
    for (let i = 0; i < 50; i++) rtp.receive(packet(i, i * 20, { payloadType: AUDIO, timestamp: i * 960 }));
    rtp.receive(packet(50, 1000, { payloadType: AUDIO, timestamp: 3_000_000_000 }));
    expect(rtp.stats()[0]!.jitterMs).toBe(0);
  });

  it('tell late packets from double ones', () => {
    const rtp = receiver();
    for (const i of [0, 1, 3, 2, 4, 4, 3, 80, 79, 10]) rtp.receive(packet(i, i));
    expect(rtp.stats()[0]).toMatchObject({ packetsReceived: 10, duplicates: 2, reordered: 3 });
  });

  it('begin anew when the sender does', () => {
    const rtp = receiver();
    rtp.poll(0);
    for (const i of [0, 1, 2, 30_000, 30_001, 30_002]) rtp.receive(packet(i, i / 100, { payloadType: AUDIO }));
    expect(said(rtp.poll(2000)).blocks[0]).toMatchObject({ packetsLost: 0, highestSequence: 30_002 });
  });

  it('refer to the last sender report', () => {
    const rtp = receiver();
    rtp.receive(packet(1, 1000, { payloadType: AUDIO }));
    const report = {
      ssrc: 1,
      ntpSeconds: 0x12345678,
      ntpFraction: 0x9abcdef0,
      rtpTimestamp: 5,
      packetCount: 1,
      octetCount: 1,
    };
    rtp.receiveRtcp(buildSenderReport(report), 1500);
    const [block] = said(rtp.poll(2000)).blocks;
    expect(block).toMatchObject({ lastSenderReport: 0x56789abc, delaySinceLastSenderReport: 32_768 });
    expect(rtp.senderReport(1)).toEqual({ report, arrivalMs: 1500 });
  });

  it('take turns when there are more sources than fit, and forget those that leave', () => {
    const rtp = receiver();
    rtp.poll(0);
    for (let ssrc = 1; ssrc <= 40; ssrc++) rtp.receive(packet(1, 1, { ssrc, payloadType: AUDIO }));
    const first = said(rtp.poll(2000)).blocks.map(({ ssrc }) => ssrc);
    const second = said(rtp.poll(4000)).blocks.map(({ ssrc }) => ssrc);
    expect(first).toHaveLength(31);
    expect(new Set([...first, ...second]).size).toBe(40);
    rtp.receiveRtcp(buildBye([1, 2]), 4000);
    expect(rtp.stats()).toHaveLength(38);
  });

  it('follow a bounded number of sources, and forget the silent ones first', () => {
    const rtp = receiver({ maxSources: 3 });
    for (let ssrc = 1; ssrc <= 4; ssrc++) rtp.receive(packet(1, ssrc, { ssrc }));
    expect(rtp.stats().map(({ ssrc }) => ssrc)).toEqual([1, 2, 3]);
    rtp.receive(packet(1, 40_000, { ssrc: 5 }));
    expect(rtp.stats().map(({ ssrc }) => ssrc)).toEqual([5]);
  });
});

describe('requests for lost packets', () => {
  it('go out after a moment, again after a round trip, and end when the packet comes', () => {
    const rtp = receiver();
    rtp.roundTripMs = 100;
    for (const i of [65_534, 65_535, 1, 2]) rtp.receive(packet(i, 1000));
    expect(said(rtp.poll(1005)).nacked).toEqual([]);
    expect(said(rtp.poll(1010)).nacked).toEqual([0]);
    expect(said(rtp.poll(1100)).nacked).toEqual([]);
    expect(said(rtp.poll(1110)).nacked).toEqual([0]);
    rtp.receive(packet(0, 1150));
    expect(said(rtp.poll(1300)).nacked).toEqual([]);
  });

  it('are not made for packets that were only out of order, nor for audio', () => {
    const rtp = receiver();
    for (const i of [1, 3]) rtp.receive(packet(i, 1000));
    for (const i of [1, 3]) rtp.receive(packet(i, 1000, { ssrc: 9, payloadType: AUDIO }));
    rtp.receive(packet(2, 1004));
    expect(said(rtp.poll(1020)).nacked).toEqual([]);
  });

  it('give up after eight tries or a second, and ask for a keyframe once', () => {
    const rtp = receiver();
    rtp.roundTripMs = 50;
    for (const i of [1, 3]) rtp.receive(packet(i, 0));
    const asked: number[] = [];
    let plis = 0;
    for (let nowMs = 0; nowMs < 3000; nowMs += 20) {
      const { nacked, plis: more } = said(rtp.poll(nowMs));
      asked.push(...nacked);
      plis += more;
    }
    expect(asked).toEqual(Array.from({ length: 8 }, () => 2));
    expect(plis).toBe(1);
  });

  it('are not made after a leap: a keyframe is cheaper', () => {
    const rtp = receiver();
    rtp.receive(packet(1, 0));
    rtp.receive(packet(1000, 0));
    const { nacked, plis } = said(rtp.poll(50));
    expect(nacked).toEqual([]);
    expect(plis).toBe(1);
  });
});

describe('retransmissions', () => {
  const repeat = (osn: number, text: string): Buffer => {
    const payload = Buffer.alloc(2 + text.length);
    payload.writeUInt16BE(osn);
    payload.write(text, 2);
    return payload;
  };

  it('come out as the packets that they repeat, and end the asking', () => {
    const rtp = receiver({ rtxSsrcs: new Map([[2, 1]]) });
    for (const i of [10, 12]) rtp.receive(packet(i, 0));
    expect(said(rtp.poll(10)).nacked).toEqual([11]);
    const original = rtp.receive(
      packet(500, 60, { ssrc: 2, payloadType: RTX, timestamp: 77, payload: repeat(11, 'lost') }),
    )!;
    expect(original).toMatchObject({ ssrc: 1, payloadType: VIDEO, sequenceNumber: 11, timestamp: 77 });
    expect(Buffer.from(original.payload).toString()).toBe('lost');
    expect(said(rtp.poll(500)).nacked).toEqual([]);
  });

  it('find their original by themselves while there is only one', () => {
    const rtp = receiver();
    rtp.receive(packet(10, 0));
    expect(rtp.receive(packet(1, 1, { ssrc: 2, payloadType: RTX, payload: repeat(9, 'x') }))!.ssrc).toBe(1);
    rtp.receive(packet(10, 2, { ssrc: 3 }));
    expect(rtp.receive(packet(2, 3, { ssrc: 2, payloadType: RTX, payload: repeat(8, 'x') }))).toBeUndefined();
  });

  it('of nothing are probes', () => {
    const rtp = receiver({ rtxSsrcs: new Map([[2, 1]]) });
    expect(rtp.receive(packet(1, 0, { ssrc: 2, payloadType: RTX, payload: Buffer.alloc(0) }))).toBeUndefined();
    expect(rtp.receive(packet(2, 0, { payload: Buffer.alloc(0) }))).toBeUndefined();
    expect(rtp.receive(packet(3, 0, { payloadType: 13 }))).toBeUndefined();
  });
});

describe('transport-wide feedback', () => {
  it('comes every 100 ms, about all packets whatever their SSRC, with holes where there are some', () => {
    const rtp = receiver();
    rtp.poll(0);
    const all: TransportFeedback[] = [];
    for (let i = 0; i < 100; i++) {
      if (i % 7 !== 3) rtp.receive(packet(i, 1000 + i * 10, { ssrc: i % 2, transportSequence: 65_500 + i }));
      all.push(...said(rtp.poll(1000 + i * 10)).transport);
    }
    all.push(...said(rtp.poll(2100)).transport);
    expect(all.length).toBeGreaterThanOrEqual(10);
    expect(all.length).toBeLessThanOrEqual(12);
    expect(all.map(({ feedbackCount }) => feedbackCount)).toEqual(all.map((_, i) => i));
    const received = all.flatMap((feedback) => feedback.received);
    const expected = Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 7 !== 3);
    expect(received.map(({ sequence }) => sequence)).toEqual(expected.map((i) => (65_500 + i) & 0xffff));
    expect(received.map(({ arrivalUs }) => arrivalUs)).toEqual(expected.map((i) => 1_000_000 + i * 10_000));
    let next = 65_500;
    for (const { baseSequence, count } of all) {
      expect(baseSequence).toBe(next & 0xffff);
      next += count;
    }
  });

  it('reports a late packet after all, and a loss of more than one feedback holds', () => {
    const rtp = receiver();
    rtp.poll(0);
    rtp.receive(packet(1, 200, { transportSequence: 10 }));
    rtp.receive(packet(2, 201, { transportSequence: 12 }));
    rtp.poll(300);
    rtp.receive(packet(3, 310, { transportSequence: 11 }));
    const late = said(rtp.poll(400)).transport.flatMap(({ received }) => received);
    expect(late.map(({ sequence }) => sequence)).toContain(11);
    rtp.receive(packet(4, 500, { transportSequence: 1000 }));
    const far = said(rtp.poll(600)).transport;
    expect(far.flatMap(({ received }) => received.map(({ sequence }) => sequence))).toEqual([1000]);
  });
});
