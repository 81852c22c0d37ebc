import { concatBytes } from './bytes.ts';
import type { Depacketizer } from './depacketizer.ts';
import { readVp8Descriptor } from './vp8-descriptor.ts';

export interface Vp8Depacketizer extends Depacketizer {
  /** Picture id of the packet that came last; undefined when it had none. */
  readonly pictureId: number | undefined;
}

/** VP8 out of RTP (RFC 7741). A frame of which a packet is missing is left out whole. */
export function createVp8Depacketizer(): Vp8Depacketizer {
  /** The frame under way; undefined until one begins. */
  let parts: Uint8Array[] | undefined;
  let pictureId: number | undefined;

  return {
    get pictureId() {
      return pictureId;
    },
    push(payload, marker) {
      const descriptor = readVp8Descriptor(payload);
      pictureId = descriptor?.pictureId;
      if (!descriptor) parts = undefined;
      else {
        if (descriptor.startsFrame) parts = [];
        parts?.push(payload.slice(descriptor.bytes));
      }
      if (!marker || !parts) return undefined;
      const frame = concatBytes(parts);
      parts = undefined;
      return frame;
    },
    lose() {
      parts = undefined;
    },
  };
}
