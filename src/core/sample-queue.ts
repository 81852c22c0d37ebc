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
  /** All that is held of segments that are counted. */
  readonly #total: Holding = { audioUs: 0, videoUs: 0, bytes: 0 };
  /** How many samples of each. */
  readonly #counts = new Map<Segment, number>();

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
    const count = this.#counts.get(segment) ?? 0;
    if (count === 0) segment.hold(this.#total);
    this.#counts.set(segment, count + 1);
    countSample(this.#total, sample, 1);
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
    const segments = [...this.#counts.keys()];
    this.#items = [];
    this.#head = 0;
    this.#counts.clear();
    this.#total.audioUs = this.#total.videoUs = this.#total.bytes = 0;
    for (const segment of segments) segment.release(this.#total);
    for (const segment of segments) segment.wake();
  }

  #release(sample: T): void {
    const segment = sample.segment;
    const count = segment && this.#counts.get(segment);
    if (!count) return;
    countSample(this.#total, sample, -1);
    if (count > 1) {
      this.#counts.set(segment, count - 1);
    } else {
      this.#counts.delete(segment);
      segment.release(this.#total);
    }
    const others = this.#counts.size - (count > 1 ? 1 : 0);
    segment.wake();
    if (others > 0) this.#wakeOthers(segment);
  }

  /** There is room for the segments that come after, too. */
  #wakeOthers(woken: Segment): void {
    for (const segment of [...this.#counts.keys()]) if (segment !== woken) segment.wake();
  }
}
