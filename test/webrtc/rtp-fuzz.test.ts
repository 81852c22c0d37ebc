import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { createRtpReceiver } from '../../src/webrtc/rtp-receiver.ts';
import { createRtpSession } from '../../src/webrtc/rtp-session.ts';
import { SrtpSender } from '../../src/webrtc/srtp/srtp-sender.ts';
import { createSrtpCipher } from '../../src/webrtc/srtp/srtp-profile.ts';
import { memoryInUse, MIB } from '../memory-in-use.ts';
import { AUDIO, keyPair, ManualClock, opusSample } from './rtp-peers.ts';

/** How many packets each run throws at a session; `RXCALL_FUZZ=1000000` for a long one. */
const PACKETS = Number(process.env['RXCALL_FUZZ'] ?? 25_000);
const timeout = 20_000 + PACKETS / 10;

/** xorshift: fast, and the same packets each time. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe.each(['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const)('a session over %s', (profile) => {
  function setUp() {
    const clock = new ManualClock();
    const keys = keyPair(profile);
    let sent = 0;
    const session = createRtpSession({ clock, logger: silentLogger });
    session.start(keys.ours, { send: () => sent++ });
    const receiver = createRtpReceiver({
      ssrc: 1,
      cname: 'fuzz',
      transportSequenceId: 3,
      payloads: new Map([
        [111, { clockRate: 48_000 }],
        [100, { clockRate: 90_000, nack: true, pli: true }],
        [101, { clockRate: 90_000, repeats: 100 }],
      ]),
      maxSources: 50,
    });
    session.onRtp = (packet) => void receiver.receive(packet);
    session.onRtcp = (compound) => receiver.receiveRtcp(compound, clock.nowUs() / 1000);
    const peer = new SrtpSender(createSrtpCipher(profile, keys.theirs.localKey, keys.theirs.localSalt));
    return { clock, session, receiver, peer, sent: () => sent };
  }

  it('throws nothing at noise that looks like RTP or RTCP, and takes none of it', { timeout }, () => {
    const { session } = setUp();
    const random = seeded(1);
    for (let n = 0; n < PACKETS; n++) {
      const packet = Buffer.alloc(random(120));
      for (let i = 0; i < packet.length; i++) packet[i] = random(256);
      if (packet.length > 1) {
        packet[0] = 0x80 | random(64);
        packet[1] = random(2) ? 200 + random(8) : 100 + random(12);
      }
      session.receive(packet, n);
    }
    expect(session.stats()).toMatchObject({ packetsReceived: 0, packetsRejected: PACKETS });
  });

  it('throws nothing at authentic nonsense, and remembers a bounded part of it', { timeout }, async () => {
    const { clock, session, receiver, peer, sent } = setUp();
    const track = session.createTrack(AUDIO);
    const random = seeded(2);
    const before = await memoryInUse();
    for (let n = 0; n < PACKETS; n++) {
      const rtcp = random(2) === 0;
      const length = (rtcp ? 12 : 16) + 4 * random(40);
      const packet = Buffer.alloc(length + 64);
      for (let i = 2; i < length; i++) packet[i] = random(3) ? random(256) : random(4);
      packet[0] = 0x80 | random(64);
      packet[1] = rtcp ? 200 + random(8) : 99 + random(14);
      if (rtcp) {
        // Mostly one packet of the right length, often about our track
        if (random(4)) packet.writeUInt16BE(length / 4 - 1, 2);
        packet.writeUInt32BE(random(40), 4);
        if (random(2)) packet.writeUInt32BE(AUDIO.ssrc, 8);
        if (random(2)) packet[0] = 0x80 | [1, 4, 15][random(3)]!;
      } else {
        packet.writeUInt32BE(random(200), 8);
        packet[0] = (packet[0] & 0xb0) | random(3);
        if (length > 28)
          packet.writeUInt32BE((random(2) ? 0xbede0000 : 0x10000000) + random(8), 12 + 4 * (packet[0] & 15));
      }
      const end = rtcp ? peer.protectRtcp(packet, length) : protectRtp(peer, packet, length);
      if (end > 0) session.receive(packet.subarray(0, end), n);
      if (n % 16 === 0) for (const report of receiver.poll(n)) expect(report.length).toBeLessThan(1500);
      if (n % 64 === 0) {
        track.write(opusSample(clock.nowUs()));
        clock.advance(25_000);
      }
    }
    const stats = session.stats();
    expect(stats.packetsReceived).toBeGreaterThan(PACKETS / 3);
    expect(receiver.stats().length).toBeLessThanOrEqual(50);
    expect((await memoryInUse()) - before).toBeLessThan(8 * MIB);
    // NACKs are answered, but not so that a peer could make us flood
    expect(sent()).toBeLessThan(PACKETS);
  });
});

/** Protects a packet behind its fixed header, as a peer does whose header makes sense; -1 when it makes none. */
function protectRtp(peer: SrtpSender, packet: Buffer, length: number): number {
  const sources = 4 * (packet[0]! & 0x0f);
  const extension = packet[0]! & 0x10 ? 4 + 4 * packet.readUInt16BE(12 + sources + 2) : 0;
  const headerLength = 12 + sources + extension;
  return headerLength > length ? -1 : peer.stream(packet.readUInt32BE(8)).protect(packet, headerLength, length);
}
