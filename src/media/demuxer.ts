import type { Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';

/** What every demultiplexer takes. */
export interface DemuxerOptions {
  /** Gets each sample as soon as it is complete, synchronously, from within `push` and `end`. */
  onSample: (sample: Sample) => void;
  /** Written into every sample. */
  segment?: Segment | undefined;
}

/**
 * A push parser: bytes in, samples out, nothing in between. How the bytes are cut into chunks makes no difference.
 *
 * Both methods throw {@link MediaFormatError} when the bytes cannot be what they claim to be; samples before that point
 * have been delivered, and the demultiplexer is of no use afterwards.
 */
export interface Demuxer {
  /**
   * Takes the next bytes, of any number. They are given away: samples are views of them where that saves a copy, so
   * nobody may write into the chunk afterwards. (Chunks of Node's streams are never written twice.)
   */
  push(chunk: Uint8Array): void;
  /** There are no more bytes: delivers what was waiting for them. */
  end(): void;
}
