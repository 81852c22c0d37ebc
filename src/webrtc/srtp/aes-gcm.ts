import { FEW_TABLES_BYTES, type GhashEngines, ghashTables } from './ghash.ts';
import { GHASH_DATA, GHASH_STATE, GHASH_TABLES } from './ghash-module.ts';
import { createBlockCipher, Keystream, xorKeystream, type CounterBlock } from './keystream.ts';

export const GCM_TAG_BYTES = 16;
const BLOCK = 16;
/** From here on a copy by the engine is faster than a loop. */
const LONG_COPY_BYTES = 128;

/** From here on it pays to fetch more tables. */
const LONG_PACKET_BYTES = 400;

/** One AES-128-GCM key for RTP packets: AES from a lasting cipher object, GHASH from WebAssembly. */
export class AesGcm {
  readonly #cipher: ReturnType<typeof createBlockCipher>;
  readonly #engines: GhashEngines;
  /** Made for the first packet: in most calls, nothing comes. */
  #tables: { readonly all: Uint8Array; readonly few: Uint8Array } | undefined;
  readonly #counterBlock: CounterBlock;

  /** `counterBlock` writes J0, the first counter block (NIST SP 800-38D, 7.1): nonce and a 1. */
  constructor(engines: GhashEngines, key: Uint8Array, counterBlock: CounterBlock) {
    this.#cipher = createBlockCipher(key);
    this.#engines = engines;
    this.#counterBlock = counterBlock;
  }

  newKeystream(options: { ahead: boolean }): Keystream {
    return new Keystream(this.#cipher, this.#counterBlock, options);
  }

  /** Encrypts what follows the header in place, writes the tag behind it, returns the new length. */
  seal(
    stream: Keystream,
    packet: Buffer,
    headerLength: number,
    length: number,
    ssrc: number,
    roc: number,
    seq: number,
  ): number {
    const offset = stream.locate(ssrc, roc, seq, blocksOf(length - headerLength) + 1);
    xorKeystream(packet, headerLength, length, stream.bytes, offset + BLOCK);
    const memory = this.#hash(packet, headerLength, length);
    const mask = stream.bytes;
    for (let i = 0; i < GCM_TAG_BYTES; i++) packet[length + i] = memory[GHASH_STATE + i]! ^ mask[offset + i]!;
    return length + GCM_TAG_BYTES;
  }

  /** Checks the tag behind `length`, then decrypts in place; returns whether it was right. */
  open(
    stream: Keystream,
    packet: Buffer,
    headerLength: number,
    length: number,
    ssrc: number,
    roc: number,
    seq: number,
  ): boolean {
    const offset = stream.locate(ssrc, roc, seq, blocksOf(length - headerLength) + 1);
    const memory = this.#hash(packet, headerLength, length);
    const mask = stream.bytes;
    let difference = 0;
    for (let i = 0; i < GCM_TAG_BYTES; i++) {
      difference |= packet[length + i]! ^ memory[GHASH_STATE + i]! ^ mask[offset + i]!;
    }
    if (difference !== 0) return false;
    xorKeystream(packet, headerLength, length, stream.bytes, offset + BLOCK);
    return true;
  }

  /** GHASH of the header, the ciphertext and their lengths, each filled up with zeros to whole blocks; it is in the state. */
  #hash(packet: Buffer, headerLength: number, length: number): Buffer {
    const tables = (this.#tables ??= this.#makeTables());
    const isLong = length >= LONG_PACKET_BYTES;
    const engine = isLong ? this.#engines.many : this.#engines.few;
    const { memory } = engine;
    memory.set(isLong ? tables.all : tables.few, GHASH_TABLES);
    for (let i = 0; i < BLOCK; i++) memory[GHASH_STATE + i] = 0;
    const secretAt = copyBlocks(packet, 0, headerLength, memory, GHASH_DATA);
    const lengthsAt = copyBlocks(packet, headerLength, length, memory, secretAt);
    writeBits(memory, lengthsAt, headerLength);
    writeBits(memory, lengthsAt + 8, length - headerLength);
    engine.run(lengthsAt + BLOCK);
    return memory;
  }

  #makeTables(): { all: Uint8Array; few: Uint8Array } {
    const all = ghashTables(this.#engines.many, this.#cipher.update(Buffer.alloc(BLOCK)));
    return { all, few: all.subarray(0, FEW_TABLES_BYTES) };
  }
}

function blocksOf(bytes: number): number {
  return (bytes + BLOCK - 1) >> 4;
}

/** Copies bytes and fills their last block with zeros; returns where the next block begins. */
function copyBlocks(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > LONG_COPY_BYTES) from.copy(to, at, start, end);
  else for (let i = start; i < end; i++) to[at + i - start] = from[i]!;
  const next = at + BLOCK * blocksOf(end - start);
  for (let i = at + end - start; i < next; i++) to[i] = 0;
  return next;
}

/** A count of bytes as a 64-bit count of bits. */
function writeBits(to: Buffer, at: number, bytes: number): void {
  const bits = bytes * 8;
  for (let i = 0; i < 4; i++) to[at + i] = 0;
  for (let i = 0; i < 4; i++) to[at + 4 + i] = bits >>> (24 - 8 * i);
}
