/** Bits of the VP8 payload descriptor (RFC 7741, section 4.2). */
const EXTENDED = 0x80;
const START_OF_PARTITION = 0x10;
const PARTITION_INDEX = 0x07;
const HAS_PICTURE_ID = 0x80;
const HAS_TL0PICIDX = 0x40;
const HAS_TID = 0x20;
const HAS_KEYIDX = 0x10;
const LONG_PICTURE_ID = 0x80;

/** Picture ids have 15 bits and begin anew after that. */
export const VP8_PICTURE_IDS: number = 2 ** 15;

/** Bytes of the descriptor that {@link writeVp8Descriptor} writes. */
export const VP8_DESCRIPTOR_BYTES = 4;

export interface Vp8Descriptor {
  /** The payload begins the first partition of a frame, that is, the frame. */
  readonly startsFrame: boolean;
  readonly pictureId: number | undefined;
  /** Length of the descriptor: the frame's bytes follow. */
  readonly bytes: number;
}

/** Writes the descriptor with a picture id of 15 bits at `out[offset]`. */
export function writeVp8Descriptor(out: Uint8Array, offset: number, startsFrame: boolean, pictureId: number): void {
  out[offset] = EXTENDED | (startsFrame ? START_OF_PARTITION : 0);
  out[offset + 1] = HAS_PICTURE_ID;
  out[offset + 2] = LONG_PICTURE_ID | (pictureId >> 8);
  out[offset + 3] = pictureId & 0xff;
}

/** Reads the descriptor in any of its forms; undefined when the payload ends before or with it. */
export function readVp8Descriptor(payload: Uint8Array): Vp8Descriptor | undefined {
  const first = payload[0] ?? 0;
  const startsFrame = (first & START_OF_PARTITION) !== 0 && (first & PARTITION_INDEX) === 0;
  let pictureId: number | undefined;
  let at = 1;
  if ((first & EXTENDED) !== 0) {
    const has = payload[at++] ?? 0;
    if ((has & HAS_PICTURE_ID) !== 0) {
      pictureId = payload[at++] ?? 0;
      if ((pictureId & LONG_PICTURE_ID) !== 0) pictureId = ((pictureId & 0x7f) << 8) | (payload[at++] ?? 0);
    }
    if ((has & HAS_TL0PICIDX) !== 0) at++;
    if ((has & (HAS_TID | HAS_KEYIDX)) !== 0) at++;
  }
  return at < payload.length ? { startsFrame, pictureId, bytes: at } : undefined;
}
