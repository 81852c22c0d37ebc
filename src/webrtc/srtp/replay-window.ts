/** Packets a late one may trail the newest by: more than libsrtp's 64 to 128, for plain retransmissions of video. */
const WINDOW = 1024;

/** Remembers which of the last 1024 indices arrived, so that none is taken twice (RFC 3711, 3.3.2). */
export class ReplayWindow {
  /** Bit `index % 1024` tells whether `index` was seen, for indices in (newest - 1024, newest]. */
  readonly #seen = new Int32Array(WINDOW / 32);
  #newest = -1;

  /** The highest index so far, or -1. */
  get newest(): number {
    return this.#newest;
  }

  /** Whether `index` is new and not too old. Ask before authenticating, {@link add} after. */
  accepts(index: number): boolean {
    if (index > this.#newest) return true;
    if (index <= this.#newest - WINDOW) return false;
    const bit = index % WINDOW;
    return (this.#seen[bit >> 5]! & (1 << (bit & 31))) === 0;
  }

  add(index: number): void {
    if (index > this.#newest) {
      if (index - this.#newest >= WINDOW) this.#seen.fill(0);
      else for (let passed = this.#newest + 1; passed < index; passed++) this.#set(passed, false);
      this.#newest = index;
    }
    this.#set(index, true);
  }

  #set(index: number, seen: boolean): void {
    const bit = index % WINDOW;
    const word = this.#seen[bit >> 5]!;
    this.#seen[bit >> 5] = seen ? word | (1 << (bit & 31)) : word & ~(1 << (bit & 31));
  }
}
