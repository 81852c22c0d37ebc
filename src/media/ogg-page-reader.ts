import { MediaFormatError } from '../core/errors.ts';
import { ByteQueue } from './byte-queue.ts';
import { findOggPage, oggPageBytes, readOggPage, type OggPage } from './ogg-page.ts';

export interface OggPageReaderOptions {
  /** Gets each intact page and its place in the stream. */
  onPage: (page: OggPage, position: number) => void;
  /** Throw at the first damage instead of passing over it. */
  strict: boolean;
}

/** Cuts a stream of bytes into intact Ogg pages. After damage it goes on with the next page whose checksum is right. */
export class OggPageReader {
  readonly #queue = new ByteQueue();
  readonly #options: OggPageReaderOptions;
  #inSync = true;
  #damages = 0;
  #skippedBytes = 0;

  constructor(options: OggPageReaderOptions) {
    this.#options = options;
  }

  /** How often the capture pattern was lost. */
  get damages(): number {
    return this.#damages;
  }

  /** Bytes that belonged to no intact page. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /** Number of bytes understood or given up so far. */
  get position(): number {
    return this.#queue.position;
  }

  /** See {@link ByteQueue.reserve}. */
  reserve(bytes: number): Uint8Array {
    return this.#queue.reserve(bytes);
  }

  push(chunk: Uint8Array): void {
    this.#read(this.#queue.push(chunk), false);
  }

  /** What still looks like the start of a page will never be one; but whole pages may lie in what it took for its own. */
  end(): void {
    this.#read(this.#queue.peek(), true);
  }

  #read(bytes: Uint8Array, final: boolean): void {
    const position = this.#queue.position;
    let at = 0;
    while (at < bytes.length) {
      const page = readOggPage(bytes, at);
      if (page === 'partial' && !final) break;
      if (page === 'partial' || page === 'corrupt') {
        at = this.#resync(bytes, at, position);
        continue;
      }
      this.#inSync = true;
      this.#options.onPage(page, position + at);
      at += oggPageBytes(page);
    }
    this.#queue.skip(at);
  }

  #resync(bytes: Uint8Array, at: number, position: number): number {
    if (this.#options.strict) throw new MediaFormatError('Ogg', position + at, 'no intact page begins here');
    if (this.#inSync) this.#damages++;
    this.#inSync = false;
    const next = findOggPage(bytes, at + 1);
    this.#skippedBytes += next - at;
    return next;
  }
}
