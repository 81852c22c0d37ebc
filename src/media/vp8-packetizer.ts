import { MAX_PAYLOAD_BYTES, type Packetizer } from './packetizer.ts';
import { VP8_DESCRIPTOR_BYTES, VP8_PICTURE_IDS, writeVp8Descriptor } from './vp8-descriptor.ts';

export interface Vp8PacketizerOptions {
  /** Picture id of the first frame. Default random, as RFC 7741 section 4.2 wants it. */
  pictureId?: number | undefined;
  /** Largest payload, descriptor included. Default {@link MAX_PAYLOAD_BYTES}. */
  maxPayloadBytes?: number | undefined;
}

/**
 * VP8 in RTP (RFC 7741): each payload is a descriptor with a 15-bit picture id and a piece of the frame. The pieces of a
 * frame are of equal size, give or take one byte, rather than full ones and a small rest.
 */
export function createVp8Packetizer(options: Vp8PacketizerOptions = {}): Packetizer {
  const { pictureId = Math.floor(Math.random() * VP8_PICTURE_IDS), maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
  const room = maxPayloadBytes - VP8_DESCRIPTOR_BYTES;
  let nextId = pictureId;
  let id = pictureId;
  let frame: Uint8Array = new Uint8Array(0);
  let count = 0;

  return {
    begin(next) {
      if (next.length === 0) return 0;
      frame = next;
      count = Math.ceil(frame.length / room);
      id = nextId;
      nextId = (nextId + 1) % VP8_PICTURE_IDS;
      return count;
    },
    write(index, out, offset) {
      const start = Math.floor((frame.length * index) / count);
      const end = Math.floor((frame.length * (index + 1)) / count);
      writeVp8Descriptor(out, offset, index === 0, id);
      out.set(frame.subarray(start, end), offset + VP8_DESCRIPTOR_BYTES);
      return VP8_DESCRIPTOR_BYTES + end - start;
    },
  };
}
