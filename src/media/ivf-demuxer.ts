import { MediaFormatError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { ByteQueue } from './byte-queue.ts';
import { beginsWith, viewOf } from './bytes.ts';
import type { Demuxer, DemuxerOptions } from './demuxer.ts';
import { isVp8Keyframe } from './vp8.ts';

/** What is used of the file header. Frame times count in units of `timeBaseNumerator / timeBaseDenominator` seconds. */
interface IvfHeader {
  readonly timeBaseDenominator: number;
  readonly timeBaseNumerator: number;
  /** Bytes before the first frame. */
  readonly bytes: number;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;
/** A frame that claims to be larger is damage: 8 MiB, as much as anybody would hold. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/**
 * Reads VP8 out of IVF: one sample per frame, at the time the file gives it.
 *
 * A frame lasts until the next one begins, so each is delivered when the header of the next one has come. The last one
 * lasts as long as the one before it; the only one, one unit of the time base. Empty frames are left out: the one
 * before lasts longer. A file that is cut off plays up to its last whole frame.
 *
 * Throws {@link MediaFormatError} for another codec, and for frames whose size or time cannot be: IVF has no mark by
 * which to find the next frame.
 */
export function createIvfDemuxer(options: DemuxerOptions): Demuxer {
  const { onSample, segment } = options;
  const queue = new ByteQueue();
  let header: IvfHeader | undefined;
  /** The last frame, until it is known how long it lasts. */
  let held: Omit<Sample, 'durationUs'> | undefined;
  let durationUs: number | undefined;
  let lastUs = 0;

  /** Returns how many bytes it understood. */
  function read(bytes: Uint8Array): number {
    if (!header && bytes.length < HEADER_BYTES) return 0;
    header ??= parseHeader(bytes);
    const view = viewOf(bytes);
    let at = Math.max(0, header.bytes - queue.position);
    while (at + FRAME_HEADER_BYTES <= bytes.length) {
      const size = view.getUint32(at, true);
      if (size > MAX_FRAME_BYTES) fail(at, `a frame claims to have ${size} bytes`);
      const start = at + FRAME_HEADER_BYTES;
      if (size > 0) {
        const units = view.getUint32(at + 8, true) * 2 ** 32 + view.getUint32(at + 4, true);
        const ptsUs = toUs(units, header);
        if (!Number.isSafeInteger(ptsUs)) fail(at + 4, `a frame claims to be at ${units}`);
        release(ptsUs);
        if (start + size > bytes.length) break;
        hold(bytes.subarray(start, start + size), ptsUs);
      }
      at = start + size;
    }
    return Math.min(at, bytes.length);
  }

  function hold(data: Uint8Array, ptsUs: number): void {
    lastUs = Math.max(lastUs, ptsUs); // never back in time, whatever the file says
    held = { kind: 'video', codec: 'vp8', data, ptsUs: lastUs, keyframe: isVp8Keyframe(data), segment };
  }

  /** Delivers the frame before the one at `nextPtsUs`. */
  function release(nextPtsUs: number): void {
    if (!held) return;
    durationUs = Math.max(0, nextPtsUs - held.ptsUs);
    onSample({ ...held, durationUs });
    held = undefined;
  }

  function fail(at: number, problem: string): never {
    throw new MediaFormatError('IVF', queue.position + at, problem);
  }

  return {
    push(chunk) {
      queue.skip(read(queue.push(chunk)));
    },
    end() {
      if (!header) throw new MediaFormatError('IVF', queue.position, 'it ended before its header was complete');
      release(lastUs + (durationUs ?? toUs(1, header)));
    },
  };
}

function parseHeader(bytes: Uint8Array): IvfHeader {
  if (!beginsWith(bytes, 'DKIF')) throw new MediaFormatError('IVF', 0, 'it does not begin with "DKIF"');
  const view = viewOf(bytes);
  const fourCc = String.fromCharCode(...bytes.subarray(8, 12));
  const [timeBaseDenominator, timeBaseNumerator] = [view.getUint32(16, true), view.getUint32(20, true)];
  const headerBytes = view.getUint16(6, true);
  if (headerBytes < HEADER_BYTES) throw new MediaFormatError('IVF', 6, `its header claims ${headerBytes} bytes`);
  if (fourCc !== 'VP80') throw new MediaFormatError('IVF', 8, `it carries ${JSON.stringify(fourCc)}, not VP8 ("VP80")`);
  if (timeBaseDenominator === 0 || timeBaseNumerator === 0) {
    throw new MediaFormatError('IVF', 16, `its time base is ${timeBaseNumerator}/${timeBaseDenominator}`);
  }
  return { timeBaseDenominator, timeBaseNumerator, bytes: headerBytes };
}

function toUs(units: number, header: IvfHeader): number {
  return Math.round((units * header.timeBaseNumerator * 1e6) / header.timeBaseDenominator);
}
