import { viewOf } from '../../src/media/bytes.ts';
import { isVp8Keyframe } from '../../src/media/vp8.ts';

/** The size that a VP8 keyframe says, in pixels (RFC 6386, section 9.1). Throws for any other frame. */
export function vp8Size(frame: Uint8Array): { width: number; height: number } {
  const view = viewOf(frame);
  if (!isVp8Keyframe(frame) || (view.getUint32(2) & 0xffffff) !== 0x9d012a) throw new Error('This is no keyframe.');
  // The upper two bits ask for upscaling when shown.
  return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
}
