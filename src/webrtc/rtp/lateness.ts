/** Samples that are remembered: a second of any usual stream, 50 audio packets or 60 frames. */
const KEPT = 64;
const WINDOW_US = 1_000_000;

/** How late samples of the last second left, in milliseconds. */
export interface LatenessStats {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Remembers how late the last samples left after their due time. Adding is two stores; asking sorts. */
export class Lateness {
  /** When each left and how late it was, side by side: adding touches one line of the cache. */
  readonly #log = new Float64Array(2 * KEPT).fill(-Infinity);
  #next = 0;

  add(nowUs: number, lateUs: number): void {
    const at = this.#next;
    this.#log[at] = nowUs;
    this.#log[at + 1] = lateUs;
    this.#next = (at + 2) % (2 * KEPT);
  }

  /** Over the second before `nowUs`; zeros when nothing left in it. */
  stats(nowUs: number): LatenessStats {
    const recent: number[] = [];
    for (let at = 0; at < this.#log.length; at += 2) {
      if (this.#log[at]! > nowUs - WINDOW_US) recent.push(this.#log[at + 1]!);
    }
    recent.sort((a, b) => a - b);
    const at = (share: number): number => (recent[Math.ceil(share * recent.length) - 1] ?? 0) / 1000;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
