const EMPTY = new Uint8Array(0);

/**
 * The bytes of a stream that have arrived and are not parsed yet, as one piece. A chunk that arrives when nothing is
 * waiting is not copied. Bytes handed out are never written again, so views of them stay valid.
 *
 * @example
 * const waiting = new ByteQueue();
 * const bytes = waiting.push(Uint8Array.of(1, 2, 3));  // all that is waiting
 * waiting.skip(2);                                     // two bytes were understood
 * waiting.push(Uint8Array.of(4));                      // gives 3, 4
 */
export class ByteQueue {
  #store: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #position = 0;

  /** Place of the first waiting byte, counted from the start of the stream. */
  get position(): number {
    return this.#position;
  }

  /** Appends a chunk and returns everything that is waiting. */
  push(chunk: Uint8Array): Uint8Array {
    const waiting = this.#end - this.#start;
    if (waiting === 0) {
      this.#store = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return chunk;
    }
    if (this.#end + chunk.length > this.#store.length) this.#grow(waiting, chunk.length);
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
    return this.peek();
  }

  /** Everything that is waiting. */
  peek(): Uint8Array {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** Lets go of the first `count` bytes. */
  skip(count: number): void {
    this.#start += count;
    this.#position += count;
  }

  /** Leaves room for as much again as is waiting, so that chunks of one byte are not copied over and over. */
  #grow(waiting: number, wanted: number): void {
    const store = new Uint8Array(2 * waiting + wanted);
    store.set(this.peek());
    this.#store = store;
    this.#start = 0;
    this.#end = waiting;
  }
}
