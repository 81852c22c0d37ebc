import { createCipheriv, createSecretKey, type Cipher } from 'node:crypto';

const BLOCK = 16;
/** How many packets a sender encrypts counters for at once: one call into OpenSSL then serves them all. */
const AHEAD = 8;

/** Writes the first counter block of a packet, as four big-endian words. */
export type CounterBlock = (ssrc: number, roc: number, seq: number, words: Int32Array) => void;

let counters = new Int32Array(AHEAD * 80 * 4);
const first = new Int32Array(4);

const LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** AES-128 as a bare block cipher that lives as long as its key: no cipher object per packet. */
export function createBlockCipher(key: Uint8Array): Cipher {
  return createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false);
}

/**
 * The keystream of a counter mode. Counters are known before the packets are, so with `ahead` it encrypts those of the
 * next eight packets together; for a 160-byte payload that is 0.15 instead of 0.5 µs.
 */
export class Keystream {
  /** The present batch; {@link locate} says where a packet's part of it begins. */
  bytes: Buffer = Buffer.alloc(0);
  readonly #cipher: Cipher;
  readonly #counterBlock: CounterBlock;
  readonly #ahead: number;
  #ssrc = -1;
  #firstIndex = 0;
  /** Blocks per packet in the present batch, and the most that a packet of it has asked for. */
  #stride = 0;
  #widest = 0;

  constructor(cipher: Cipher, counterBlock: CounterBlock, options: { ahead: boolean }) {
    this.#cipher = cipher;
    this.#counterBlock = counterBlock;
    this.#ahead = options.ahead ? AHEAD : 1;
  }

  /** Returns the offset in {@link bytes} at which the keystream of this packet begins; `blocks` of 16 bytes are there. */
  locate(ssrc: number, roc: number, seq: number, blocks: number): number {
    const index = roc * 0x10000 + seq;
    const nth = index - this.#firstIndex;
    if (blocks > this.#widest) this.#widest = blocks;
    if (nth >= 0 && nth < this.#ahead && blocks <= this.#stride && ssrc === this.#ssrc)
      return nth * this.#stride * BLOCK;
    this.#fill(ssrc, index, this.#widest);
    this.#widest = blocks;
    return 0;
  }

  #fill(ssrc: number, index: number, stride: number): void {
    const size = this.#ahead * stride * 4;
    if (size > counters.length) counters = new Int32Array(size);
    const words = counters; // whole words: four times as fast as a DataView
    let at = 0;
    for (let nth = 0; nth < this.#ahead; nth++) {
      const seq = (index + nth) % 0x10000;
      this.#counterBlock(ssrc, (index + nth - seq) / 0x10000, seq, first);
      const [word0, word1, word2] = [bigEndian(first[0]!), bigEndian(first[1]!), bigEndian(first[2]!)];
      const word3 = first[3]!;
      for (let block = 0; block < stride; block++, at += 4) {
        words[at] = word0;
        words[at + 1] = word1;
        words[at + 2] = word2;
        words[at + 3] = bigEndian(word3 + block);
      }
    }
    this.bytes = this.#cipher.update(new Uint8Array(words.buffer, 0, 4 * size));
    this.#ssrc = ssrc;
    this.#firstIndex = index;
    this.#stride = stride;
  }
}

/** The word that has the bytes of `value`, most significant first, in the memory of this machine. */
function bigEndian(value: number): number {
  if (!LITTLE_ENDIAN) return value;
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

/** From here on whole words are worth the views that they take. */
const WORDWISE_BYTES = 256;

/** XORs `packet` from `start` to `end` with the keystream from `offset` on. */
export function xorKeystream(packet: Buffer, start: number, end: number, keystream: Buffer, offset: number): void {
  let at = start;
  const packetAt = packet.byteOffset + start;
  const keystreamAt = keystream.byteOffset + offset;
  if (end - start >= WORDWISE_BYTES && ((packetAt | keystreamAt) & 3) === 0) {
    const count = (end - start) >> 2;
    const words = new Int32Array(packet.buffer, packetAt, count);
    const keys = new Int32Array(keystream.buffer, keystreamAt, count);
    for (let i = 0; i < count; i++) words[i] = words[i]! ^ keys[i]!;
    at += 4 * count;
  }
  const shift = offset - start;
  for (; at < end; at++) packet[at] = packet[at]! ^ keystream[at + shift]!;
}
