/** As long as a packet stays as it is: far more than sockets queue, and few enough to stay in the cache. */
const SLOTS = 128;
/** 20 ms of Opus at 128 kbit/s and more, with header and tag. */
const SLOT_BYTES = 512;

let slots: readonly Buffer[] | undefined;
let next = 0;

/**
 * A buffer with room for `bytes`, for a packet that is sent and forgotten. All streams use the same ones, one after the
 * other: with hundreds of calls, buffers of their own would have left the cache of the processor between two packets.
 */
export function passingSlot(bytes: number): Buffer {
  if (bytes > SLOT_BYTES) return Buffer.allocUnsafe(bytes);
  slots ??= makeSlots();
  next = (next + 1) % SLOTS;
  return slots[next]!;
}

function makeSlots(): Buffer[] {
  const slab = Buffer.alloc(SLOTS * SLOT_BYTES);
  return Array.from({ length: SLOTS }, (_, i) => slab.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES));
}
