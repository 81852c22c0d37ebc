import type { PathUsage } from './delay-trend.ts';

export interface RateControlOptions {
  /** In bit/s, as all rates here. */
  min: number;
  max: number;
}

/** What is left of the rate that got through, when that was too much (draft-ietf-rmcat-gcc-02, 5.5). */
const BACK_OFF = 0.85;
/** Not again before the first one can have shown. */
const BACK_OFF_EVERY_MS = 300;
/** Growth per second, far from where the path gave out before. */
const GROWTH = 1.08;
/** And near to it, in bit/s per second: a path that was found is not tried all the time. */
const CAREFUL_GROWTH = 20_000;
const NEAR = 0.2;
/** The estimate stays below this multiple of what gets through: what is not sent proves nothing. */
const UNPROVEN = 1.5;

/** The estimate of what a path carries: additive and multiplicative increase, multiplicative decrease. */
export class RateControl {
  readonly #min: number;
  readonly #max: number;
  #estimate: number;
  #changedMs: number | undefined;
  #backedOffMs = -Infinity;
  /** What got through when it was too much, averaged; undefined until then. */
  #capacity: number | undefined;

  /** Begins with the maximum: there is no reason yet to hold anything back. */
  constructor({ min, max }: RateControlOptions) {
    this.#min = min;
    this.#max = max;
    this.#estimate = max;
  }

  get estimate(): number {
    return this.#estimate;
  }

  /** Follows what the path does. `received` gets through, null while unknown; without `mayGrow` nothing is tried. */
  follow(usage: PathUsage, received: number | null, nowMs: number, mayGrow: boolean): void {
    const elapsedMs = Math.min(1000, nowMs - (this.#changedMs ?? nowMs));
    this.#changedMs = nowMs;
    if (usage === 'overuse') this.#backOff(received, nowMs);
    else if (usage === 'normal' && mayGrow && received !== null) this.#grow(received, elapsedMs / 1000);
  }

  /** So much of what is sent is lost, 0 to 1 (draft-ietf-rmcat-gcc-02, 6). */
  lose(share: number): void {
    this.#set(this.#estimate * (1 - 0.5 * share));
  }

  #backOff(received: number | null, nowMs: number): void {
    if (nowMs - this.#backedOffMs < BACK_OFF_EVERY_MS) return;
    this.#backedOffMs = nowMs;
    if (received !== null) {
      const isFar = this.#capacity === undefined || Math.abs(received / this.#capacity - 1) > NEAR;
      this.#capacity = isFar ? received : 0.9 * this.#capacity! + 0.1 * received;
    }
    this.#set(Math.min(this.#estimate, BACK_OFF * (received ?? this.#estimate)));
  }

  #grow(received: number, seconds: number): void {
    // It carries more than it did: what was found out then is no longer true.
    if (this.#capacity !== undefined && received > this.#capacity * (1 + NEAR)) this.#capacity = undefined;
    const isNear = this.#capacity !== undefined && this.#estimate > this.#capacity * (1 - NEAR);
    const grown = isNear ? this.#estimate + CAREFUL_GROWTH * seconds : this.#estimate * GROWTH ** seconds;
    this.#set(Math.max(this.#estimate, Math.min(grown, UNPROVEN * received)));
  }

  #set(estimate: number): void {
    this.#estimate = Math.min(this.#max, Math.max(this.#min, estimate));
  }
}
