import type { MediaKind, Sample } from './sample.ts';
import { countSample, type Holding, type Segment } from './segment.ts';

/** Places there are at first: a power of 2, like each number after it. */
const FIRST_ROOM = 16;

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
  /** A ring: it grows to what is held at once, and then stays as it is. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #length = 0;
  /** All that is held of segments that are counted. */
  readonly #total: Holding = { audioUs: 0, videoUs: 0, bytes: 0 };
  /** How many of them follow each other of one segment: mostly they all do. */
  #runs: Run[] = [];

  get length(): number {
    return this.#length;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  push(sample: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[this.#place(this.#length++)] = sample;
    const { segment } = sample;
    if (!segment || segment.live) return;
    const run = this.#runs.at(-1);
    if (run?.segment === segment) run.count++;
    else this.#begin(segment);
    countSample(this.#total, sample, 1);
  }

  /** Takes the oldest sample out and wakes its source. The source may push synchronously from within. */
  shift(): T | undefined {
    const sample = this.#items[this.#head];
    if (!sample) return undefined;
    this.#items[this.#head] = undefined;
    this.#head = this.#place(1);
    this.#length--;
    this.#release(sample);
    return sample;
  }

  /** Drops everything and wakes the sources. In a teardown, unsubscribe upstream first, or a woken source reads on. */
  clear(): void {
    const segments = new Set(this.#runs.map(({ segment }) => segment));
    this.#items = [];
    this.#head = this.#length = 0;
    this.#runs = [];
    this.#total.audioUs = this.#total.videoUs = this.#total.bytes = 0;
    for (const segment of segments) segment.release(this.#total);
  }

  /** Where the sample stands that has `nth` before it. */
  #place(nth: number): number {
    return (this.#head + nth) & (this.#items.length - 1);
  }

  #grow(): void {
    const inOrder = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head)];
    this.#items = [...inOrder, ...new Array<undefined>(Math.max(FIRST_ROOM, inOrder.length)).fill(undefined)];
    this.#head = 0;
  }

  #begin(segment: Segment): void {
    if (!this.#holds(segment)) segment.hold(this.#total);
    this.#runs.push({ segment, count: 1 });
  }

  #holds(segment: Segment): boolean {
    return this.#runs.some((run) => run.segment === segment);
  }

  #release(sample: T): void {
    const run = this.#runs[0];
    if (!run || run.segment !== sample.segment) return;
    const { segment } = run;
    countSample(this.#total, sample, -1);
    if (--run.count === 0) this.#runs.shift();
    const others = this.#runs.length > (run.count > 0 ? 1 : 0);
    if (run.count > 0 || this.#holds(segment)) segment.drain(this.#total, sample.kind);
    else segment.release(this.#total);
    if (others) this.#drainOthers(segment, sample.kind);
  }

  /** There is room for the segments that come after, too. */
  #drainOthers(drained: Segment, kind: MediaKind): void {
    const others = new Set(this.#runs.map(({ segment }) => segment));
    others.delete(drained);
    for (const segment of others) segment.drain(this.#total, kind);
  }
}

/** Samples of one segment that follow each other. */
interface Run {
  readonly segment: Segment;
  count: number;
}
