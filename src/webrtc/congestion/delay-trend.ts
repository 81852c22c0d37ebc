import type { DelaySample } from './delay-groups.ts';
import { LeastDelay } from './least-delay.ts';

/** What the delay says of the path: `overuse` when a queue grows in it; `unsettled` when one may, or when one shrinks. */
export type PathUsage = 'normal' | 'overuse' | 'unsettled';

/** The line is drawn through so many groups, two seconds: twice the usual distance of keyframes. */
const WINDOW = 20;
/** With fewer there is no line. */
const MIN_SAMPLES = 4;
/** A leap or a silence that is no queue: another clock, another path, a call that was paused. */
const MAX_LEAP_MS = 10_000;
const MAX_SILENCE_MS = 3000;

/** By how many milliseconds the delay has to grow within the window. It adapts between these. */
const FIRST_THRESHOLD_MS = 30;
const MIN_THRESHOLD_MS = 20;
const MAX_THRESHOLD_MS = 300;
/** Per group. Up faster than down, so that a competing TCP does not starve us. A rise beyond this distance is not adapted to. */
const ADAPT_UP = 0.02;
const ADAPT_DOWN = 0.01;
const ADAPT_WITHIN_MS = 60;

/** A queue that is never shorter for a second is too long, though it does not grow; half of that is none to add to. */
const STANDING_QUEUE_MS = 80;
/** Unless it shrinks by so much from one second to the next. */
const SHRINKING_MS = 20;
/** One that nothing makes shorter for so many groups is none: the path has become longer. */
const LONGER_PATH_GROUPS = 100;

/**
 * Tells by the delay whether the path carries what is sent: by a line through the last two seconds, with a threshold that
 * adapts to what is usual on the path (draft-ietf-rmcat-gcc-02, 5.3 and 5.4, its filter being a linear regression), and by
 * how far the delay stands above the least of the last two minutes: a queue that is full does not grow any more.
 */
export class DelayTrend {
  readonly #samples: DelaySample[] = [];
  readonly #least = new LeastDelay();
  #thresholdMs = FIRST_THRESHOLD_MS;
  #risesInARow = 0;
  #standsInARow = 0;

  add(sample: DelaySample): PathUsage {
    const last = this.#samples.at(-1);
    if (last && (Math.abs(sample.delayMs - last.delayMs) > MAX_LEAP_MS || sample.atMs - last.atMs > MAX_SILENCE_MS)) {
      this.#startAnew();
    }
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW) this.#samples.shift();
    this.#least.add(sample.atMs, sample.delayMs);
    if (!last || this.#samples.length < MIN_SAMPLES) return 'normal';

    const riseMs = slope(this.#samples) * (sample.atMs - this.#samples[0]!.atMs);
    const queueMs = leastOf(this.#samples.slice(-WINDOW / 2)) - this.#least.ms;
    const isSettled = Math.abs(riseMs) < this.#thresholdMs / 2 && queueMs < STANDING_QUEUE_MS / 2;
    const grows = this.#grows(riseMs, sample.delayMs - last.delayMs);
    const stands = this.#stands(queueMs);
    if (grows || stands) return 'overuse';
    return isSettled ? 'normal' : 'unsettled';
  }

  /** Twice in a row. A queue that has begun to shrink needs nothing more, though the line still points upwards. */
  #grows(riseMs: number, lastStepMs: number): boolean {
    const isRise = riseMs > this.#thresholdMs && lastStepMs >= 0;
    this.#adapt(Math.abs(riseMs));
    this.#risesInARow = isRise ? this.#risesInARow + 1 : 0;
    return this.#risesInARow >= 2;
  }

  #stands(queueMs: number): boolean {
    const formerMs = leastOf(this.#samples.slice(0, -WINDOW / 2)) - this.#least.ms; // Infinity while there is none
    const stands = queueMs > STANDING_QUEUE_MS && queueMs > formerMs - SHRINKING_MS;
    this.#standsInARow = stands ? this.#standsInARow + 1 : 0;
    if (this.#standsInARow === LONGER_PATH_GROUPS) this.#startAnew();
    return stands;
  }

  #startAnew(): void {
    this.#samples.length = 0;
    this.#least.clear();
    this.#risesInARow = this.#standsInARow = 0;
  }

  #adapt(riseMs: number): void {
    const distance = riseMs - this.#thresholdMs;
    if (distance > ADAPT_WITHIN_MS) return;
    const adapted = this.#thresholdMs + distance * (distance > 0 ? ADAPT_UP : ADAPT_DOWN);
    this.#thresholdMs = Math.min(MAX_THRESHOLD_MS, Math.max(MIN_THRESHOLD_MS, adapted));
  }
}

/** Of the line of least squares: milliseconds of delay per millisecond. */
function slope(samples: readonly DelaySample[]): number {
  const count = samples.length;
  let meanX = 0;
  let meanY = 0;
  for (const { atMs, delayMs } of samples) {
    meanX += atMs / count;
    meanY += delayMs / count;
  }
  let covariance = 0;
  let variance = 0;
  for (const { atMs, delayMs } of samples) {
    covariance += (atMs - meanX) * (delayMs - meanY);
    variance += (atMs - meanX) ** 2;
  }
  return variance > 0 ? covariance / variance : 0;
}

function leastOf(samples: readonly DelaySample[]): number {
  return Math.min(...samples.map(({ delayMs }) => delayMs));
}
