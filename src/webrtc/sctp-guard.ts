/* RFC 9260, section 3: common header, chunk header, and the types that matter here. */
const COMMON_BYTES = 12;
const HEADER_BYTES = 4;
const SACK = 3;
/** Where parameters begin in the value of a chunk that has some. */
const PARAMETERS_AT: Readonly<Record<number, number>> = {
  1: 16, // INIT
  2: 16, // INIT ACK
  4: 0, // HEARTBEAT
  5: 0, // HEARTBEAT ACK
  6: 0, // ABORT
  9: 0, // ERROR
  130: 0, // RE-CONFIG (RFC 6525)
};
/** Of a SACK: a window of data in flight is smaller by far. */
const MAX_ACKNOWLEDGED = 0x10000;

/**
 * Whether all lengths in a packet of SCTP lead forward and stay inside of it. Of a packet where one does not, werift's parser
 * would never come to an end.
 */
export function isWellFormedSctp(packet: Buffer): boolean {
  if (packet.length < COMMON_BYTES) return false;
  return everyItem(packet.subarray(COMMON_BYTES), (value, header) => {
    const type = header >>> 8;
    if (type === SACK) return acknowledges(value) <= MAX_ACKNOWLEDGED;
    const at = PARAMETERS_AT[type];
    return at === undefined || value.length <= at || everyItem(value.subarray(at), () => true);
  });
}

/** Chunks and parameters have one form: two bytes that say what, two of length that count these four, a value, padding. */
function everyItem(items: Buffer, isGood: (value: Buffer, header: number) => boolean): boolean {
  for (let at = 0; at + HEADER_BYTES <= items.length;) {
    const length = items.readUInt16BE(at + 2);
    if (length < HEADER_BYTES || at + length > items.length) return false;
    if (!isGood(items.subarray(at + HEADER_BYTES, at + length), items.readUInt16BE(at))) return false;
    at += (length + 3) & ~3;
  }
  return true;
}

/** How many packets the gap blocks of a SACK speak of (RFC 9260, section 3.3.4). */
function acknowledges(value: Buffer): number {
  let count = 0;
  if (value.length < 12) return count;
  const end = Math.min(value.length, 12 + 4 * value.readUInt16BE(8));
  for (let at = 12; at + 4 <= end; at += 4) {
    count += Math.max(0, value.readUInt16BE(at + 2) - value.readUInt16BE(at) + 1);
  }
  return count;
}
