import { describe, expect, it } from 'vitest';
import { OPUS_SILENCE } from '../../../src/media/opus.ts';
import { AUDIO, createPeers, OPUS_SOUND, opusSample, type Peers } from '../rtp-peers.ts';

/** Writes a sample that is due now, then lets 20 ms pass. */
function playFrames(
  peers: Peers,
  track: ReturnType<Peers['us']['createTrack']>,
  frames: number,
  data?: Uint8Array,
): void {
  for (let i = 0; i < frames; i++) {
    track.write(opusSample(peers.clock.nowUs(), data));
    peers.clock.advance(20_000);
  }
}

describe.each(['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const)('an audio track over %s', (profile) => {
  it('arrives as it was written, numbered without a hole, 960 ticks a frame', () => {
    const peers = createPeers(profile);
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    playFrames(peers, track, 100);
    expect(peers.received).toHaveLength(100);
    const [first] = peers.received;
    peers.received.forEach((packet, n) => {
      expect(packet.ssrc).toBe(AUDIO.ssrc);
      expect(packet.payloadType).toBe(111);
      expect(packet.payload.equals(OPUS_SOUND)).toBe(true);
      expect(packet.sequenceNumber).toBe((first!.sequenceNumber + n) & 0xffff);
      expect(packet.timestamp).toBe((first!.timestamp + 960 * n) >>> 0);
    });
  });

  it('goes on over wraps of the sequence number and of the timestamp', () => {
    const peers = createPeers(profile);
    const track = peers.us.createTrack(AUDIO, { sequence: 65_500, timestamp: 0xffffffff - 48_000 });
    peers.start();
    playFrames(peers, track, 100);
    expect(peers.received).toHaveLength(100);
    expect(peers.received.at(-1)!.sequenceNumber).toBe((65_500 + 99) & 0xffff);
    expect(peers.received.at(-1)!.timestamp).toBe((0xffffffff - 48_000 + 99 * 960) >>> 0);
    expect(peers.them.stats().packetsRejected).toBe(0);
  });
});

describe('an audio track in another session', () => {
  it('goes on with its numbers and its time, and reports at once', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO, { sequence: 64_000, timestamp: 0 });
    peers.start();
    playFrames(peers, track, 10);
    peers.start();
    const reported: number[] = [];
    peers.them.onRtcp = () => reported.push(peers.clock.nowUs());
    playFrames(peers, track, 10);
    expect(peers.received.map(({ sequenceNumber }) => sequenceNumber - 64_000)).toEqual([...Array(20).keys()]);
    expect(peers.received.at(-1)!.timestamp).toBe(19 * 960);
    expect(reported).toHaveLength(1);
    expect(peers.them.stats().packetsRejected).toBe(0);
  });

  it('leaves out the end of the numbers, so that a loss at the start does not hide the rollover', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO, { sequence: 65_400 });
    peers.start();
    playFrames(peers, track, 10);
    peers.start();
    peers.deliver = () => false;
    playFrames(peers, track, 200);
    peers.deliver = () => true;
    playFrames(peers, track, 10);
    expect(peers.received).toHaveLength(20);
    expect(peers.received.at(-1)!.sequenceNumber).toBe(209);
  });

  it('sends nothing and wakes nobody in between', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    playFrames(peers, track, 10);
    peers.us.stop();
    expect(peers.clock.armed).toBe(0);
    const sent = peers.wire.length;
    playFrames(peers, track, 10);
    expect(peers.wire).toHaveLength(sent);
    expect(track.getStats()).toMatchObject({ packetsSent: 10, packetsDropped: 10 });
  });

  it('does not send again what it sent under former keys', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO, { sequence: 100 });
    peers.start();
    track.onNack([99]);
    playFrames(peers, track, 3);
    peers.clock.advance(1_000_000);
    track.onNack([102]);
    peers.start();
    track.onNack([102]);
    expect(track.getStats()).toMatchObject({ nackCount: 3, retransmittedPackets: 1 });
  });
});

