import type { Sample } from '../../src/core/sample.ts';
import { concatBytes, utf8, viewOf } from '../../src/media/bytes.ts';
import type { DemuxerOptions } from '../../src/media/demuxer.ts';
import { createIvfDemuxer } from '../../src/media/ivf-demuxer.ts';

/** Everything that comes out of an IVF file, given in one piece or in chunks. */
export function demuxIvf(
  bytes: Uint8Array | readonly Uint8Array[],
  options: Omit<DemuxerOptions, 'onSample'> = {},
): { samples: Sample[] } {
  const samples: Sample[] = [];
  const demuxer = createIvfDemuxer({ ...options, onSample: (sample) => samples.push(sample) });
  for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) demuxer.push(chunk);
  demuxer.end();
  return { samples };
}

export interface IvfFile {
  fourCc?: string;
  headerBytes?: number;
  timeBase?: readonly [numerator: number, denominator: number];
  frames: readonly { pts: number | bigint; data: Uint8Array; claimedBytes?: number }[];
}

/** An IVF file made by hand. */
export function writeIvf({ fourCc = 'VP80', headerBytes = 32, timeBase = [1, 1000], frames }: IvfFile): Uint8Array {
  const header = new Uint8Array(Math.max(32, headerBytes));
  const view = viewOf(header);
  header.set(utf8('DKIF'));
  view.setUint16(6, headerBytes, true);
  header.set(utf8(fourCc), 8);
  view.setUint16(12, 160, true);
  view.setUint16(14, 120, true);
  view.setUint32(16, timeBase[1], true);
  view.setUint32(20, timeBase[0], true);
  const parts = frames.flatMap(({ pts, data, claimedBytes = data.length }) => {
    const frameHeader = new Uint8Array(12);
    viewOf(frameHeader).setUint32(0, claimedBytes, true);
    viewOf(frameHeader).setBigUint64(4, BigInt(pts), true);
    return [frameHeader, data];
  });
  return concatBytes([header, ...parts]);
}
