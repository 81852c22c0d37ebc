/** A sender that got a request has this long before the next one. */
const MIN_INTERVAL_MS = 500;

/**
 * Passes on what many ask for: a keyframe. One request at a time is enough, so those that follow it wait, and are passed on
 * only if no keyframe has come meanwhile.
 */
export class KeyframeRequests {
  readonly #send: () => void;
  #sentMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: () => void) {
    this.#send = send;
  }

  ask(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#sentMs + MIN_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#pass();
    else this.#timer = setTimeout(() => this.#pass(), waitMs);
  }

  /** A keyframe came: whoever waits has got what they asked for. */
  answered(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pass(): void {
    this.#timer = undefined;
    this.#sentMs = performance.now();
    this.#send();
  }
}
