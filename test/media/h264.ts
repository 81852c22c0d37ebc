import type { Sample } from '../../src/core/sample.ts';
import { createAnnexBDemuxer, type AnnexBDemuxerOptions } from '../../src/media/annexb-demuxer.ts';
import { splitAnnexB } from '../../src/media/annexb.ts';
import { nalType } from '../../src/media/h264.ts';
import { ffmpeg } from './ffmpeg.ts';

/** A moving test picture, 160x120, encoded to H.264 in Annex B. `args` are output options. */
export function encodeH264(args: readonly string[], rate = '25'): Uint8Array {
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=160x120:rate=${rate}`];
  return ffmpeg([...input, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...args, '-f', 'h264']);
}

/** Everything that comes out of an Annex B stream, given in one piece or in chunks. */
export function demuxAnnexB(
  bytes: Uint8Array | readonly Uint8Array[],
  options: Omit<Partial<AnnexBDemuxerOptions>, 'onSample'> = {},
): Sample[] {
  const samples: Sample[] = [];
  const demuxer = createAnnexBDemuxer({ frameRate: 25, ...options, onSample: (sample) => samples.push(sample) });
  for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) demuxer.push(chunk);
  demuxer.end();
  return samples;
}

/** Types of the NAL units of a frame, as in `7 8 5`. */
export function nalTypes(frame: Uint8Array): string {
  return splitAnnexB(frame).map(nalType).join(' ');
}

/** NAL units behind start codes of three bytes, so that a demultiplexer has something to change. */
export function annexB(...nals: (readonly number[])[]): Uint8Array {
  return Uint8Array.from(nals.flatMap((nal) => [0, 0, 1, ...nal]));
}
