/** Tells when a path that carried nothing needs a sign of life, so that no NAT on it forgets us (RFC 8445, section 11). */
export class Keepalive {
  readonly #intervalMs: number;
  #sent = false;
  #dueMs = Infinity;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** When to ask again. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** There is another path. */
  restart(nowMs: number): void {
    this.#dueMs = nowMs + this.#intervalMs;
  }

  /** Something left anyway. */
  noteSent(): void {
    this.#sent = true;
  }

  isNeeded(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false;
    this.restart(nowMs);
    const wasSilent = !this.#sent;
    this.#sent = false;
    return wasSilent;
  }
}
