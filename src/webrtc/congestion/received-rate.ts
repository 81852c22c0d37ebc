/** Bytes are counted in pieces of this length, over a second: from one keyframe to the next. */
const PIECE_US = 100_000;
const PIECES = 10;

/** How much arrives at the other end per second, by the other end's clock. Constant memory. */
export class ReceivedRate {
  readonly #bytes = new Float64Array(PIECES);
  #piece = -Infinity;
  #firstPiece = -Infinity;

  add(arrivalUs: number, bytes: number): void {
    const piece = Math.floor(arrivalUs / PIECE_US);
    if (piece <= this.#piece - PIECES && piece > this.#piece - 100 * PIECES) return; // late
    if (Math.abs(piece - this.#piece) >= PIECES) {
      this.#bytes.fill(0);
      this.#firstPiece = this.#piece = piece;
    }
    while (this.#piece < piece) this.#bytes[++this.#piece % PIECES] = 0;
    this.#bytes[piece % PIECES]! += bytes;
  }

  /** In bit/s; null before there is a second of it. */
  get bitsPerSecond(): number | null {
    if (!(this.#piece - this.#firstPiece >= PIECES)) return null;
    // The newest piece is not over yet, and one that is missing matters little.
    let bytes = 0;
    for (let i = 1; i < PIECES; i++) bytes += this.#bytes[(this.#piece + i) % PIECES]!;
    return (bytes * 8 * 1e6) / (PIECE_US * (PIECES - 1));
  }
}
