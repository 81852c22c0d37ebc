import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { AesGcm, GCM_TAG_BYTES } from './aes-gcm.ts';
import { type GhashEngines, ghashEngines } from './ghash.ts';
import type { CounterBlock, Keystream } from './keystream.ts';
import { RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED, type RtpSealer, type SrtpCipher } from './srtp-cipher.ts';
import type { SrtpSessionKeys } from './srtp-keys.ts';

const INDEX_BYTES = 4;

export interface GcmCipherOptions {
  /** What authenticates RTP; null for node:crypto alone, at four times the cost. Default: {@link ghashEngines}. */
  engines?: GhashEngines | null | undefined;
}

type RtpTransform = Pick<SrtpCipher, 'createSealer' | 'openRtp'>;

/** AEAD_AES_128_GCM (RFC 7714): the whole header is authenticated, the tag follows the ciphertext. */
export function createGcmCipher(
  rtpKeys: SrtpSessionKeys,
  rtcpKeys: SrtpSessionKeys,
  options: GcmCipherOptions = {},
): SrtpCipher {
  const engines = options.engines === undefined ? ghashEngines() : options.engines;
  const rtp = engines ? vectorTransform(engines, rtpKeys) : nodeTransform(rtpKeys);
  /* A KeyObject: from Node 24.18 on, a key given as bytes costs 10 µs more per packet. */
  const rtcpKey = createSecretKey(rtcpKeys.key);
  const iv = Buffer.alloc(12);
  const associated = Buffer.alloc(RTCP_CLEAR_BYTES + INDEX_BYTES);

  return {
    rtpOverhead: GCM_TAG_BYTES,
    rtcpOverhead: GCM_TAG_BYTES + INDEX_BYTES,
    createSealer: rtp.createSealer,
    openRtp: rtp.openRtp,

    sealRtcp(packet, length, index) {
      writeRtcpIv(iv, rtcpKeys.salt, packet.readUInt32BE(4), index);
      writeAssociated(associated, packet, index);
      const end = encrypt(rtcpKey, iv, associated, packet, RTCP_CLEAR_BYTES, length);
      packet.writeUInt32BE((SRTCP_ENCRYPTED | index) >>> 0, end);
      return end + INDEX_BYTES;
    },

    openRtcp(packet, length) {
      const index = this.srtcpIndex(packet, length);
      if (index < 0) return -1;
      writeRtcpIv(iv, rtcpKeys.salt, packet.readUInt32BE(4), index);
      writeAssociated(associated, packet, index);
      const end = length - INDEX_BYTES - GCM_TAG_BYTES;
      return decrypt(rtcpKey, iv, associated, packet, RTCP_CLEAR_BYTES, end) ? end : -1;
    },

    srtcpIndex(packet, length) {
      if (length < RTCP_CLEAR_BYTES + GCM_TAG_BYTES + INDEX_BYTES) return -1;
      const word = packet.readUInt32BE(length - INDEX_BYTES);
      return word >= SRTCP_ENCRYPTED ? word - SRTCP_ENCRYPTED : -1;
    },
  };
}

function vectorTransform(engines: GhashEngines, keys: SrtpSessionKeys): RtpTransform {
  const gcm = new AesGcm(engines, keys.key, counterBlock(keys.salt));
  const opening = gcm.newKeystream({ ahead: false });
  return {
    createSealer: (ssrc) => new GcmSealer(gcm, ssrc),
    openRtp(packet, headerLength, length, roc) {
      const end = length - GCM_TAG_BYTES;
      if (end < headerLength) return -1;
      const ssrc = packet.readUInt32BE(8);
      return gcm.open(opening, packet, headerLength, end, ssrc, roc, packet.readUInt16BE(2)) ? end : -1;
    },
  };
}

class GcmSealer implements RtpSealer {
  readonly #gcm: AesGcm;
  readonly #stream: Keystream;
  readonly #ssrc: number;

  constructor(gcm: AesGcm, ssrc: number) {
    this.#gcm = gcm;
    this.#stream = gcm.newKeystream({ ahead: true });
    this.#ssrc = ssrc;
  }

