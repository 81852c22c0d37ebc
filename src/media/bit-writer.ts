/**
 * Writes numbers of any number of bits one after the other, the highest bit first.
 *
 * @example
 * new BitWriter().write(2, 5).write(3, 4).bytes() // 11 and 80, in hex
 */
export class BitWriter {
  #bits = '';

  write(value: number, bits: number): this {
    this.#bits += value.toString(2).padStart(bits, '0');
    return this;
  }

  /** Everything written, and zeros up to a whole byte. */
  bytes(): Uint8Array {
    const bytes = this.#bits.match(/.{1,8}/g) ?? [];
    return Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
  }
}
