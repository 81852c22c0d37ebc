import { newRtcp, RTCP_TRANSPORT_FEEDBACK } from './compound.ts';

/** Transport-wide congestion control, in transport feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). */
export const FMT_TRANSPORT_WIDE = 15;

const FIXED_BYTES = 20;
const REFERENCE_UNIT_US = 64_000;
const DELTA_UNIT_US = 250;
/* Status symbols. */
const MISSING = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;
/** Run lengths have 13 bits; vectors hold 14 one-bit or 7 two-bit symbols. */
const MAX_RUN = 0x1fff;
const ONE_BIT_SYMBOLS = 14;
const TWO_BIT_SYMBOLS = 7;
/** Statuses in one feedback that we build: it then fits a datagram whatever they are. */
const MAX_STATUSES = 400;

/** When packets arrived, by transport-wide sequence number. Packets of the range that are not listed were lost. */
export interface TransportFeedback {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** First transport-wide sequence number that is spoken of, and how many from there on. */
  readonly baseSequence: number;
  readonly count: number;
  /** Number of this feedback, modulo 256: a hole tells that feedback was lost. */
  readonly feedbackCount: number;
  readonly received: readonly ReceivedSequence[];
}

export interface ReceivedSequence {
  readonly sequence: number;
  /** On the receiver's own clock, in microseconds, modulo 2^24 · 64 ms. */
  readonly arrivalUs: number;
}

/** Undefined when it contradicts itself. What it returns is no larger than the packet that it was read from. */
export function parseTransportFeedback(packet: Buffer): TransportFeedback | undefined {
  if (packet.length < FIXED_BYTES) return undefined;
  const baseSequence = packet.readUInt16BE(12);
  const count = packet.readUInt16BE(14);
  const sizes: number[] = []; // delta bytes of each received packet
  const offsets: number[] = []; // its place after baseSequence
  let at = FIXED_BYTES;
  let nth = 0;
  const see = (symbol: number, times: number): boolean => {
    const seen = Math.min(times, count - nth);
    if (symbol === MISSING) {
      nth += seen;
      return true;
    }
    if (symbol > LARGE_DELTA || offsets.length + seen > packet.length) return false;
    for (let i = 0; i < seen; i++) {
      sizes.push(symbol);
      offsets.push(nth++);
    }
    return true;
  };
  while (nth < count) {
    if (at + 2 > packet.length) return undefined;
    const chunk = packet.readUInt16BE(at);
    at += 2;
    if (chunk < 0x8000) {
      if ((chunk & MAX_RUN) === 0 || !see(chunk >> 13, chunk & MAX_RUN)) return undefined;
      continue;
    }
    const twoBit = (chunk & 0x4000) !== 0;
    for (let i = 0; i < (twoBit ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS); i++) {
      if (!see(twoBit ? (chunk >> (12 - 2 * i)) & 3 : (chunk >> (13 - i)) & 1, 1)) return undefined;
    }
  }

  let arrivalUs = packet.readUIntBE(16, 3) * REFERENCE_UNIT_US;
  const received: ReceivedSequence[] = [];
  for (let i = 0; i < sizes.length; i++) {
    if (at + sizes[i]! > packet.length) return undefined;
    arrivalUs += (sizes[i] === SMALL_DELTA ? packet[at]! : packet.readInt16BE(at)) * DELTA_UNIT_US;
    at += sizes[i]!;
    received.push({ sequence: (baseSequence + offsets[i]!) & 0xffff, arrivalUs });
  }
  const feedbackCount = packet[19]!;
  return {
    senderSsrc: packet.readUInt32BE(4),
    mediaSsrc: packet.readUInt32BE(8),
    baseSequence,
    count,
    feedbackCount,
    received,
  };
}

export interface TransportArrivals {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequence: number;
  readonly feedbackCount: number;
  /** Arrival of `baseSequence` and those after it, in microseconds of our clock; undefined for what did not arrive. */
  readonly arrivalsUs: readonly (number | undefined)[];
}

/**
 * Builds one feedback. It speaks of as many of the arrivals as fit: at most 400, none after a leap of more than 8 s;
 * `count` says of how many. The last of them is one that arrived.
 */
export function buildTransportFeedback(arrivals: TransportArrivals): { packet: Buffer; count: number } {
  const { arrivalsUs } = arrivals;
  const firstUs = arrivalsUs.find((arrivalUs) => arrivalUs !== undefined) ?? 0;
  const reference = Math.floor(firstUs / REFERENCE_UNIT_US);
  const symbols: number[] = [];
  const deltas: number[] = [];
  let count = 0; // up to and with the last one that arrived
  let units = reference * (REFERENCE_UNIT_US / DELTA_UNIT_US);
  for (const arrivalUs of arrivalsUs.slice(0, MAX_STATUSES)) {
    if (arrivalUs === undefined) {
      symbols.push(MISSING);
      continue;
    }
    // Rounding against the absolute time, so that errors do not add up.
    const delta = Math.round(arrivalUs / DELTA_UNIT_US) - units;
    if (delta < -0x8000 || delta > 0x7fff) break;
    units += delta;
    deltas.push(delta);
    symbols.push(delta >= 0 && delta <= 0xff ? SMALL_DELTA : LARGE_DELTA);
    count = symbols.length;
  }
  symbols.length = count;

  const chunks = encodeSymbols(symbols);
  const deltaBytes = deltas.reduce((sum, delta) => sum + (delta >= 0 && delta <= 0xff ? 1 : 2), 0);
  const bytes = FIXED_BYTES + 2 * chunks.length + deltaBytes;
  const packet = newRtcp(RTCP_TRANSPORT_FEEDBACK, FMT_TRANSPORT_WIDE, (bytes + 3) & ~3);
  packet.writeUInt32BE(arrivals.senderSsrc, 4);
  packet.writeUInt32BE(arrivals.mediaSsrc, 8);
  packet.writeUInt16BE(arrivals.baseSequence, 12);
  packet.writeUInt16BE(count, 14);
  packet.writeUIntBE(reference & 0xffffff, 16, 3);
  packet[19] = arrivals.feedbackCount;
  let at = FIXED_BYTES;
  for (const chunk of chunks) at = packet.writeUInt16BE(chunk, at);
  for (const delta of deltas)
    at = delta >= 0 && delta <= 0xff ? packet.writeUInt8(delta, at) : packet.writeInt16BE(delta, at);
  return { packet, count };
}

/** A run where one is longer than a vector would be, else the vector that holds more symbols. */
function encodeSymbols(symbols: readonly number[]): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < symbols.length;) {
    const symbol = symbols[at]!;
    let run = 1;
    while (symbols[at + run] === symbol) run++;
    const oneBit = !symbols.slice(at, at + ONE_BIT_SYMBOLS).includes(LARGE_DELTA);
    const held = oneBit ? ONE_BIT_SYMBOLS : TWO_BIT_SYMBOLS;
    if (run >= held || at + run === symbols.length) {
      const length = Math.min(run, MAX_RUN);
      chunks.push((symbol << 13) | length);
      at += length;
      continue;
    }
    let chunk = oneBit ? 0x8000 : 0xc000;
    for (let i = 0; i < held; i++) chunk |= (symbols[at + i] ?? MISSING) << (oneBit ? 13 - i : 12 - 2 * i);
    chunks.push(chunk);
    at += held;
  }
  return chunks;
}
