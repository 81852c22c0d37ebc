import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Sample } from '../../src/core/sample.ts';

/** Samples as short lines, time and fingerprint, whose differences can be read. */
export function outline(samples: readonly Sample[]): string[] {
  return samples.map((sample) => `${sample.ptsUs} +${sample.durationUs} ${fingerprint(sample.data)}`);
}

export function fingerprint(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex').slice(0, 8)}`;
}

/** The places at which a sample does not begin where the one before it ended. */
export function gaps(samples: readonly Sample[]): number[] {
  let endUs = 0;
  return samples
    .filter((sample) => {
      const isGap = sample.ptsUs !== endUs;
      endUs = sample.ptsUs + sample.durationUs;
      return isGap;
    })
    .map((sample) => sample.ptsUs);
}

/** End of the last sample. */
export function lengthUs(samples: readonly Sample[]): number {
  const last = samples.at(-1)!;
  return last.ptsUs + last.durationUs;
}

/** Ways to cut `bytes` into chunks: many small and a few large ones, some of them empty. */
export function anyChunks(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat({ max: bytes.length }), { maxLength: 40, size: 'max' }).map((cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    // Copies, so that a sample that looked beyond its chunk would be found out.
    return places.slice(1).map((end, index) => bytes.slice(places[index], end));
  });
}
