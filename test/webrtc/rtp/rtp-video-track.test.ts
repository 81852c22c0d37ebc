import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PacedSample } from '../../../src/core/sample.ts';
import { createH264Depacketizer } from '../../../src/media/h264-depacketizer.ts';
import { createVp8Depacketizer } from '../../../src/media/vp8-depacketizer.ts';
import { buildNack } from '../../../src/webrtc/rtcp/feedback.ts';
import { createRtpReceiver } from '../../../src/webrtc/rtp-receiver.ts';
import {
  ABS_SEND_TIME_URI,
  TRANSPORT_SEQUENCE_URI,
  type ReceivedRtp,
  type TrackOptions,
} from '../../../src/webrtc/types.ts';
import { createPeers, keep, type KeptRtp, type Peers } from '../rtp-peers.ts';

const SSRC = 0x22222222;
const RTX_SSRC = 0x33333333;

const VIDEO: TrackOptions = {
  kind: 'video',
  ssrc: SSRC,
  cname: 'somebody',
  parameters: {
    codec: 'vp8',
    payloadType: 100,
    clockRate: 90_000,
    headerExtensions: [
      { id: 2, uri: ABS_SEND_TIME_URI },
      { id: 3, uri: TRANSPORT_SEQUENCE_URI },
    ],
  },
};

const WITH_RTX: TrackOptions = {
  ...VIDEO,
  rtxSsrc: RTX_SSRC,
  parameters: { ...VIDEO.parameters, rtxPayloadType: 101 },
};

/** Something of the size of a frame; the first bytes are those of a VP8 keyframe. */
function frame(bytes: number): Buffer {
  return Buffer.concat([Buffer.from('1002009d012a4001f000', 'hex'), randomBytes(bytes)]);
}

function videoSample(dueUs: number, data: Uint8Array, codec: 'vp8' | 'h264' = 'vp8'): PacedSample {
  return { kind: 'video', codec, data, ptsUs: dueUs, durationUs: 40_000, keyframe: true, dueUs };
}

function show(peers: Peers, track: ReturnType<Peers['us']['createTrack']>, frames: readonly Buffer[]): void {
  for (const data of frames) {
    track.write(videoSample(peers.clock.nowUs(), data, track.parameters.codec as 'vp8' | 'h264'));
    peers.clock.advance(40_000);
  }
}

/** Puts the frames of `packets` together, which may be in any order. */
function frames(packets: readonly (KeptRtp | ReceivedRtp)[]): Uint8Array[] {
  const first = packets[0]!.sequenceNumber;
  const place = (packet: KeptRtp | ReceivedRtp): number => (packet.sequenceNumber - first) & 0xffff;
  const depacketizer = createVp8Depacketizer();
  return packets
    .toSorted((a, b) => place(a) - place(b))
    .flatMap((packet) => depacketizer.push(packet.payload, packet.marker) ?? []);
}

