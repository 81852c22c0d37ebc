/**
 * A copy in memory of its own, for what is kept as long as a connection: a small Buffer of Node is mostly a part of a large
 * one, and keeps all 64 KiB of it.
 */
export function lastingCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.alloc(bytes.length);
  copy.set(bytes);
  return copy;
}
