import type { RtpSealer, SrtpCipher } from './srtp-cipher.ts';

/** SRTP allows 2^48 packets per SSRC and key, and 2^31 of RTCP (RFC 3711, 9.2). */
const MAX_ROC = 0xffffffff;
const MAX_RTCP_INDEX = 0x7fffffff;

/**
 * The sending side of one SRTP association. It hands out one {@link SrtpStream} per SSRC, for good: two of them under
 * one key would use a nonce twice, which gives both packets away.
 */
export class SrtpSender {
  readonly cipher: SrtpCipher;
  readonly #streams = new Map<number, SrtpStream>();
  #rtcpIndex = -1;

  constructor(cipher: SrtpCipher) {
    this.cipher = cipher;
  }

  stream(ssrc: number): SrtpStream {
    let stream = this.#streams.get(ssrc);
    if (!stream) this.#streams.set(ssrc, (stream = new SrtpStream(this.cipher, ssrc)));
    return stream;
  }

  /** Protects a compound RTCP packet in place; returns its new length, or -1 when the key is used up. */
  protectRtcp(packet: Buffer, length: number): number {
    if (this.#rtcpIndex >= MAX_RTCP_INDEX) return -1;
    return this.cipher.sealRtcp(packet, length, ++this.#rtcpIndex);
  }
}

/** Protects the packets of one SSRC: it counts the rollovers of the sequence number, and lets none come twice. */
export class SrtpStream {
  /** Bytes that protection adds to a packet. */
  readonly overhead: number;
  readonly #sealer: RtpSealer;
  #roc = 0;
  #seq = -1;

  constructor(cipher: SrtpCipher, ssrc: number) {
    this.overhead = cipher.rtpOverhead;
    this.#sealer = cipher.createSealer(ssrc);
  }

  /** Rollovers so far: the high 32 bits of the last packet's index. */
  get roc(): number {
    return this.#roc;
  }

  /**
   * Protects one packet in place, tag after `length`. Its sequence number must be ahead of the last one's by less than
   * 2^15; any other is refused with -1 and the packet is left as it was.
   */
  protect(packet: Buffer, headerLength: number, length: number): number {
    const seq = (packet[2]! << 8) | packet[3]!;
    if (this.#seq >= 0) {
      const ahead = (seq - this.#seq) & 0xffff;
      if (ahead === 0 || ahead >= 0x8000) return -1;
      if (seq < this.#seq) {
        if (this.#roc === MAX_ROC) return -1;
        this.#roc++;
      }
    }
    this.#seq = seq;
    return this.#sealer.seal(packet, headerLength, length, this.#roc, seq);
  }
}