describe('an audio track', () => {
  it('takes its RTP time from the due time, however late it is written', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO, { timestamp: 1000 });
    peers.start();
    const epochUs = peers.clock.nowUs();
    for (const [dueUs, lateUs] of [
      [0, 0],
      [20_000, 7_000],
      [40_000, 0],
      [5_040_000, 1_000],
    ] as const) {
      peers.clock.advance(epochUs + dueUs + lateUs - peers.clock.nowUs());
      track.write(opusSample(epochUs + dueUs));
    }
    expect(peers.received.map((packet) => packet.timestamp)).toEqual([1000, 1960, 2920, 1000 + 5_040 * 48]);
    const { latenessMaxMs } = track.getStats();
    expect(latenessMaxMs).toBeCloseTo(1, 5);
  });

  it('marks the first packet and the first after a gap', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    playFrames(peers, track, 3);
    peers.clock.advance(200_000);
    playFrames(peers, track, 2);
    expect(peers.received.map((packet) => packet.marker)).toEqual([true, false, false, true, false]);
  });

  it('gives sound and silence away by the audio level', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    const dtx = Uint8Array.of(0xf8);
    const twoSilentFrames = Uint8Array.of(0xfb, 2, 0xff, 0xfe, 0xff, 0xfe);
    const almostSilence = Uint8Array.of(0xf8, 0xff, 0xfe, 0x01);
    for (const data of [OPUS_SOUND, OPUS_SILENCE, dtx, twoSilentFrames, almostSilence])
      playFrames(peers, track, 1, data);
    expect(peers.received.map((packet) => packet.extensions.get(1)![0])).toEqual([0x94, 127, 127, 127, 0x94]);
  });

  it('stamps the send time and numbers the packets of the transport', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    const other = peers.us.createTrack({ ...AUDIO, ssrc: 7 });
    peers.start();
    playFrames(peers, track, 2);
    playFrames(peers, other, 2);
    playFrames(peers, track, 1);
    const media = peers.received.map((packet) => packet.extensions.get(3)!.readUInt16BE());
    expect(media).toEqual([0, 1, 2, 3, 4]);
    const times = peers.received.map((packet) => packet.extensions.get(2)!.readUIntBE(0, 3));
    const seconds = (peers.clock.nowUs() / 1e6 - 0.02) % 64;
    expect(times.at(-1)! / 2 ** 18).toBeCloseTo(seconds, 3);
    expect(((times[1]! - times[0]!) & 0xffffff) / 2 ** 18).toBeCloseTo(0.02, 4);
  });

  it('carries packets larger than its slots, and smaller ones after them', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    const sizes = [3, 1275, 401, 399, 0, 1, 1275, 50];
    for (const size of sizes) playFrames(peers, track, 1, Buffer.alloc(size, size));
    const expected = sizes.filter((size) => size > 0).map((size) => Buffer.alloc(size, size));
    expect(peers.received.map((packet) => packet.payload)).toEqual(expected);
  });

  it('drops and counts what comes before the start, and begins once there are keys', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    let started = 0;
    track.started$.subscribe(() => started++);
    playFrames(peers, track, 5);
    expect(track.getStats()).toMatchObject({ packetsDropped: 5, packetsSent: 0, bytesSent: 0 });
    expect(started).toBe(0);
    peers.start();
    playFrames(peers, track, 2);
    expect(track.getStats()).toMatchObject({ packetsDropped: 5, packetsSent: 2, bytesSent: 2 * OPUS_SOUND.length });
    track.started$.subscribe(() => started++);
    expect(started).toBe(2);
    expect(peers.received[0]!.marker).toBe(true);
  });

  it('drops and counts what it was not made for', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    track.write({ ...opusSample(peers.clock.nowUs()), kind: 'video', codec: 'vp8' });
    track.write(opusSample(peers.clock.nowUs(), Buffer.alloc(200_000, 1)));
    expect(peers.wire).toEqual([]);
    expect(track.getStats()).toMatchObject({ packetsDropped: 2, packetsSent: 0 });
  });

  it('refuses an SSRC that is taken: two streams under one key would use a nonce twice', () => {
    const { us } = createPeers();
    us.createTrack({ ...AUDIO, rtxSsrc: 9 });
    expect(() => us.createTrack(AUDIO)).toThrow('ssrc');
    expect(() => us.createTrack({ ...AUDIO, ssrc: 9 })).toThrow('ssrc');
  });

  it('sends nothing after close, and completes', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    let completed = false;
    track.keyframeRequests$.subscribe({ complete: () => (completed = true) });
    peers.start();
    playFrames(peers, track, 1);
    peers.us.close();
    const sent = peers.wire.length;
    playFrames(peers, track, 3);
    peers.us.close();
    expect(peers.wire).toHaveLength(sent);
    expect(completed).toBe(true);
    expect(peers.clock.armed).toBe(0);
  });
});