describe('a video track', () => {
  it('splits frames into packets that fit, of one time, the last one marked', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(VIDEO, { timestamp: 0 });
    peers.start();
    const pictures = [5000, 10, 1105, 1106, 30_000].map(frame);
    show(peers, track, pictures);
    expect(frames(peers.received)).toEqual(pictures.map((data) => new Uint8Array(data)));
    const times = new Map<number, boolean[]>();
    for (const { timestamp, marker } of peers.received) times.set(timestamp, [...(times.get(timestamp) ?? []), marker]);
    expect([...times.keys()]).toEqual([0, 3600, 7200, 10_800, 14_400]);
    for (const markers of times.values()) expect(markers.indexOf(true)).toBe(markers.length - 1);
    for (const datagram of peers.wire) expect(datagram.length).toBeLessThanOrEqual(1200);
    expect(track.getStats().bytesSent).toBe(peers.received.reduce((sum, { payload }) => sum + payload.length, 0));
  });

  it('carries H.264 as well', () => {
    const peers = createPeers();
    const track = peers.us.createTrack({ ...VIDEO, parameters: { ...VIDEO.parameters, codec: 'h264' } });
    peers.start();
    // Parameter sets and a slice, without start codes inside
    const slice = randomBytes(5000).map((byte) => byte | 1);
    const units = [
      Buffer.from('67420029aa', 'hex'),
      Buffer.from('68ce3c80', 'hex'),
      Buffer.concat([Buffer.of(0x65), slice]),
    ];
    const annexB = Buffer.concat(units.flatMap((unit) => [Buffer.of(0, 0, 0, 1), unit]));
    show(peers, track, [annexB, annexB]);
    const depacketizer = createH264Depacketizer();
    const pictures = peers.received.flatMap((packet) => depacketizer.push(packet.payload, packet.marker) ?? []);
    expect(pictures).toEqual([new Uint8Array(annexB), new Uint8Array(annexB)]);
    for (const datagram of peers.wire) expect(datagram.length).toBeLessThanOrEqual(1200);
  });

  it('answers NACKs with RTX packets, which carry the original (RFC 4588)', () => {
    for (const profile of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const) {
      const peers = createPeers(profile);
      const track = peers.us.createTrack(WITH_RTX, { sequence: 65_533 });
      peers.start();
      const receiver = createRtpReceiver({
        ssrc: 5,
        cname: 'receiver',
        payloads: new Map([
          [100, { clockRate: 90_000, nack: true }],
          [101, { clockRate: 90_000, repeats: 100 }],
        ]),
        rtxSsrcs: new Map([[RTX_SSRC, SSRC]]),
      });
      const media: KeptRtp[] = [];
      const repeats: KeptRtp[] = [];
      peers.them.onRtp = (packet) => {
        if (packet.payloadType === 101) repeats.push(keep(packet));
        const medium = receiver.receive(packet);
        if (medium) media.push(keep(medium));
      };
      let n = 0;
      peers.deliver = (datagram) => (datagram[1]! & 0x7f) !== 100 || ++n % 5 !== 3;
      const pictures = Array.from({ length: 20 }, () => frame(4000));
      for (const picture of pictures) {
        show(peers, track, [picture]);
        for (const report of receiver.poll(peers.clock.nowUs() / 1000)) peers.them.sendRtcp(report);
      }
      peers.clock.advance(100_000);
      for (const report of receiver.poll(peers.clock.nowUs() / 1000)) peers.them.sendRtcp(report);
      expect(frames(media)).toEqual(pictures.map((data) => new Uint8Array(data)));
      expect(repeats).toHaveLength(16);
      expect(track.getStats()).toMatchObject({ retransmittedPackets: 16, packetsSent: 80 });
      repeats.slice(1).forEach((packet, i) => {
        expect(packet.ssrc).toBe(RTX_SSRC);
        expect(packet.sequenceNumber).toBe((repeats[i]!.sequenceNumber + 1) & 0xffff);
        expect(packet.extensions.get(3)).toBeDefined();
      });
      expect(peers.them.stats().packetsRejected).toBe(0);
    }
  });

  it('remembers 256 packets to send again, and sends none that it forgot', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(VIDEO, { sequence: 0 });
    peers.start();
    peers.deliver = (datagram) => (datagram[1]! & 0x7f) !== 100;
    show(
      peers,
      track,
      Array.from({ length: 300 }, () => frame(10)),
    );
    peers.deliver = () => true;
    peers.them.sendRtcp(
      buildNack(
        1,
        SSRC,
        Array.from({ length: 300 }, (_, i) => i),
      ),
    );
    expect(peers.received.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      Array.from({ length: 256 }, (_, i) => i + 44),
    );
  });

  it('keeps its SSRC alive by padding, which takes a number and no picture id', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(VIDEO, { sequence: 10, timestamp: 0 });
    track.sendPadding();
    peers.start();
    expect(peers.wire).toEqual([]);
    show(peers, track, [frame(10)]);
    track.sendPadding();
    peers.clock.advance(40_000);
    show(peers, track, [frame(10)]);
    const [before, padding, after] = peers.received;
    expect(padding).toMatchObject({ sequenceNumber: 11, padding: 255, timestamp: 3600, marker: false });
    expect(padding!.payload).toHaveLength(0);
    expect(after).toMatchObject({ sequenceNumber: 12, padding: 0, timestamp: 7200 });
    expect(peers.wire.find((datagram) => datagram[0]! & 0x20)!.length).toBe(12 + 12 + 255 + 16);
    expect(frames([before!, after!])).toHaveLength(2);
    expect(track.getStats().packetsSent).toBe(3);
    peers.them.sendRtcp(buildNack(1, SSRC, [11]));
    expect(track.getStats().retransmittedPackets).toBe(0);
  });

  it('counts as many dropped packets as a frame would have taken', () => {
    const { us } = createPeers();
    const track = us.createTrack(VIDEO);
    track.write(videoSample(0, frame(3000)));
    expect(track.getStats().packetsDropped).toBe(3);
  });
});
