import { describe, expect, it } from 'vitest';
import { buildReceiverReport } from '../../../src/webrtc/rtcp/reports.ts';
import { buildTransportFeedback } from '../../../src/webrtc/rtcp/transport-feedback.ts';
import { buildRemb } from '../../../src/webrtc/rtcp/feedback.ts';
import { createRtpReceiver } from '../../../src/webrtc/rtp-receiver.ts';
import { type ReceivedRtp, TRANSPORT_SEQUENCE_URI, type TrackOptions } from '../../../src/webrtc/types.ts';
import { AUDIO, createPeers, opusSample, type Peers } from '../rtp-peers.ts';

const VIDEO: TrackOptions = {
  kind: 'video',
  ssrc: 0x22222222,
  cname: 'somebody',
  parameters: {
    codec: 'vp8',
    payloadType: 100,
    clockRate: 90_000,
    headerExtensions: [{ id: 3, uri: TRANSPORT_SEQUENCE_URI }],
  },
};

/** Sends 30 pictures a second of a megabit; `queueMs` is how long packets wait on the way. */
function show(peers: Peers, seconds: number, queueMs: (second: number) => number): number[] {
  const receiver = createRtpReceiver({
    ssrc: 1,
    cname: 'them',
    payloads: new Map([[100, { clockRate: 90_000 }]]),
    transportSequenceId: 3,
  });
  const targets: number[] = [];
  const startUs = peers.clock.nowUs();
  const second = (): number => (peers.clock.nowUs() - startUs) / 1e6;
  const watching = peers.us.targetBitrate$.subscribe((target) => targets.push(target));
  peers.them.onRtp = (packet: ReceivedRtp) => {
    const arrivalMs = packet.arrivalMs + queueMs(second());
    receiver.receive({ ...packet, extension: (id) => packet.extension(id), arrivalMs });
  };
  const track = peers.us.createTrack(VIDEO);
  for (let frame = 0; frame < seconds * 30; frame++) {
    const dueUs = peers.clock.nowUs();
    track.write({
      kind: 'video',
      codec: 'vp8',
      data: Buffer.alloc(4200, frame),
      ptsUs: dueUs,
      dueUs,
      durationUs: 33_333,
      keyframe: frame % 30 === 0,
    });
    peers.clock.advance(33_333);
    for (const report of receiver.poll(peers.clock.nowUs() / 1000)) {
      if (report[1] !== 201) peers.them.sendRtcp(report);
    }
  }
  watching.unsubscribe();
  return targets;
}

describe('the target bitrate of a session', () => {
  it('stays at the upper bound while nothing waits', () => {
    const peers = createPeers();
    peers.start();
    expect(show(peers, 10, () => 20)).toEqual([1_800_000]);
    expect(peers.us.stats()).toMatchObject({ targetBitrate: 1_800_000, remoteBitrateEstimate: null });
    expect(peers.us.stats().bitrateEstimate).toBeGreaterThan(1_800_000);
  });

  it('falls when packets wait ever longer, and begins anew on another path', () => {
    const peers = createPeers();
    peers.start();
    const targets = show(peers, 10, (second) => Math.max(0, second - 3) * 200);
    expect(targets[0]).toBe(1_800_000);
    expect(targets.at(-1)).toBeLessThan(700_000);
    peers.start();
    expect(peers.us.stats()).toMatchObject({ targetBitrate: 1_800_000, bitrateEstimate: null });
  });

  it('takes no heed of when sound and padding arrive, before there is a picture', () => {
    const peers = createPeers();
    peers.start();
    const sound = peers.us.createTrack(AUDIO);
    const idle = peers.us.createTrack({ ...VIDEO, ssrc: 77 });
    const acknowledge = (): void => {
      for (let i = 0; i < 5; i++) sound.write(opusSample(peers.clock.nowUs()));
      idle.sendPadding();
      const sent = { senderSsrc: 1, mediaSsrc: AUDIO.ssrc, feedbackCount: 0, baseSequence: 0, arrivalsUs: [0, 0, 0] };
      peers.them.sendRtcp(buildTransportFeedback(sent).packet);
    };
    acknowledge();
    acknowledge();
    expect(peers.us.stats().bitrateEstimate).toBeNull();
    show(peers, 1, () => 20);
    expect(peers.us.stats().bitrateEstimate).not.toBeNull();
  });

  it('follows what the peer reports and says it can take; of a call without video, nothing is estimated', () => {
    const peers = createPeers();
    peers.start();
    peers.them.sendRtcp(buildRemb(1, { bitsPerSecond: 1_000_000, ssrcs: [] }));
    expect(peers.us.stats()).toMatchObject({ remoteBitrateEstimate: 1_000_000, bitrateEstimate: null });
    peers.us.createTrack(VIDEO);
    peers.them.sendRtcp(buildRemb(1, { bitsPerSecond: 1_000_000, ssrcs: [] }));
    expect(peers.us.stats().targetBitrate).toBe(650_000);

    const block = { packetsLost: 0, highestSequence: 0, jitter: 0, lastSenderReport: 0, delaySinceLastSenderReport: 0 };
    for (let i = 0; i < 20; i++) {
      peers.them.sendRtcp(buildReceiverReport(1, [{ ssrc: VIDEO.ssrc, fractionLost: 0.5, ...block }]));
    }
    expect(peers.us.stats().targetBitrate).toBe(500_000);
    let completed = false;
    peers.us.targetBitrate$.subscribe({ complete: () => (completed = true) });
    peers.us.close();
    expect(completed).toBe(true);
  });
});
