import { MediaFormatError } from '../core/errors.ts';
import { viewOf } from './bytes.ts';

/** What the uncompressed start of a VP8 frame says (RFC 6386, section 9.1). */
export interface Vp8Header {
  readonly keyframe: boolean;
  /** Bitstream profile, 0 to 3. */
  readonly version: number;
  /** False for a frame that is only there for others to refer to. */
  readonly shown: boolean;
  readonly firstPartitionBytes: number;
  /** Picture size in pixels, on keyframes only. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

const TAG_BYTES = 3;
const KEYFRAME_BYTES = 10;
const START_CODE = 0x9d012a;

/** Whether a VP8 frame decodes on its own; false for an empty one. */
export function isVp8Keyframe(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0;
}

/** Reads the header of a VP8 frame; throws {@link MediaFormatError} when there is none. */
export function parseVp8Header(frame: Uint8Array): Vp8Header {
  const keyframe = isVp8Keyframe(frame);
  const headerBytes = keyframe ? KEYFRAME_BYTES : TAG_BYTES;
  if (frame.length < headerBytes) throw new MediaFormatError('VP8', frame.length, 'the frame header is cut off');
  const view = viewOf(frame);
  const tag = view.getUint8(0) | (view.getUint8(1) << 8) | (view.getUint8(2) << 16);
  const startCode = keyframe ? view.getUint32(2) & 0xffffff : START_CODE;
  if (startCode !== START_CODE) throw new MediaFormatError('VP8', TAG_BYTES, 'the start code of a keyframe is missing');
  return {
    keyframe,
    version: (tag >> 1) & 7,
    shown: (tag & 0x10) !== 0,
    firstPartitionBytes: tag >> 5,
    // The upper two bits ask for upscaling when shown.
    width: keyframe ? view.getUint16(6, true) & 0x3fff : undefined,
    height: keyframe ? view.getUint16(8, true) & 0x3fff : undefined,
  };
}
