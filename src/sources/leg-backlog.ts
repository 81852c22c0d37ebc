import type { Sample } from '../core/sample.ts';

/** Samples of one kind that were read and may not be emitted yet. They are not counted by their segment. */
export interface LegBacklog {
  readonly empty: boolean;
  readonly durationUs: number;
  readonly bytes: number;
  /** Of the next one; undefined when there is none. */
  readonly nextPtsUs: number | undefined;
  push(sample: Sample): void;
  shift(): Sample | undefined;
  clear(): void;
}

export interface LegBacklogOptions {
  /** Bytes are copied when they are given out, for they are going to be written over. Default false. */
  copies?: boolean | undefined;
}

/** Numbers that are kept of a sample: pts, duration, place and length of its bytes, 1 for a keyframe. */
const NUMBERS = 5;
const FIRST_ROOM = 64;
const SLAB_BYTES = 64 * 1024;
/** Stands where what has been taken was: a chunk of a file or pipe must not be kept for that. */
const GONE = new ArrayBuffer(0);

/**
 * They are kept as numbers, and made again when it is their turn. Two seconds of objects for each of a thousand calls would
 * grow old here, and every collection of garbage would have to move them.
 */
export function createLegBacklog({ copies = false }: LegBacklogOptions = {}): LegBacklog {
  let numbers = new Float64Array(FIRST_ROOM * NUMBERS);
  let buffers: ArrayBufferLike[] = [];
  /** All that the last samples stood in, while bytes are copied. */
  let chunk: Buffer | undefined;
  /** What is the same for all. */
  let like: Sample | undefined;
  let taken = 0;
  let durationUs = 0;
  let bytes = 0;

  /** Moves what waits to the front, if that makes room enough: it may be a long time before nothing waits. */
  function makeRoom(): void {
    if (taken < buffers.length / 2) {
      numbers = doubled(numbers);
      return;
    }
    numbers.copyWithin(0, taken * NUMBERS);
    buffers.splice(0, taken);
    taken = 0;
  }

  function bytesOf(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array {
    if (!copies) return new Uint8Array(buffer, offset, length);
    if (chunk?.buffer !== buffer) chunk = Buffer.from(buffer);
    return copyOf(chunk, offset, length);
  }

  function clear(): void {
    buffers = [];
    like = undefined;
    taken = durationUs = bytes = 0;
  }

  return {
    get empty() {
      return taken === buffers.length;
    },
    get durationUs() {
      return durationUs;
    },
    get bytes() {
      return bytes;
    },
    get nextPtsUs() {
      return taken < buffers.length ? numbers[taken * NUMBERS] : undefined;
    },
    push(sample) {
      if (buffers.length * NUMBERS === numbers.length) makeRoom();
      const at = buffers.length * NUMBERS;
      const { data } = sample;
      like ??= sample;
      numbers[at] = sample.ptsUs;
      numbers[at + 1] = sample.durationUs;
      numbers[at + 2] = data.byteOffset;
      numbers[at + 3] = data.length;
      numbers[at + 4] = sample.keyframe ? 1 : 0;
      buffers.push(data.buffer);
      durationUs += sample.durationUs;
      bytes += data.length;
    },
    shift() {
      const buffer = buffers[taken];
      if (!buffer || !like) return undefined;
      const at = taken * NUMBERS;
      const data = bytesOf(buffer, numbers[at + 2]!, numbers[at + 3]!);
      const sample = new ReadSample(like, data, numbers[at]!, numbers[at + 1]!, numbers[at + 4] === 1);
      buffers[taken++] = GONE;
      durationUs -= sample.durationUs;
      bytes -= sample.data.length;
      if (taken === buffers.length) clear();
      return sample;
    },
    clear,
  };
}

/**
 * A class, and no object literal: V8 takes literals that lived through the first collections for ones that live forever,
 * and would fill the old space with samples that are gone after 200 ms.
 */
class ReadSample implements Sample {
  readonly kind: Sample['kind'];
  readonly codec: Sample['codec'];
  readonly data: Uint8Array;
  readonly ptsUs: number;
  readonly durationUs: number;
  readonly keyframe: boolean;
  readonly segment: Sample['segment'];

  constructor(like: Sample, data: Uint8Array, ptsUs: number, durationUs: number, keyframe: boolean) {
    this.kind = like.kind;
    this.codec = like.codec;
    this.data = data;
    this.ptsUs = ptsUs;
    this.durationUs = durationUs;
    this.keyframe = keyframe;
    this.segment = like.segment;
  }
}

let slab = Buffer.alloc(0);
let used = 0;

/**
 * Copies stand side by side in memory that all sources share. As it is soon used up, and soon of no use, the garbage collector
 * never takes it for what stays.
 */
function copyOf(chunk: Buffer, offset: number, length: number): Uint8Array {
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length));
    used = 0;
  }
  const at = used;
  used += chunk.copy(slab, at, offset, offset + length);
  return new Uint8Array(slab.buffer, at, length);
}

function doubled(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
