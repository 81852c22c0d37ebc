/** Longer packets are seldom, and get a buffer of their own each. */
const LONGEST = 1500;

const buffers = new Array<Buffer | undefined>(LONGEST + 1).fill(undefined);

/**
 * A buffer of exactly that many bytes, for a packet that leaves before anybody else needs one: all streams use the same.
 * With hundreds of calls, buffers of their own would have left the cache of the processor between two packets.
 */
export function sharedBuffer(bytes: number): Buffer {
  if (bytes > LONGEST) return Buffer.allocUnsafeSlow(bytes);
  return (buffers[bytes] ??= Buffer.allocUnsafeSlow(bytes));
}

/** It did not leave: whoever needs a buffer of that length gets another. */
export function keepBuffer(buffer: Buffer): void {
  if (buffers[buffer.length] === buffer) buffers[buffer.length] = undefined;
}
