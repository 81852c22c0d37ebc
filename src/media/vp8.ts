/** Whether a VP8 frame decodes on its own (RFC 6386, section 9.1); false for an empty one. */
export function isVp8Keyframe(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0;
}
