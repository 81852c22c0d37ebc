import { datagramKind } from './datagram-kind.ts';
import type { Impairment } from './transport-options.ts';

type Direction = 'send' | 'receive';

/** Loses and delays datagrams as an {@link Impairment} says at the time. */
export class ImpairedPath {
  readonly #impairment: Impairment;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(impairment: Impairment) {
    this.#impairment = impairment;
  }

  /** Calls `deliver` with the datagram now, or with a copy of it later, or never. */
  pass(direction: Direction, datagram: Buffer, deliver: (datagram: Buffer) => void): void {
    const { lossRate = 0, delayMs = 0, jitterMs = 0, random = Math.random } = this.#impairment;
    if (!this.#concerns(direction, datagram)) {
      deliver(datagram);
      return;
    }
    if (lossRate > 0 && random() < lossRate) return;
    const waitMs = delayMs + (jitterMs > 0 ? jitterMs * random() : 0);
    if (waitMs <= 0) {
      deliver(datagram);
      return;
    }
    const copy = Buffer.from(datagram);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      deliver(copy);
    }, waitMs);
    this.#timers.add(timer);
  }

  /** Drops what is under way. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #concerns(direction: Direction, datagram: Buffer): boolean {
    const { direction: only = 'both', traffic = 'all' } = this.#impairment;
    return (only === 'both' || only === direction) && (traffic === 'all' || traffic === datagramKind(datagram));
  }
}
