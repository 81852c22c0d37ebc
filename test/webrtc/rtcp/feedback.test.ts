import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceiverEstimatedMaxBitrate } from 'werift';
import {
  GenericNack,
  PictureLossIndication,
  RtcpPacketConverter,
  type RtcpPayloadSpecificFeedback,
  type RtcpTransportLayerFeedback,
} from 'werift';
import {
  buildFir,
  buildNack,
  buildPli,
  buildRemb,
  parseFeedbackSsrcs,
  parseFir,
  parseNack,
  parseRemb,
} from '../../../src/webrtc/rtcp/feedback.ts';

describe('NACK', () => {
  it('names exactly the packets that it was built for, over a wrap too', () => {
    fc.assert(
      fc.property(fc.nat(65_535), fc.uniqueArray(fc.nat(200), { minLength: 1 }), (first, steps) => {
        const lost = steps.sort((a, b) => a - b).map((step) => (first + step) & 0xffff);
        expect(parseNack(buildNack(1, 2, lost))).toEqual(lost);
      }),
    );
  });

  it('puts 17 neighbors into one item', () => {
    const lost = Array.from({ length: 17 }, (_, i) => (65_530 + i) & 0xffff);
    expect(buildNack(1, 2, lost)).toHaveLength(16);
  });

  it('is read by werift', () => {
    const [packet] = RtcpPacketConverter.deSerialize(buildNack(1, 2, [100, 101, 116, 300]));
    const nack = (packet as RtcpTransportLayerFeedback).feedback as GenericNack;
    expect(nack).toBeInstanceOf(GenericNack);
    expect(nack.lost).toEqual([100, 101, 116, 300]);
    expect(nack.mediaSourceSsrc).toBe(2);
  });

  it('names no more than 1024 packets, however long it is', () => {
    const packet = Buffer.concat([buildNack(1, 2, []), Buffer.alloc(4000, 0xff)]);
    expect(parseNack(packet).length).toBeLessThan(1024 + 17);
  });
});

describe('payload feedback', () => {
  it('asks for pictures', () => {
    expect(parseFeedbackSsrcs(buildPli(1, 2))).toEqual({ sender: 1, media: 2 });
    const [pli] = RtcpPacketConverter.deSerialize(buildPli(1, 2));
    expect((pli as RtcpPayloadSpecificFeedback).feedback).toBeInstanceOf(PictureLossIndication);

    const requests = [
      { ssrc: 0xffffffff, sequence: 255 },
      { ssrc: 7, sequence: 0 },
    ];
    expect(parseFir(buildFir(1, requests))).toEqual(requests);
    expect(parseFeedbackSsrcs(buildFir(1, requests))).toEqual({ sender: 1, media: 0 });
  });

  it('estimates bitrates within the 18 bits there are', () => {
    for (const bitsPerSecond of [0, 1, 262_143, 262_144, 800_000, 2_500_000, 1e9]) {
      const remb = parseRemb(buildRemb(1, { bitsPerSecond, ssrcs: [5, 6] }))!;
      expect(remb.ssrcs).toEqual([5, 6]);
      expect(remb.bitsPerSecond).toBeLessThanOrEqual(bitsPerSecond);
      expect(remb.bitsPerSecond).toBeGreaterThan(bitsPerSecond * (1 - 2 ** -17) - 1);
      const [theirs] = RtcpPacketConverter.deSerialize(buildRemb(1, { bitsPerSecond, ssrcs: [5, 6] }));
      const feedback = (theirs as RtcpPayloadSpecificFeedback).feedback as ReceiverEstimatedMaxBitrate;
      expect(Number(feedback.bitrate)).toBe(remb.bitsPerSecond);
    }
  });

  it('is no REMB when it does not say so', () => {
    const other = buildRemb(1, { bitsPerSecond: 5, ssrcs: [] });
    other.write('XXXX', 12);
    expect(parseRemb(other)).toBeUndefined();
    expect(parseRemb(other.subarray(0, 12))).toBeUndefined();
  });
});
