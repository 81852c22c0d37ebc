const EMPTY = new Uint8Array(0);

/**
 * The bytes of a stream that have arrived and are not parsed yet, as one piece. A chunk that arrives when nothing is
 * waiting is not copied. Bytes handed out are never written again, so views of them stay valid, unless room is made
 * by {@link ByteQueue.reserve}.
 *
 * @example
 * const waiting = new ByteQueue();
 * const bytes = waiting.push(Uint8Array.of(1, 2, 3));  // all that is waiting
 * waiting.skip(2);                                     // two bytes were understood
 * waiting.push(Uint8Array.of(4));                      // gives 3, 4
 */
export class ByteQueue {
  #store: Uint8Array = EMPTY;
  /** False for a chunk, which may be somebody else's, too. */
  #isOurs = false;
  #start = 0;
  #end = 0;
  #position = 0;

  /** Place of the first waiting byte, counted from the start of the stream. */
  get position(): number {
    return this.#position;
  }

  /** Appends a chunk and returns everything that is waiting. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#isNext(chunk)) {
      this.#end += chunk.length;
      return this.peek();
    }
    const waiting = this.#end - this.#start;
    if (waiting === 0) {
      this.#store = chunk;
      this.#isOurs = false;
      this.#start = 0;
      this.#end = chunk.length;
      return chunk;
    }
    // As much again as is waiting, so that chunks of one byte are not copied over and over.
    if (this.#end + chunk.length > this.#store.length) this.#move(2 * waiting + chunk.length);
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
    return this.peek();
  }

  /**
   * Room behind what is waiting: all that `bytes` in one piece leave of it, but at least half of them. What is written there
   * and pushed is not copied. All that was handed out before is written over.
   */
  reserve(bytes: number): Uint8Array {
    const waiting = this.#end - this.#start;
    const room = Math.max(bytes, waiting + Math.ceil(bytes / 2));
    if (this.#isOurs && this.#store.length >= room) {
      this.#store.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = waiting;
    } else {
      this.#move(room);
    }
    return this.#store.subarray(waiting);
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

  /** Whether a chunk stands in the store already, right behind what is waiting. */
  #isNext(chunk: Uint8Array): boolean {
    const end = this.#end + chunk.length;
    if (chunk.buffer !== this.#store.buffer || end > this.#store.length) return false;
    return chunk.byteOffset === this.#store.byteOffset + this.#end;
  }

  #move(room: number): void {
    const waiting = this.peek();
    this.#store = new Uint8Array(room);
    this.#store.set(waiting);
    this.#isOurs = true;
    this.#start = 0;
    this.#end = waiting.length;
  }
}
