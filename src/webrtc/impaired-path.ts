import { datagramKind } from './datagram-kind.ts';
import type { Impairment } from './transport-options.ts';

type Direction = 'send' | 'receive';

/** Headers of UDP and IPv4, which take their time at a bottleneck, too. */
const HEADER_BYTES = 28;
const DEFAULT_QUEUE_MS = 500;

/** Loses and delays datagrams as an {@link Impairment} says at the time. */
export class ImpairedPath {
  readonly #impairment: Impairment;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** When the bottleneck has worked off what waits for it, by direction. */
  readonly #freeMs: Record<Direction, number> = { send: -Infinity, receive: -Infinity };

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
    const turnMs = this.#takeTurn(direction, datagram.length);
    if (turnMs === undefined) return;
    const waitMs = turnMs + delayMs + (jitterMs > 0 ? jitterMs * random() : 0);
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

  /** How long until a datagram has passed the bottleneck; undefined when it does not fit in front of it. */
  #takeTurn(direction: Direction, bytes: number): number | undefined {
    const { rateKbps, queueMs = DEFAULT_QUEUE_MS } = this.#impairment;
    if (rateKbps === undefined) return 0;
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, this.#freeMs[direction]);
    if (startMs - nowMs > queueMs) return undefined;
    this.#freeMs[direction] = startMs + ((bytes + HEADER_BYTES) * 8) / rateKbps;
    return this.#freeMs[direction] - nowMs;
  }

  #concerns(direction: Direction, datagram: Buffer): boolean {
    const { direction: only = 'both', traffic = 'all' } = this.#impairment;
    return (only === 'both' || only === direction) && (traffic === 'all' || traffic === datagramKind(datagram));
  }
}
