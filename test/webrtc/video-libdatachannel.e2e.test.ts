import { randomInt } from 'node:crypto';
import library, { type Track } from 'node-datachannel';
import { afterAll, describe, expect, it } from 'vitest';
import { createVp8Depacketizer } from '../../src/media/vp8-depacketizer.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { buildNack } from '../../src/webrtc/rtcp/feedback.ts';
import { MissingPackets } from '../../src/webrtc/rtp/missing-packets.ts';
import { rtpHeaderLength } from '../../src/webrtc/rtp/rtp-header.ts';
import { RtpPacketView } from '../../src/webrtc/rtp/rtp-packet.ts';
import { unwrapRtx } from '../../src/webrtc/rtp/rtx-unwrap.ts';
import type { LocalParameters, ReceivedRtp } from '../../src/webrtc/types.ts';
import { remoteOf } from './browser-answer.ts';
import { keep } from './rtp-peers.ts';
import { LOOPBACK, seededRandom } from './transport-pair.ts';
import { offerOf, OFFERED_TRACK } from './video-offer.ts';

const { ssrc, rtxSsrc, parameters } = OFFERED_TRACK;
const FRAMES = 300;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Receiver {
  readonly sdp: string;
  readonly track: Track;
  close(): void;
}

/** libdatachannel, by way of node-datachannel, with the answer that it gives to our offer. */
async function answerOffer(local: LocalParameters): Promise<Receiver> {
  const connection = new library.PeerConnection('them', { iceServers: [], bindAddress: '127.0.0.1' });
  const offered = new Promise<Track>((resolve) => connection.onTrack(resolve));
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((state) => state === 'complete' && resolve());
  });
  connection.setRemoteDescription(offerOf(local), 'offer');
  const track = await offered;
  await gathered;
  return { sdp: connection.localDescription()!.sdp, track, close: () => connection.close() };
}

/** What it hands out: packets by their running number, and who asks for those that are missing. */
function collect(track: Track): { readonly packets: ReadonlyMap<number, ReceivedRtp>; close(): void } {
  const packets = new Map<number, ReceivedRtp>();
  const missing = new MissingPackets();
  let newest = 0;
  track.onMessage((message) => {
    const arrived = readRtp(message);
    if (!arrived) return;
    const packet = arrived.ssrc === rtxSsrc ? unwrapRtx(arrived, ssrc, parameters.payloadType) : arrived;
    if (packet?.ssrc !== ssrc) return; // RTCP
    const ahead = ((packet.sequenceNumber - newest) << 16) >> 16;
    const running = packets.size === 0 ? packet.sequenceNumber : newest + ahead;
    newest = Math.max(newest, running);
    packets.set(running, packet);
    missing.add(packet.sequenceNumber, performance.now());
  });
  // It asks for nothing by itself, but sends what it is given.
  const timer = setInterval(() => {
    const lost = missing.due(performance.now(), 20);
    if (lost.length > 0) track.sendMessageBinary(buildNack(1, ssrc, lost));
  }, 10);
  return { packets, close: () => clearInterval(timer) };
}

function readRtp(message: Buffer): ReceivedRtp | undefined {
  const headerLength = rtpHeaderLength(message, message.length);
  const packet = headerLength < 0 ? undefined : RtpPacketView.of(message, headerLength, message.length, 0);
  return packet && { ...keep(packet), extension: () => undefined };
}

/** Frames out of packets, in the order of their numbers. One of which a packet is missing is left out. */
function framesOf(packets: ReadonlyMap<number, ReceivedRtp>): Buffer[] {
  const depacketizer = createVp8Depacketizer();
  const frames: Buffer[] = [];
  for (const running of [...packets.keys()].toSorted((a, b) => a - b)) {
    const { payload, marker } = packets.get(running)!;
    const frame = payload.length > 0 && depacketizer.push(payload, marker);
    if (frame) frames.push(Buffer.from(frame));
  }
  return frames;
}

describe('libdatachannel', () => {
  afterAll(() => library.cleanup());

  it.each(['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const)(
    'hands out by %s what we send, byte for byte: over the wrap, with a twentieth lost and sent again, and its PLI arrives',
    async (profile) => {
      const impair = { lossRate: 0, traffic: 'media', direction: 'send', random: seededRandom(5) } as const;
      const lossy: { lossRate: number } = impair;
      const us = await createTransport({ ...LOOPBACK, iceRole: 'controlling', srtpProfiles: [profile], impair });
      const track = us.createTrack(OFFERED_TRACK);
      const asked: string[] = [];
      track.keyframeRequests$.subscribe((request) => asked.push(request));
      const them = await answerOffer(us.localParameters);
      const received = collect(them.track);
      try {
        await us.connect(remoteOf(them.sdp));
        expect(us.getStats().srtpProfile).toBe(profile);
        await expect.poll(() => them.track.isOpen()).toBe(true);

        // Numbers begin at random below half of their range: padding takes them near to its end.
        track.sendPadding();
        await expect.poll(() => received.packets.size).toBe(1);
        const [first] = received.packets.keys();
        for (let sequence = first!; sequence < 0x10000 - 50; sequence++) {
          track.sendPadding();
          if (sequence % 64 === 0) await sleep(1);
        }

        lossy.lossRate = 0.05;
        const frames = Array.from({ length: FRAMES }, (_, n) => Buffer.alloc(1 + randomInt(4000), n));
        for (const [n, data] of frames.entries()) {
          const sample = { kind: 'video', codec: 'vp8', ptsUs: 0, durationUs: 33_000, keyframe: false } as const;
          track.write({ ...sample, data, dueUs: n * 33_000 });
          await sleep(2);
        }
        lossy.lossRate = 0;
        track.sendPadding(); // without one more, the loss of the last one would not show
        await expect.poll(() => framesOf(received.packets).length, { timeout: 10_000 }).toBe(FRAMES);
        expect(Buffer.concat(framesOf(received.packets)).equals(Buffer.concat(frames))).toBe(true);
        expect(Math.max(...received.packets.keys())).toBeGreaterThan(0x10000 + FRAMES);
        expect(track.getStats().retransmittedPackets).toBeGreaterThan(10);
        expect(track.getStats().nackCount).toBeGreaterThan(0);

        // This one asks for keyframes, of the stream that it has seen, and lets nobody else send RTCP.
        them.track.setMediaHandler(new library.RtcpReceivingSession());
        await expect
          .poll(() => {
            track.sendPadding();
            them.track.requestKeyframe();
            return asked;
          })
          .toContain('pli');
        expect(us.getStats().packetsRejected).toBe(0);
      } finally {
        received.close();
        them.close();
        await us.close();
      }
    },
    60_000,
  );
});
