/**
 * Packets that leave within this time are one group. A picture leaves in one burst and a keyframe is a large one: what
 * such a burst makes the others wait is no congestion as long as the path has worked it off before the group is over.
 */
const GROUP_US = 100_000;

/** How long the path took at a time: less a constant, which is the difference of the two clocks. */
export interface DelaySample {
  readonly atMs: number;
  readonly delayMs: number;
}

/** Makes of the times at which packets left and arrived one delay per group: the least (draft-ietf-rmcat-gcc-02, 5.2). */
export class DelayGroups {
  #startUs = -Infinity;
  #leastUs = Infinity;

  /** Takes a packet that arrived, in order of departure. Returns the group before, when the packet begins another. */
  add(sentUs: number, arrivalUs: number): DelaySample | undefined {
    if (sentUs < this.#startUs) return undefined; // its group has been judged without it
    let group: DelaySample | undefined;
    if (sentUs >= this.#startUs + GROUP_US) {
      if (this.#leastUs < Infinity) group = { atMs: this.#startUs / 1000, delayMs: this.#leastUs / 1000 };
      this.#startUs = sentUs;
      this.#leastUs = Infinity;
    }
    this.#leastUs = Math.min(this.#leastUs, arrivalUs - sentUs);
    return group;
  }
}
