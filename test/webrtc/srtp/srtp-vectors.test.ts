import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ghashEngines, loadGhash } from '../../../src/webrtc/srtp/ghash.ts';
import { createBlockCipher, Keystream } from '../../../src/webrtc/srtp/keystream.ts';
import { sha1Engine } from '../../../src/webrtc/srtp/hmac-sha1.ts';
import { createCmCipher } from '../../../src/webrtc/srtp/srtp-cm.ts';
import { createGcmCipher } from '../../../src/webrtc/srtp/srtp-gcm.ts';
import { deriveSrtpKeys } from '../../../src/webrtc/srtp/srtp-keys.ts';
import { createSrtpCipher } from '../../../src/webrtc/srtp/srtp-profile.ts';
import { BYTES_SWIZZLE } from '../../../src/webrtc/srtp/wasm-assembler.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** The packet in a buffer with room for what protection adds. */
function roomy(packet: Buffer): Buffer {
  return Buffer.concat([packet, Buffer.alloc(32)]);
}

describe('SRTP against the published vectors', () => {
  it('derives the session keys of RFC 3711, B.3', () => {
    const { rtp } = deriveSrtpKeys(
      'AES_CM_128_HMAC_SHA1_80',
      hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
      hex('0EC675AD498AFEEBB6960B3AABE6'),
    );
    expect(rtp.key).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(rtp.salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(rtp.auth).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it('refuses keys and salts of a wrong length', () => {
    expect(() => deriveSrtpKeys('AEAD_AES_128_GCM', Buffer.alloc(15), Buffer.alloc(12))).toThrow('masterKey.length');
    expect(() => deriveSrtpKeys('AEAD_AES_128_GCM', Buffer.alloc(16), Buffer.alloc(14))).toThrow('masterSalt.length');
  });

  it('makes the AES-CM keystream of RFC 3711, B.2', () => {
    const salt = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    const stream = new Keystream(
      createBlockCipher(hex('2B7E151628AED2A6ABF7158809CF4F3C')),
      (_ssrc, _roc, _seq, words) => {
        for (let i = 0; i < 3; i++) words[i] = salt.readInt32BE(4 * i);
        words[3] = salt.readUInt16BE(12) << 16;
      },
      { ahead: true },
    );
    const start = stream.locate(0, 0, 0, 0xff02);
    const block = (n: number): Buffer => stream.bytes.subarray(start + 16 * n, start + 16 * n + 16);
    expect(block(0)).toEqual(hex('E03EAD0935C95E80E166B16DD92B4EB4'));
    expect(block(1)).toEqual(hex('D23513162B02D0F72A43A2FE4A5F97AB'));
    expect(block(2)).toEqual(hex('41E95B3BB0A2E8DD477901E4FCA894C0'));
    expect(block(0xfeff)).toEqual(hex('EC8CDF7398607CB0F2D21675EA9EA1E4'));
    expect(block(0xff00)).toEqual(hex('362B7C3C6773516318A077D7FC5073AE'));
    expect(block(0xff01)).toEqual(hex('6A2CC3787889374FBEB4C81B17BA6C44'));
  });

  it('protects the RTP and RTCP packets that libsrtp validates AES_CM_128_HMAC_SHA1_80 with', () => {
    const key = hex('e1f97a0d3e018be0d64fa32c06de4139');
    const salt = hex('0ec675ad498afeebb6960b3aabe6');
    const cipher = createSrtpCipher('AES_CM_128_HMAC_SHA1_80', key, salt);

    const rtp = hex('800f1234 decafbad cafebabe abababab abababab abababab abababab');
    const rtpSealed = hex('800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb');
    const packet = roomy(rtp);
    const length = cipher.createSealer(0xcafebabe).seal(packet, 12, rtp.length, 0, 0x1234);
    expect(packet.subarray(0, length)).toEqual(rtpSealed);
    expect(cipher.openRtp(packet, 12, length, 0)).toBe(rtp.length);
    expect(packet.subarray(0, rtp.length)).toEqual(rtp);

    const rtcp = hex('81c8000b cafebabe abababab abababab abababab abababab');
    const rtcpSealed = hex('81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798');
    const report = roomy(rtcp);
    const reportLength = cipher.sealRtcp(report, rtcp.length, 1);
    expect(report.subarray(0, reportLength)).toEqual(rtcpSealed);
    expect(cipher.openRtcp(report, reportLength)).toBe(rtcp.length);
    expect(report.subarray(0, rtcp.length)).toEqual(rtcp);
  });

  it('protects the RTP packet of RFC 7714, 16.1.1, and the RTCP packet of 17.1', () => {
    const keys = {
      key: hex('000102030405060708090a0b0c0d0e0f'),
      salt: hex('517569642070726f2071756f'),
      auth: Buffer.alloc(0),
    };
    const cipher = createGcmCipher(keys, keys);

    const rtp = hex(`8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070
      61727465 73207472 6573`);
    const packet = roomy(rtp);
    const length = cipher.createSealer(0x5501a0b2).seal(packet, 12, rtp.length, 0, 0xf17b);
    expect(packet.subarray(0, length)).toEqual(
      hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
        8833899d 7f27beb1 6a9152cf 765ee439 0cce`),
    );
    expect(cipher.openRtp(packet, 12, length, 0)).toBe(rtp.length);
    expect(packet.subarray(0, rtp.length)).toEqual(rtp);

    const rtcp = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef
      deadbeef deadbeef`);
    const report = roomy(rtcp);
    const reportLength = cipher.sealRtcp(report, rtcp.length, 0x5d4);
    expect(report.subarray(0, reportLength)).toEqual(
      hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
        0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`),
    );
    expect(cipher.openRtcp(report, reportLength)).toBe(rtcp.length);
    expect(report.subarray(0, rtcp.length)).toEqual(rtcp);
  });

  it('refuses SRTCP that is not marked as encrypted', () => {
    for (const profile of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const) {
      const cipher = createSrtpCipher(
        profile,
        Buffer.alloc(16, 1),
        Buffer.alloc(profile === 'AEAD_AES_128_GCM' ? 12 : 14),
      );
      expect(cipher.srtcpIndex(Buffer.alloc(64), 64)).toBe(-1);
      expect(cipher.openRtcp(Buffer.alloc(64), 64)).toBe(-1);
    }
  });
});

describe('createGcmCipher', () => {
  const keys = { key: hex('000102030405060708090a0b0c0d0e0f'), salt: Buffer.alloc(12, 7), auth: Buffer.alloc(0) };
  const vector = createGcmCipher(keys, keys);
  const node = createGcmCipher(keys, keys, { engines: null });

  it('has its own GHASH on this machine', () => {
    expect(ghashEngines()).not.toBeNull();
  });

  it('hashes the same with either kind of table look-up', () => {
    const plain = createGcmCipher(keys, keys, { engines: loadGhash(BYTES_SWIZZLE) });
    for (const length of [20, 50, 77, 1000]) {
      const packet = roomy(randomBytes(length));
      const other = Buffer.from(packet);
      vector.createSealer(1).seal(packet, 16, length, 5, 6);
      plain.createSealer(1).seal(other, 16, length, 5, 6);
      expect(packet.equals(other)).toBe(true);
    }
  });

  it('makes the same packets with its own GHASH and with node:crypto, of every size', () => {
    const [vectorSealer, nodeSealer] = [vector.createSealer(1), node.createSealer(1)];
    for (let length = 12; length < 1400; length++) {
      const headerLength = Math.min(length, 12 + 4 * (length % 30));
      const roc = (length * 0x01234567) >>> 0;
      const plain = randomBytes(length);
      plain.writeUInt16BE((length * 17) & 0xffff, 2);
      plain.writeUInt32BE(1, 8);
      const packet = roomy(plain);
      const other = roomy(plain);
      const sealed = vectorSealer.seal(packet, headerLength, length, roc, (length * 17) & 0xffff);
      expect(nodeSealer.seal(other, headerLength, length, roc, (length * 17) & 0xffff)).toBe(sealed);
      expect(packet.equals(other)).toBe(true);
      expect(node.openRtp(packet, headerLength, sealed, roc)).toBe(length);
      expect(vector.openRtp(other, headerLength, sealed, roc)).toBe(length);
      expect(packet.subarray(0, length).equals(plain)).toBe(true);
      expect(other.subarray(0, length).equals(plain)).toBe(true);
    }
  });

  it('agrees with node:crypto under many keys', () => {
    for (let n = 0; n < 64; n++) {
      const key = randomBytes(16);
      const random = { key, salt: randomBytes(12), auth: Buffer.alloc(0) };
      const packet = roomy(randomBytes(100));
      const other = Buffer.from(packet);
      createGcmCipher(random, random).createSealer(n).seal(packet, 20, 100, n, n);
      createGcmCipher(random, random, { engines: null }).createSealer(n).seal(other, 20, 100, n, n);
      expect(packet.equals(other)).toBe(true);
    }
  });

  it('refuses with either what was changed anywhere', () => {
    const packet = roomy(Buffer.alloc(60, 3));
    packet.writeUInt32BE(1, 8);
    const sealed = vector.createSealer(1).seal(packet, 12, 60, 0, packet.readUInt16BE(2));
    for (const cipher of [vector, node]) {
      for (let at = 0; at < sealed; at++) {
        const forged = Buffer.from(packet);
        forged[at] = forged[at]! ^ 0x10;
        expect(cipher.openRtp(forged, 12, sealed, 0)).toBe(-1);
      }
      expect(cipher.openRtp(Buffer.from(packet), 12, sealed, 0)).toBe(60);
      expect(cipher.openRtp(Buffer.from(packet), 12, 27, 0)).toBe(-1);
    }
  });
});

describe('createCmCipher', () => {
  const key = hex('000102030405060708090a0b0c0d0e0f');
  const keys = { key, salt: Buffer.alloc(14, 7), auth: randomBytes(20) };
  const own = createCmCipher(keys, keys);
  const node = createCmCipher(keys, keys, { engine: null });

  it('has its own SHA-1 on this machine', () => {
    expect(sha1Engine()).not.toBeNull();
  });

  it('makes the same packets with its own SHA-1 and with node:crypto, of every size', () => {
    for (let length = 12; length < 1400; length++) {
      const roc = (length * 0x01234567) >>> 0;
      const plain = randomBytes(length);
      plain.writeUInt16BE(length, 2);
      plain.writeUInt32BE(1, 8);
      const packet = roomy(plain);
      const other = roomy(plain);
      const sealed = own.createSealer(1).seal(packet, 12, length, roc, length);
      expect(node.createSealer(1).seal(other, 12, length, roc, length)).toBe(sealed);
      expect(packet.equals(other)).toBe(true);
      expect(node.openRtp(packet, 12, sealed, roc)).toBe(length);
      expect(own.openRtp(other, 12, sealed, roc)).toBe(length);
      expect(packet.subarray(0, length).equals(plain)).toBe(true);
      expect(other.subarray(0, length).equals(plain)).toBe(true);
    }
  });
});
