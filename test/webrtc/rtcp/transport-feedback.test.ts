import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtcpPacketConverter, TransportWideCC, type RtcpTransportLayerFeedback } from 'werift';
import { buildTransportFeedback, parseTransportFeedback } from '../../../src/webrtc/rtcp/transport-feedback.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function build(baseSequence: number, arrivalsUs: readonly (number | undefined)[]): { packet: Buffer; count: number } {
  return buildTransportFeedback({ senderSsrc: 1, mediaSsrc: 2, baseSequence, feedbackCount: 9, arrivalsUs });
}

describe('transport-wide feedback', () => {
  it('reads run lengths, vectors of both kinds, and deltas of both sizes', () => {
    // 2 received (run), 1 of 7 in a two-bit vector with a large negative delta, 14 in a one-bit vector
    const packet = hex(`8fcd000a 00000001 00000002 fffe0017 00000205
      2002 d000 a001
      04 ff f000 01 02 000000`);
    packet.writeUInt16BE(packet.length / 4 - 1, 2);
    const feedback = parseTransportFeedback(packet)!;
    // The two-bit vector 01 00 00 …: symbol 1, then six missing
    expect(feedback).toMatchObject({ baseSequence: 0xfffe, count: 23, feedbackCount: 5 });
    const base = 2 * 64_000;
    expect(feedback.received.map(({ sequence }) => sequence)).toEqual([0xfffe, 0xffff, 0x0000, 0x0007, 0x0014]);
    expect(feedback.received.map(({ arrivalUs }) => (arrivalUs - base) / 250)).toEqual([4, 259, 499, 499, 500]);
  });

  it('says when each packet arrived, and which did not, to a quarter of a millisecond', () => {
    const arrival = fc.option(fc.nat(40_000), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(65_535), fc.array(arrival, { minLength: 1, maxLength: 400 }), (base, steps) => {
        let nowUs = 5_000_000_000;
        const arrivalsUs = steps.map((step) => (step === undefined ? undefined : (nowUs += step - 10_000)));
        const { packet, count } = build(base, arrivalsUs);
        const last = arrivalsUs.findLastIndex((at) => at !== undefined);
        expect(count).toBe(last + 1);
        const feedback = parseTransportFeedback(packet)!;
        expect(feedback.count).toBe(count);
        const read = new Map(feedback.received.map(({ sequence, arrivalUs }) => [sequence, arrivalUs]));
        arrivalsUs.forEach((at, i) => {
          const arrivalUs = read.get((base + i) & 0xffff);
          if (at === undefined) expect(arrivalUs).toBeUndefined();
          else expect(Math.abs(arrivalUs! - at)).toBeLessThanOrEqual(125);
        });
      }),
    );
  });

  it('is read by werift with its holes', () => {
    const arrivalsUs = [1, 2, 3, undefined, 5, 6, 7, 8, 9, 10, 11, 12].map((ms) => ms && 1_000_000 + ms * 1000);
    const [packet] = RtcpPacketConverter.deSerialize(build(1, arrivalsUs).packet);
    const feedback = (packet as RtcpTransportLayerFeedback).feedback as TransportWideCC;
    expect(feedback).toBeInstanceOf(TransportWideCC);
    expect(feedback.baseSequenceNumber).toBe(1);
    expect(feedback.packetStatusCount).toBe(12);
    // Its own list of results leaves status vectors out, so the vector itself is looked at.
    const [vector] = feedback.packetChunks as { symbolList: number[] }[];
    expect(vector!.symbolList).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(feedback.recvDeltas.slice(1).map(({ delta }) => delta)).toEqual([
      1000, 1000, 2000, 1000, 1000, 1000, 1000, 1000, 1000, 1000,
    ]);
  });

  it('stops at 400 packets and at a leap that a delta cannot span', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i * 1000);
    expect(build(0, many).count).toBe(400);
    expect(build(0, [0, 1000, 10_000_000, 10_001_000]).count).toBe(2);
    expect(build(0, [undefined, undefined]).count).toBe(0);
  });

  it('returns no more than it was given, whatever it claims', () => {
    // 65 535 packets, all missing, in eight runs; then the same as received, without deltas
    const runs = (chunk: number): Buffer => {
      const packet = Buffer.alloc(20 + 18);
      packet.set(hex('8fcd0000 00000001 00000002 0000ffff 00000000'));
      for (let i = 0; i < 9; i++) packet.writeUInt16BE(chunk, 20 + 2 * i);
      return packet;
    };
    expect(parseTransportFeedback(runs(0x1fff))!.received).toEqual([]);
    expect(parseTransportFeedback(runs(0x3fff))).toBeUndefined();
    expect(parseTransportFeedback(runs(0x0000))).toBeUndefined();
    expect(parseTransportFeedback(runs(0x6001))).toBeUndefined();
    expect(parseTransportFeedback(Buffer.alloc(19))).toBeUndefined();
  });
});
