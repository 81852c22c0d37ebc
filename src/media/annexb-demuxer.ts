import { MediaFormatError, OptionError } from '../core/errors.ts';
import { findStartCode, joinAnnexB, trimNal } from './annexb.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Demuxer, DemuxerOptions } from './demuxer.ts';
import { h264SliceType, isPicturePart, NAL_IDR, NAL_PPS, NAL_SEI, NAL_SPS, nalType, startsAccessUnit } from './h264.ts';

export interface AnnexBDemuxerOptions extends DemuxerOptions {
  /** Frames per second, as in `30` or `30_000 / 1001`: the stream itself bears no times. */
  frameRate: number;
}

/** A stream without a start code in its first 64 KiB is none. */
const MAX_PREAMBLE_BYTES = 64 * 1024;
/** A NAL unit that goes on for longer is damage: 8 MiB, as much as anybody would hold. */
const MAX_NAL_BYTES = 8 * 1024 * 1024;

/**
 * Reads H.264 out of an Annex B byte stream: one sample per picture, delivered when the next one begins.
 *
 * - Every NAL unit gets a start code of four bytes; delimiters and filler are left out.
 * - Every keyframe (IDR) has its parameter sets in front; the last ones are repeated where the stream does not.
 * - Pictures are progressive and in the order in which they are shown: a B-frame is refused.
 *
 * Throws {@link OptionError} for a frame rate that is none, {@link MediaFormatError} for B-frames and for bytes that are
 * no such stream.
 */
export function createAnnexBDemuxer(options: AnnexBDemuxerOptions): Demuxer {
  const { onSample, segment, frameRate } = options;
  if (!(frameRate > 0 && frameRate <= 1000)) {
    throw new OptionError('options.frameRate', frameRate, 'a number of frames per second, above 0 and up to 1000');
  }
  const queue = new ByteQueue();
  /** The waiting bytes are those of a NAL unit, behind its start code. */
  let inNal = false;
  /** How far the waiting bytes have been searched already. */
  let searched = 0;
  /** The picture under way. */
  let nals: Uint8Array[] = [];
  let hasPicture = false;
  let pictures = 0;
  let sps: readonly Uint8Array[] = [];
  let pps: readonly Uint8Array[] = [];

  const timeOf = (picture: number): number => Math.round((picture * 1e6) / frameRate);

  /** Returns how many bytes are done with. */
  function read(bytes: Uint8Array): number {
    let start = 0;
    let code = findStartCode(bytes, searched);
    while (code >= 0) {
      if (inNal) takeNal(bytes, start, code);
      else if (queue.position + code > MAX_PREAMBLE_BYTES) break;
      inNal = true;
      start = code + 3;
      code = findStartCode(bytes, start);
    }
    if (!inNal) start = Math.max(0, bytes.length - 2); // the first two bytes of a start code, perhaps
    searched = Math.max(0, bytes.length - start - 2);
    if (!inNal && queue.position + start > MAX_PREAMBLE_BYTES) fail(0, 'there is no start code');
    if (inNal) {
      checkSize(start, bytes.length);
      lookAhead(bytes, start);
    }
    return start;
  }

  function takeNal(bytes: Uint8Array, start: number, end: number): void {
    checkSize(start, end);
    lookAhead(bytes, start);
    const nal = trimNal(bytes, start, end);
    const type = nalType(nal);
    if (h264SliceType(nal) === 'B') fail(start, 'it has B-frames; encode it without them (ffmpeg: -bf 0)');
    if (isPicturePart(type)) hasPicture = true;
    if (isPicturePart(type) || (type >= NAL_SEI && type <= NAL_PPS)) nals.push(nal);
  }

  function checkSize(start: number, end: number): void {
    if (end - start > MAX_NAL_BYTES) fail(start, `a NAL unit has more than ${MAX_NAL_BYTES} bytes`);
  }

  /** The first two bytes of a NAL unit, the rest of which may still be arriving, tell whether the picture is complete. */
  function lookAhead(bytes: Uint8Array, start: number): void {
    if (hasPicture && startsAccessUnit(bytes[start] ?? 0, bytes[start + 1] ?? 0)) deliver();
  }

  function deliver(): void {
    const own = (type: number): Uint8Array[] => nals.filter((nal) => nalType(nal) === type);
    const keyframe = own(NAL_IDR).length > 0;
    const missing = keyframe && own(NAL_SPS).length === 0 ? [...sps, ...pps] : [];
    if (own(NAL_SPS).length > 0) sps = own(NAL_SPS);
    if (own(NAL_PPS).length > 0) pps = own(NAL_PPS);
    const data = joinAnnexB([...missing, ...nals]);
    const ptsUs = timeOf(pictures++);
    nals = [];
    hasPicture = false;
    onSample({ kind: 'video', codec: 'h264', data, ptsUs, durationUs: timeOf(pictures) - ptsUs, keyframe, segment });
  }

  function fail(at: number, problem: string): never {
    throw new MediaFormatError('H.264', queue.position + at, problem);
  }

  return {
    push(chunk) {
      queue.skip(read(queue.push(chunk)));
    },
    end() {
      const bytes = queue.peek();
      if (!inNal) fail(bytes.length, 'it ended without a start code');
      takeNal(bytes, 0, bytes.length);
      if (hasPicture) deliver();
    },
  };
}
