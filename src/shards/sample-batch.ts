import type { Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';

/** A sample without its bytes; `segment` is the number it was announced by. */
interface SampleHead extends Omit<Sample, 'data' | 'segment'> {
  readonly bytes: number;
  readonly segment: number | undefined;
}

/** Samples as they travel: their bytes in one buffer, which is handed over and not copied again. */
export interface SampleBatch {
  readonly heads: readonly SampleHead[];
  readonly buffer: ArrayBuffer;
}

/** The bytes are copied once, for others may hold the same samples. */
export function packSamples(samples: readonly Sample[], numberOf: (segment: Segment) => number): SampleBatch {
  const packed = new Uint8Array(samples.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  const heads = samples.map(({ kind, codec, ptsUs, durationUs, keyframe, data, segment }) => {
    packed.set(data, offset);
    offset += data.length;
    const bytes = data.length;
    return { kind, codec, ptsUs, durationUs, keyframe, bytes, segment: segment && numberOf(segment) };
  });
  return { heads, buffer: packed.buffer };
}

export function unpackSamples({ heads, buffer }: SampleBatch, segmentOf: (number: number) => Segment): Sample[] {
  let offset = 0;
  return heads.map(({ bytes, segment, ...rest }) => {
    const data = new Uint8Array(buffer, offset, bytes);
    offset += bytes;
    return { ...rest, data, segment: segment === undefined ? undefined : segmentOf(segment) };
  });
}
