import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../../src/webrtc/srtp/replay-window.ts';
import { SRTP_SALT_BYTES } from '../../../src/webrtc/srtp/srtp-keys.ts';
import { createSrtpCipher } from '../../../src/webrtc/srtp/srtp-profile.ts';
import { SrtpReceiver } from '../../../src/webrtc/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../src/webrtc/srtp/srtp-sender.ts';
import type { SrtpProfile } from '../../../src/webrtc/types.ts';

const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];

describe.each(PROFILES)('SrtpSender and SrtpReceiver with %s', (profile) => {
  const key = randomBytes(16);
  const salt = randomBytes(SRTP_SALT_BYTES[profile]);
  const newSender = (): SrtpSender => new SrtpSender(createSrtpCipher(profile, key, salt));
  const newReceiver = (maxSources?: number): SrtpReceiver =>
    new SrtpReceiver(createSrtpCipher(profile, key, salt), { maxSources });

  function rtp(sender: SrtpSender, seq: number, ssrc = 1, payload: Uint8Array = Buffer.from(`payload ${seq}`)): Buffer {
    const packet = Buffer.alloc(12 + payload.length + sender.cipher.rtpOverhead);
    packet[0] = 0x80;
    packet.writeUInt16BE(seq, 2);
    packet.writeUInt32BE(ssrc, 8);
    packet.set(payload, 12);
    const length = sender.stream(ssrc).protect(packet, 12, 12 + payload.length);
    if (length < 0) throw new Error('refused');
    return packet.subarray(0, length);
  }

  function rtcp(sender: SrtpSender, ssrc = 1): Buffer {
    const packet = Buffer.alloc(28 + sender.cipher.rtcpOverhead);
    packet.set([0x80, 200, 0, 6]);
    packet.writeUInt32BE(ssrc, 4);
    return packet.subarray(0, sender.protectRtcp(packet, 28));
  }

  const open = (receiver: SrtpReceiver, packet: Buffer): number =>
    receiver.openRtp(Buffer.from(packet), 12, packet.length);
  const openRtcp = (receiver: SrtpReceiver, packet: Buffer): number =>
    receiver.openRtcp(Buffer.from(packet), packet.length);

  it('never protects a sequence number twice, nor an older one', () => {
    const sender = newSender();
    rtp(sender, 100);
    expect(() => rtp(sender, 100)).toThrow('refused');
    expect(() => rtp(sender, 99)).toThrow('refused');
    expect(() => rtp(sender, (100 + 0x8000) & 0xffff)).toThrow('refused');
    expect(sender.stream(1).roc).toBe(0);
    rtp(sender, 101);
  });

  it('hands out one stream per SSRC, so that a second user of it cannot start over', () => {
    const sender = newSender();
    expect(sender.stream(5)).toBe(sender.stream(5));
    expect(sender.stream(5)).not.toBe(sender.stream(6));
  });

  it('takes each packet once', () => {
    const sender = newSender();
    const receiver = newReceiver();
    const packets = [10, 11, 12].map((seq) => rtp(sender, seq));
    expect(packets.map((packet) => open(receiver, packet) > 0)).toEqual([true, true, true]);
    expect(packets.map((packet) => open(receiver, packet))).toEqual([-1, -1, -1]);
    const report = rtcp(sender);
    expect(openRtcp(receiver, report)).toBe(28);
    expect(openRtcp(receiver, report)).toBe(-1);
  });

  it('takes packets in any order around a wrap of the sequence number', () => {
    const sender = newSender();
    const receiver = newReceiver();
    const packets = Array.from({ length: 40 }, (_, n) => rtp(sender, (65_520 + n) & 0xffff));
    const [head, ...rest] = packets;
    expect(open(receiver, head!)).toBeGreaterThan(0);
    const shuffled = [...rest.filter((_, n) => n % 3 === 2), ...rest.filter((_, n) => n % 3 !== 2).reverse()];
    for (const packet of shuffled) expect(open(receiver, packet)).toBeGreaterThan(0);
    for (const packet of packets) expect(open(receiver, packet)).toBe(-1);
  });

  it('survives several wraps and gaps in them', () => {
    const sender = newSender();
    const receiver = newReceiver();
    for (let seq = 0; seq < 5 * 65_536; seq += 20_011) {
      expect(open(receiver, rtp(sender, seq & 0xffff))).toBeGreaterThan(0);
    }
    expect(sender.stream(1).roc).toBe(4);
  });

  it('drops forged packets and is not confused by them', () => {
    const sender = newSender();
    const receiver = newReceiver();
    const first = rtp(sender, 1);
    for (let at = 0; at < first.length; at++) {
      const forged = Buffer.from(first);
      forged[at] = forged[at]! ^ 0x40;
      expect(open(receiver, forged)).toBe(-1);
    }
    expect(open(receiver, first)).toBeGreaterThan(0);
    const ahead = rtp(sender, 30_000);
    ahead[ahead.length - 1] = ahead[ahead.length - 1]! ^ 1;
    expect(open(receiver, ahead)).toBe(-1);
    expect(open(receiver, rtp(sender, 30_001))).toBeGreaterThan(0);

    const report = rtcp(sender);
    for (let at = 0; at < report.length; at++) {
      const forged = Buffer.from(report);
      forged[at] = forged[at]! ^ 0x40;
      expect(openRtcp(receiver, forged)).toBe(-1);
    }
    expect(openRtcp(receiver, report)).toBe(28);
  });

  it('leaves a refused packet as it was', () => {
    const sender = newSender();
    const packet = rtp(sender, 1);
    packet[12] = packet[12]! ^ 1;
    const before = Buffer.from(packet);
    expect(newReceiver().openRtp(packet, 12, packet.length)).toBe(-1);
    expect(packet).toEqual(before);
  });

  it('follows no more SSRCs than it is told to, and forgeries count for nothing', () => {
    const sender = newSender();
    const receiver = newReceiver(2);
    const forged = rtp(sender, 1, 77);
    forged[14] = forged[14]! ^ 1;
    expect(open(receiver, forged)).toBe(-1);
    expect(open(receiver, rtp(sender, 1, 1))).toBeGreaterThan(0);
    expect(open(receiver, rtp(sender, 1, 2))).toBeGreaterThan(0);
    expect(open(receiver, rtp(sender, 1, 3))).toBe(-1);
    expect(open(receiver, rtp(sender, 2, 1))).toBeGreaterThan(0);
  });

  it('refuses noise of any length', () => {
    const receiver = newReceiver();
    for (let length = 12; length < 300; length++) {
      expect(receiver.openRtp(randomBytes(length), 12, length)).toBe(-1);
      expect(receiver.openRtcp(randomBytes(length), length)).toBe(-1);
    }
  });
});

describe('ReplayWindow', () => {
  it('agrees with a set of all that was seen', () => {
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let newest = 0;
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let n = 0; n < 50_000; n++) {
      const index = Math.max(0, newest + Math.floor((random() - 0.7) * (n % 100 === 0 ? 5000 : 60)));
      const fresh = !seen.has(index) && index > newest - 1024;
      if (n > 0) expect(window.accepts(index)).toBe(fresh);
      if (n > 0 && !fresh) continue;
      window.add(index);
      seen.add(index);
      newest = n === 0 ? index : Math.max(newest, index);
    }
    expect(window.newest).toBe(newest);
  });
});
