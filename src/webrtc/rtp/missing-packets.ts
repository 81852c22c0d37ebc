/** A leap over more packets than this is not worth asking for: a keyframe is cheaper. */
const MAX_MISSING = 256;
/** A packet out of order has this long to turn up by itself. */
const REORDER_MS = 10;
const MAX_TRIES = 8;
/** What is missing for longer comes too late to be played. */
const MAX_AGE_MS = 1000;

interface Missing {
  readonly sinceMs: number;
  askedMs: number;
  tries: number;
}

/** What of one SSRC did not arrive, and what of it to ask for now. Bounded in number, tries and age. */
export class MissingPackets {
  /** By sequence number, in the order they were sent. */
  readonly #missing = new Map<number, Missing>();
  #highest = -1;
  #gaveUp = false;

  /** A packet came; a retransmission counts under its original number. */
  add(sequence: number, nowMs: number): void {
    if (this.#highest < 0) {
      this.#highest = sequence;
      return;
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead >= 0x8000 || ahead === 0) {
      this.#missing.delete(sequence);
      return;
    }
    if (this.#missing.size + ahead - 1 > MAX_MISSING) {
      this.#missing.clear();
      this.#gaveUp = true;
    } else {
      for (let i = 1; i < ahead; i++) {
        this.#missing.set((this.#highest + i) & 0xffff, { sinceMs: nowMs, askedMs: -Infinity, tries: 0 });
      }
    }
    this.#highest = sequence;
  }

  get size(): number {
    return this.#missing.size;
  }

  /** What to put into a NACK now: new ones after a moment, others again after a round trip. */
  due(nowMs: number, roundTripMs: number): number[] {
    const lost: number[] = [];
    for (const [sequence, missing] of this.#missing) {
      if (missing.tries >= MAX_TRIES || nowMs - missing.sinceMs > MAX_AGE_MS) {
        this.#missing.delete(sequence);
        this.#gaveUp = true;
        continue;
      }
      if (nowMs - missing.sinceMs < REORDER_MS || nowMs - missing.askedMs < roundTripMs) continue;
      missing.askedMs = nowMs;
      missing.tries++;
      lost.push(sequence);
    }
    return lost;
  }

  /** Whether something was given up for lost since the last call: of video, time for a keyframe. */
  takeGaveUp(): boolean {
    const gaveUp = this.#gaveUp;
    this.#gaveUp = false;
    return gaveUp;
  }
}
