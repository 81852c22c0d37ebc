/**
 * Stops and starts whoever reads: a closed valve leaves the bytes in the pipe, the pipe fills, and the process at its
 * other end waits. One valve a reader; the consumer turns it, the reader watches it.
 *
 * @example
 * const valve = new ReadValve();
 * runFfmpeg({ path, args, valve }).subscribe((chunk) => {
 *   parse(chunk);
 *   if (enough) valve.close();     // valve.open() reads on
 * });
 */
export class ReadValve {
  #isOpen = true;
  #turned: ((isOpen: boolean) => void) | undefined;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#turn(true);
  }

  close(): void {
    this.#turn(false);
  }

  /** For the reader: calls `turned` at each turn, until `undefined` is given. */
  watch(turned: ((isOpen: boolean) => void) | undefined): void {
    this.#turned = turned;
  }

  #turn(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    this.#turned?.(isOpen);
  }
}
