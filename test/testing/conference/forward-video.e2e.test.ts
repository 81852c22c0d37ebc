import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createH264Depacketizer } from '../../../src/media/h264-depacketizer.ts';
import { createVp8Depacketizer } from '../../../src/media/vp8-depacketizer.ts';
import { createConference, type LoopbackConference } from '../../../src/testing/conference/conference.ts';
import { receiverVideoConstraints } from '../../../src/telegram/colibri.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { RTCP_SR, visitRtcp } from '../../../src/webrtc/rtcp/compound.ts';
import { buildNack, buildPli } from '../../../src/webrtc/rtcp/feedback.ts';
import { parseSenderReport, type SenderReport } from '../../../src/webrtc/rtcp/reports.ts';
import type { WebRtcTrack } from '../../../src/webrtc/types.ts';
import { joinConference, type TestClient, until } from './test-client.ts';

type VideoCodec = 'vp8' | 'h264';

/** A keyframe of four packets. */
function picture(codec: VideoCodec): Uint8Array {
  const noise = randomBytes(4000).map((byte) => byte | 1); // no start code inside
  if (codec === 'vp8') return Buffer.concat([Buffer.from('1002009d012a4001f000', 'hex'), noise]);
  const units = ['67420029aa', '68ce3c80'].map((hex) => Buffer.from(hex, 'hex'));
  return Buffer.concat(
    [...units, Buffer.concat([Buffer.of(0x65), noise])].flatMap((nal) => [Buffer.of(0, 0, 0, 1), nal]),
  );
}

/** What the conference's answer calls the video of this one. */
function endpointOf({ ssrcs }: TestClient): string {
  return ssrcs.audio.toString(16).padStart(8, '0');
}

function show(track: WebRtcTrack, data: Uint8Array): void {
  const dueUs = performance.now() * 1000;
  const codec = track.parameters.codec;
  track.write({ kind: 'video', codec, data, ptsUs: dueUs, dueUs, durationUs: 40_000, keyframe: true });
}

