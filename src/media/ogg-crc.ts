/** Generator polynomial of the Ogg checksum (RFC 3533, section 6): most significant bit first, no inversion. */
const POLYNOMIAL = 0x04c11db7;

/** `TABLE[256 * k + b]`: what byte `b` adds to the checksum once `k` more bytes have followed it. */
const TABLE = makeTable(4);

/** The CRC-32 of Ogg over `bytes[start, end)`, going on from `crc`. Four bytes a turn. */
export function oggCrc(bytes: Uint8Array, start: number, end: number, crc = 0): number {
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = crc ^ ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
    crc =
      TABLE[768 + (word >>> 24)]! ^
      TABLE[512 + ((word >>> 16) & 0xff)]! ^
      TABLE[256 + ((word >>> 8) & 0xff)]! ^
      TABLE[word & 0xff]!;
  }
  for (; at < end; at++) crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ bytes[at]!]!;
  return crc >>> 0;
}

function makeTable(rows: number): Int32Array {
  const table = new Int32Array(256 * rows);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!;
    table[i] = (before << 8) ^ table[before >>> 24]!;
  }
  return table;
}
