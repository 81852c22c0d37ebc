/** Samples that are remembered: more than a second of any usual stream, 50 audio packets or 60 frames. */
const KEPT = 128;
const WINDOW_US = 1_000_000;

/** How late samples of the last second left, in milliseconds. */
export interface LatenessStats {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Remembers how late the last samples left after their due time. Adding is two stores; asking sorts. */
export class Lateness {
  readonly #atUs = new Float64Array(KEPT).fill(-Infinity);
  readonly #lateUs = new Float32Array(KEPT);
  #next = 0;

  add(nowUs: number, lateUs: number): void {
    this.#atUs[this.#next] = nowUs;
    this.#lateUs[this.#next] = lateUs;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** Over the second before `nowUs`; zeros when nothing left in it. */
  stats(nowUs: number): LatenessStats {
    const recent = [...this.#lateUs].filter((_, i) => this.#atUs[i]! > nowUs - WINDOW_US).sort((a, b) => a - b);
    const at = (share: number): number => (recent[Math.ceil(share * recent.length) - 1] ?? 0) / 1000;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
