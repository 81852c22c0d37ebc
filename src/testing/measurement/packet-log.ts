import type { ReceivedRtp } from '../../webrtc/types.ts';

/** What is kept of one received RTP packet. */
export interface PacketRecord {
  /** Sequence number, extended past its 16 bits: it never wraps. */
  readonly sequence: number;
  /** RTP timestamp in ticks, extended past its 32 bits. */
  readonly rtpTime: number;
  /** When it arrived, in milliseconds of `performance.now()`. */
  readonly arrivalMs: number;
  readonly payloadType: number;
  readonly payloadBytes: number;
  readonly paddingBytes: number;
  readonly marker: boolean;
  /** The audio level extension (RFC 6464): bit 7 says voice, the others how far below full scale; null without it. */
  readonly audioLevel: number | null;
}

/** Half an hour of audio in packets of 20 ms. */
const MAX_RECORDS = 100_000;

/**
 * The packets of one SSRC in order of arrival, wrapped counters made linear. Bounded: when it is full, the older half
 * goes.
 */
export class PacketLog {
  #records: PacketRecord[] = [];

  get records(): readonly PacketRecord[] {
    return this.#records;
  }

  /** Keeps one packet; `audioLevelId` is the id of the audio level extension in this session. */
  push(packet: ReceivedRtp, audioLevelId?: number): PacketRecord {
    const last = this.#records.at(-1);
    const level = audioLevelId === undefined ? undefined : packet.extension(audioLevelId);
    const record: PacketRecord = {
      sequence: extend(packet.sequenceNumber, last?.sequence, 16),
      rtpTime: extend(packet.timestamp, last?.rtpTime, 32),
      arrivalMs: packet.arrivalMs,
      payloadType: packet.payloadType,
      payloadBytes: packet.payload.length,
      paddingBytes: packet.padding,
      marker: packet.marker,
      audioLevel: level?.[0] ?? null,
    };
    if (this.#records.length >= MAX_RECORDS) this.#records = this.#records.slice(MAX_RECORDS / 2);
    this.#records.push(record);
    return record;
  }
}

/** The number nearest to `near` that ends in the same `bits` bits as `value`: one that is older may come after. */
export function extend(value: number, near: number | undefined, bits: number): number {
  if (near === undefined) return value;
  const period = 2 ** bits;
  return value + Math.round((near - value) / period) * period;
}