describe('a loopback conference: pictures', () => {
  let conference: LoopbackConference;
  beforeEach(async () => void (conference = await createConference()));
  afterEach(() => conference.close());

  async function present(codec: VideoCodec, impair = {}) {
    const speaker = await (await joinConference(conference, { impair })).connect();
    const listener = await (
      await joinConference(conference, { answer: { payloadTypes: { vp8: 120, h264: 122 } } })
    ).connect();
    await until(() => conference.participants.every(({ state }) => state === 'connected'), 'both');
    const { video: ssrc, rtx: rtxSsrc } = speaker.ssrcs;
    const parameters = speaker.answer.video[codec]!;
    const track = speaker.transport.createTrack({ kind: 'video', ssrc, rtxSsrc, parameters, cname: 'speaker' });
    const depacketizer = codec === 'vp8' ? createVp8Depacketizer() : createH264Depacketizer();
    const seen = {
      frames: [] as Uint8Array[],
      packets: [] as { ssrc: number; payloadType: number; sequenceNumber: number }[],
      reports: new Map<number, SenderReport>(),
    };
    listener.transport.onRtp = ({ ssrc, payloadType, sequenceNumber, payload, marker }) => {
      seen.packets.push({ ssrc, payloadType, sequenceNumber });
      const frame = ssrc === speaker.ssrcs.video ? depacketizer.push(payload, marker) : undefined;
      if (frame) seen.frames.push(frame);
    };
    listener.transport.onRtcp = (compound) =>
      visitRtcp(Buffer.from(compound), (type, _, packet) => {
        const report = type === RTCP_SR ? parseSenderReport(packet) : undefined;
        if (report) seen.reports.set(report.ssrc, report);
      });
    const leave = async (): Promise<void> => {
      await Promise.all([speaker, listener].map((client: TestClient) => client[Symbol.asyncDispose]()));
    };
    return { speaker, listener, track, seen, [Symbol.asyncDispose]: leave };
  }

  it.each([
    ['vp8', 120],
    ['h264', 122],
  ] as const)('lets others see %s as it is, under the SSRC of who sends, with reports', async (codec, payloadType) => {
    await using stage = await present(codec);
    const { speaker, track, seen } = stage;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const pictures = Array.from({ length: 10 }, () => picture(codec));
    for (const data of pictures) {
      show(track, data);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => seen.frames.length === 10, 'ten pictures');
    expect(seen.frames.map((data) => Buffer.from(data))).toEqual(pictures.map((data) => Buffer.from(data)));
    expect(new Set(seen.packets.map((packet) => packet.payloadType))).toEqual(new Set([payloadType]));
    expect(new Set(seen.packets.map(({ ssrc }) => ssrc))).toEqual(new Set([speaker.ssrcs.video]));
    await until(() => seen.reports.has(speaker.ssrcs.video), 'a sender report');
  });

  it('waits for what was lost on the way to it, and sends again what is lost from it', async () => {
    const impair = { lossRate: 0.2, traffic: 'media', direction: 'receive', random: seededRandom(11) };
    await using stage = await present('vp8', impair);
    const { speaker, listener, track, seen } = stage;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const pictures = Array.from({ length: 20 }, () => picture('vp8'));
    for (const data of pictures) {
      show(track, data);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    show(track, picture('vp8')); // shows a loss at the end
    await until(() => seen.frames.length >= 20, 'twenty pictures');
    expect(seen.frames.slice(0, 20).map((data) => Buffer.from(data))).toEqual(
      pictures.map((data) => Buffer.from(data)),
    );
    expect(track.getStats().retransmittedPackets).toBeGreaterThan(5);

    const { sequenceNumber } = seen.packets.at(-1)!;
    await new Promise((resolve) => setTimeout(resolve, 200)); // what has just been sent is not sent again
    listener.transport.sendRtcp(buildNack(1, speaker.ssrcs.video, [sequenceNumber]));
    const repeated = () => seen.packets.find((packet) => packet.ssrc === speaker.ssrcs.rtx);
    await until(() => repeated() !== undefined, 'the repeated packet');
    expect(repeated()!.payloadType).toBe(121);
  });

  it('passes keyframe requests on, at most two a second', async () => {
    await using stage = await present('vp8');
    const { speaker, listener, track, seen } = stage;
    await until(() => track.getStats().pliCount === 1, 'the request of who has just come');
    show(track, picture('vp8'));
    await until(() => seen.frames.length === 1, 'a picture');
    for (let i = 0; i < 20; i++) {
      listener.transport.sendRtcp(buildPli(1, speaker.ssrcs.video));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await until(() => track.getStats().pliCount >= 3, 'the requests');
    expect(track.getStats().pliCount).toBeLessThanOrEqual(5);
  });

  it('go only to who wants them, as told on the data channel, and begin with a keyframe', async () => {
    await using stage = await present('vp8');
    const { speaker, listener, track, seen } = stage;
    await until(() => track.getStats().pliCount === 1, 'the request of who has just come');
    show(track, picture('vp8'));
    await until(() => seen.frames.length === 1, 'a picture');

    const channel = await listener.transport.openDataChannel();
    await until(() => channel.state === 'open', 'the channel');
    const want = async (endpoints: Record<string, { maxHeight: number }>): Promise<void> => {
      const { messages } = listener.participant.channel;
      const before = messages.length;
      channel.send(receiverVideoConstraints({ endpoints }));
      await until(() => messages.length > before, 'the wish');
    };
    await want({});
    for (let i = 0; i < 5; i++) {
      show(track, picture('vp8'));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen.frames).toHaveLength(1);

    await want({ [endpointOf(speaker)]: { maxHeight: 360 } });
    const wanted = picture('vp8');
    show(track, wanted);
    await until(() => seen.frames.length === 2, 'a picture that is wanted');
    expect(Buffer.from(seen.frames[1]!).equals(wanted)).toBe(true);
  });
});
