import { HandshakeFailure } from './alert.ts';

/** Reads the presentation language of TLS (RFC 5246, section 4). Reading past the end fails the handshake. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new HandshakeFailure('decode_error', 'a message is shorter than it says');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  uint(size: 1 | 2 | 3): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  /** Bytes that their length precedes, as a number of `size` bytes. */
  vector(size: 1 | 2 | 3): Buffer {
    return this.bytes(this.uint(size));
  }

  /** A vector of 16-bit numbers. */
  uint16s(): number[] {
    const list = this.vector(2);
    return Array.from({ length: list.length >> 1 }, (_, i) => list.readUInt16BE(2 * i));
  }

  /** Fails unless everything was read. */
  end(): void {
    if (!this.isEmpty) throw new HandshakeFailure('decode_error', 'a message is longer than it says');
  }
}

export function uint(size: 1 | 2 | 3, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

/** The parts, joined, after their length as a number of `size` bytes. */
export function vector(size: 1 | 2 | 3, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([uint(size, content.length), content]);
}

/** A vector of 16-bit numbers. */
export function uint16s(values: readonly number[]): Buffer {
  return vector(2, ...values.map((value) => uint(2, value)));
}
