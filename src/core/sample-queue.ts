import type { Sample } from './sample.ts';
import { countSample, type Holding, type Segment } from './segment.ts';

/** Consumed slots are cut off in one go once there are this many of them. */
const COMPACT_AT = 512;

/**
 * A FIFO that tells each sample's {@link Segment} what it holds. Whoever keeps a sample past `next()` keeps it in here;
 * that is the whole back-pressure protocol.
 *
 * @example
 * const queue = new SampleQueue<Sample>();
 * queue.push(sample);              // the source now knows
 * const first = queue.shift();     // and may read on
 */
export class SampleQueue<T extends Sample = Sample> {
  #items: (T | undefined)[] = [];
  #head = 0;
  readonly #held = new Map<Segment, Holding>();

  get length(): number {
    return this.#items.length - this.#head;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  push(sample: T): void {
    this.#items.push(sample);
    const segment = sample.segment;
    if (!segment || segment.live) return;
    let held = this.#held.get(segment);
    if (!held) this.#held.set(segment, (held = segment.hold()));
    countSample(held, sample, 1);
  }

  /** Takes the oldest sample out and wakes its source. The source may push synchronously from within. */
  shift(): T | undefined {
    const sample = this.#items[this.#head];
    if (!sample) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head >= COMPACT_AT) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    this.#release(sample);
    return sample;
  }

  /** Drops everything and wakes the sources. In a teardown, unsubscribe upstream first, or a woken source reads on. */
  clear(): void {
    const held = [...this.#held];
    this.#items = [];
    this.#head = 0;
    this.#held.clear();
    for (const [segment, holding] of held) segment.release(holding);
  }

  #release(sample: T): void {
    const segment = sample.segment;
    const held = segment && this.#held.get(segment);
    if (!held) return;
    if (held.samples === 1) this.#held.delete(segment);
    segment.release(held, sample);
  }
}