  seal(packet: Buffer, headerLength: number, length: number, roc: number, seq: number): number {
    return this.#gcm.seal(this.#stream, packet, headerLength, length, this.#ssrc, roc, seq);
  }
}

function nodeTransform(keys: SrtpSessionKeys): RtpTransform {
  const key = createSecretKey(keys.key);
  const iv = Buffer.alloc(12);
  return {
    createSealer(ssrc): RtpSealer {
      return {
        seal(packet, headerLength, length, roc, seq) {
          writeRtpIv(iv, keys.salt, ssrc, roc, seq);
          return encrypt(key, iv, packet.subarray(0, headerLength), packet, headerLength, length);
        },
      };
    },
    openRtp(packet, headerLength, length, roc) {
      const end = length - GCM_TAG_BYTES;
      if (end < headerLength) return -1;
      writeRtpIv(iv, keys.salt, packet.readUInt32BE(8), roc, packet.readUInt16BE(2));
      return decrypt(key, iv, packet.subarray(0, headerLength), packet, headerLength, end) ? end : -1;
    },
  };
}

/** Encrypts `packet` from `start` to `end` in place and writes the tag after it; returns the new end. */
function encrypt(key: KeyObject, iv: Buffer, associated: Buffer, packet: Buffer, start: number, end: number): number {
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  cipher.setAAD(associated);
  packet.set(cipher.update(packet.subarray(start, end)), start);
  cipher.final();
  packet.set(cipher.getAuthTag(), end);
  return end + GCM_TAG_BYTES;
}

function decrypt(key: KeyObject, iv: Buffer, associated: Buffer, packet: Buffer, start: number, end: number): boolean {
  const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: GCM_TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(packet.subarray(end, end + GCM_TAG_BYTES));
  const plain = decipher.update(packet.subarray(start, end));
  try {
    decipher.final();
  } catch {
    return false; // node:crypto reports a wrong tag by throwing
  }
  packet.set(plain, start);
  return true;
}

/** RFC 7714, 8.1: 16 zero bits, SSRC, rollover counter, sequence number, XOR the salt. */
function writeRtpIv(iv: Buffer, salt: Buffer, ssrc: number, roc: number, seq: number): void {
  iv.writeUInt16BE(0, 0);
  iv.writeUInt32BE(ssrc, 2);
  iv.writeUInt32BE(roc, 6);
  iv.writeUInt16BE(seq, 10);
  for (let i = 0; i < 12; i++) iv[i] = iv[i]! ^ salt[i]!;
}

/** The same nonce as the words of the first counter block. */
function counterBlock(salt: Buffer): CounterBlock {
  const salt0 = salt.readInt32BE(0);
  const salt1 = salt.readInt32BE(4);
  const salt2 = salt.readInt32BE(8);
  return (ssrc, roc, seq, words) => {
    words[0] = salt0 ^ (ssrc >>> 16);
    words[1] = salt1 ^ ((ssrc << 16) | (roc >>> 16));
    words[2] = salt2 ^ ((roc << 16) | seq);
    words[3] = 1;
  };
}

/** RFC 7714, 9.1: 16 zero bits, SSRC, 16 zero bits, index, XOR the salt. */
function writeRtcpIv(iv: Buffer, salt: Buffer, ssrc: number, index: number): void {
  iv.writeUInt16BE(0, 0);
  iv.writeUInt32BE(ssrc, 2);
  iv.writeUInt16BE(0, 6);
  iv.writeUInt32BE(index, 8);
  for (let i = 0; i < 12; i++) iv[i] = iv[i]! ^ salt[i]!;
}

/** RFC 7714, 9.2: the clear header and the index word with its encryption flag. */
function writeAssociated(out: Buffer, packet: Buffer, index: number): void {
  packet.copy(out, 0, 0, RTCP_CLEAR_BYTES);
  out.writeUInt32BE((SRTCP_ENCRYPTED | index) >>> 0, RTCP_CLEAR_BYTES);
}
