import { timingSafeEqual } from 'node:crypto';
import { createPacketMac, sha1Engine, type PacketMac } from './hmac-sha1.ts';
import { createBlockCipher, Keystream, xorKeystream, type CounterBlock } from './keystream.ts';
import { RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED, type RtpSealer, type SrtpCipher } from './srtp-cipher.ts';
import type { SrtpSessionKeys } from './srtp-keys.ts';
import type { WasmEngine } from './wasm-engine.ts';

const TAG_BYTES = 10;
const INDEX_BYTES = 4;

export interface CmCipherOptions {
  /** What hashes; null for node:crypto alone. Default: {@link sha1Engine}. */
  engine?: WasmEngine | null | undefined;
}

/** AES_CM_128_HMAC_SHA1_80 (RFC 3711, 4.1.1 and 4.2.1): counter mode, then a truncated HMAC over packet and ROC. */
export function createCmCipher(
  rtpKeys: SrtpSessionKeys,
  rtcpKeys: SrtpSessionKeys,
  options: CmCipherOptions = {},
): SrtpCipher {
  const engine = options.engine === undefined ? sha1Engine() : options.engine;
  const rtpBlocks = createBlockCipher(rtpKeys.key);
  const rtpCounter = counterBlock(rtpKeys.salt);
  const rtpOpening = new Keystream(rtpBlocks, rtpCounter, { ahead: false });
  const rtpMac = createPacketMac(rtpKeys.auth, engine);
  const rtcpStream = new Keystream(createBlockCipher(rtcpKeys.key), counterBlock(rtcpKeys.salt), { ahead: false });
  const rtcpMac = createPacketMac(rtcpKeys.auth, engine);
  const tag = Buffer.alloc(TAG_BYTES);

  function authentic(mac: PacketMac, packet: Buffer, length: number, word: number): boolean {
    mac(packet, length, word, tag, 0, TAG_BYTES);
    return timingSafeEqual(tag, packet.subarray(length, length + TAG_BYTES));
  }

  /** RFC 3711, 4.1.1: the SRTCP index takes the place of the 48-bit packet index. */
  function cryptRtcp(packet: Buffer, end: number, index: number): void {
    crypt(rtcpStream, packet, RTCP_CLEAR_BYTES, end, packet.readUInt32BE(4), index >>> 16, index & 0xffff);
  }

  return {
    rtpOverhead: TAG_BYTES,
    rtcpOverhead: TAG_BYTES + INDEX_BYTES,

    createSealer(ssrc): RtpSealer {
      const stream = new Keystream(rtpBlocks, rtpCounter, { ahead: true });
      return {
        seal(packet, headerLength, length, roc, seq) {
          crypt(stream, packet, headerLength, length, ssrc, roc, seq);
          rtpMac(packet, length, roc, packet, length, TAG_BYTES);
          return length + TAG_BYTES;
        },
      };
    },

    openRtp(packet, headerLength, length, roc) {
      const end = length - TAG_BYTES;
      if (end < headerLength || !authentic(rtpMac, packet, end, roc)) return -1;
      crypt(rtpOpening, packet, headerLength, end, packet.readUInt32BE(8), roc, packet.readUInt16BE(2));
      return end;
    },

    sealRtcp(packet, length, index) {
      cryptRtcp(packet, length, index);
      const word = (SRTCP_ENCRYPTED | index) >>> 0;
      packet.writeUInt32BE(word, length);
      rtcpMac(packet, length, word, packet, length + INDEX_BYTES, TAG_BYTES);
      return length + INDEX_BYTES + TAG_BYTES;
    },

    openRtcp(packet, length) {
      const index = this.srtcpIndex(packet, length);
      if (index < 0) return -1;
      const end = length - TAG_BYTES - INDEX_BYTES;
      rtcpMac(packet, end, (SRTCP_ENCRYPTED | index) >>> 0, tag, 0, TAG_BYTES);
      if (!timingSafeEqual(tag, packet.subarray(length - TAG_BYTES, length))) return -1;
      cryptRtcp(packet, end, index);
      return end;
    },

    srtcpIndex(packet, length) {
      const end = length - TAG_BYTES - INDEX_BYTES;
      if (end < RTCP_CLEAR_BYTES) return -1;
      const word = packet.readUInt32BE(end);
      return word >= SRTCP_ENCRYPTED ? word - SRTCP_ENCRYPTED : -1;
    },
  };
}

/** RFC 3711, 4.1.1: salt · 2^16 XOR SSRC · 2^64 XOR index · 2^16, its lowest 16 bits counting blocks. */
function counterBlock(salt: Buffer): CounterBlock {
  const salt0 = salt.readInt32BE(0);
  const salt1 = salt.readInt32BE(4);
  const salt2 = salt.readInt32BE(8);
  const salt3 = salt.readUInt16BE(12);
  return (ssrc, roc, seq, words) => {
    words[0] = salt0;
    words[1] = salt1 ^ ssrc;
    words[2] = salt2 ^ roc;
    words[3] = (salt3 ^ seq) << 16;
  };
}

function crypt(
  stream: Keystream,
  packet: Buffer,
  start: number,
  end: number,
  ssrc: number,
  roc: number,
  seq: number,
): void {
  const offset = stream.locate(ssrc, roc, seq, (end - start + 15) >> 4);
  xorKeystream(packet, start, end, stream.bytes, offset);
}
