/** The least is that of the last two minutes, in pieces: so it follows a clock that drifts. */
const PIECES = 12;
const PIECE_MS = 10_000;

/** The least delay that the path has had lately: with nothing waiting in it. */
export class LeastDelay {
  readonly #pieces: { untilMs: number; leastMs: number }[] = [];

  add(atMs: number, delayMs: number): void {
    const piece = this.#pieces.at(-1);
    if (piece && atMs < piece.untilMs) {
      piece.leastMs = Math.min(piece.leastMs, delayMs);
      return;
    }
    this.#pieces.push({ untilMs: atMs + PIECE_MS, leastMs: delayMs });
    if (this.#pieces.length > PIECES) this.#pieces.shift();
  }

  get ms(): number {
    return Math.min(...this.#pieces.map(({ leastMs }) => leastMs));
  }

  clear(): void {
    this.#pieces.length = 0;
  }
}
