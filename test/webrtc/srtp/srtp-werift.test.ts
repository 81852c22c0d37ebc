import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RtpHeader, RtpPacket, SrtcpSession, SrtpSession } from 'werift';
import { SRTP_SALT_BYTES } from '../../../src/webrtc/srtp/srtp-keys.ts';
import { createSrtpCipher } from '../../../src/webrtc/srtp/srtp-profile.ts';
import { SrtpReceiver } from '../../../src/webrtc/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../src/webrtc/srtp/srtp-sender.ts';
import type { SrtpProfile } from '../../../src/webrtc/types.ts';

const PROFILES: readonly [SrtpProfile, number][] = [
  ['AEAD_AES_128_GCM', 7],
  ['AES_CM_128_HMAC_SHA1_80', 1],
];

function association(profile: SrtpProfile, number: number) {
  const key = randomBytes(16);
  const salt = randomBytes(SRTP_SALT_BYTES[profile]);
  const keys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };
  return {
    sender: new SrtpSender(createSrtpCipher(profile, key, salt)),
    receiver: new SrtpReceiver(createSrtpCipher(profile, key, salt)),
    rtp: new SrtpSession({ keys, profile: number }),
    rtcp: new SrtcpSession({ keys, profile: number }),
  };
}

/** A packet with room behind it for a tag. */
function rtpPacket(ssrc: number, sequenceNumber: number, payload: Buffer): { plain: Buffer; header: RtpHeader } {
  const header = new RtpHeader({ ssrc, sequenceNumber, timestamp: 960 * sequenceNumber, payloadType: 111 });
  return { plain: new RtpPacket(header, payload).serialize(), header };
}

describe.each(PROFILES)('%s and werift', (profile, number) => {
  it('make the same RTP packets, over a sequence wrap and for every payload size', () => {
    const { sender, receiver, rtp } = association(profile, number);
    const stream = sender.stream(0x89abcdef);
    for (let n = 0; n < 1300; n++) {
      const payload = randomBytes(n % 7 === 0 ? n : n % 200);
      const { plain, header } = rtpPacket(0x89abcdef, (65_000 + n) & 0xffff, payload);
      const packet = Buffer.concat([plain, Buffer.alloc(16)]);
      const length = stream.protect(packet, 12, plain.length);
      expect(packet.subarray(0, length).equals(rtp.encrypt(payload, header))).toBe(true);
      expect(receiver.openRtp(packet, 12, length)).toBe(plain.length);
      expect(packet.subarray(0, plain.length).equals(plain)).toBe(true);
    }
    expect(stream.roc).toBe(1);
  });

  it('read each other’s RTCP', () => {
    const { sender, receiver, rtcp } = association(profile, number);
    for (let n = 0; n < 50; n++) {
      const plain = Buffer.concat([Buffer.from('81c9000700000001', 'hex'), randomBytes(24)]);
      const packet = Buffer.concat([plain, Buffer.alloc(20)]);
      const length = sender.protectRtcp(packet, plain.length);
      expect(rtcp.decrypt(Buffer.from(packet.subarray(0, length)))).toEqual(plain);
      const theirs = rtcp.encrypt(plain);
      expect(receiver.openRtcp(theirs, theirs.length)).toBe(plain.length);
      expect(theirs.subarray(0, plain.length)).toEqual(plain);
    }
  });
});
