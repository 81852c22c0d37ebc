import { findExtension, RTP_MARKER, RTP_PADDING } from './rtp-header.ts';
import type { ReceivedRtp } from '../types.ts';

/** A decrypted RTP packet, seen through getters over the datagram: valid until the datagram's buffer is used again. */
export class RtpPacketView implements ReceivedRtp {
  readonly arrivalMs: number;
  readonly payload: Buffer;
  readonly padding: number;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly #packet: Buffer;
  readonly #headerLength: number;

  private constructor(packet: Buffer, headerLength: number, end: number, padding: number, arrivalMs: number) {
    this.#packet = packet;
    this.#headerLength = headerLength;
    this.arrivalMs = arrivalMs;
    this.padding = padding;
    this.payload = packet.subarray(headerLength, end);
    this.marker = (packet[1]! & RTP_MARKER) !== 0;
    this.payloadType = packet[1]! & 0x7f;
    this.sequenceNumber = packet.readUInt16BE(2);
    this.timestamp = packet.readUInt32BE(4);
    this.ssrc = packet.readUInt32BE(8);
  }

  /** Undefined when the padding is longer than what there is. `headerLength` is that of {@link rtpHeaderLength}. */
  static of(packet: Buffer, headerLength: number, length: number, arrivalMs: number): RtpPacketView | undefined {
    let padding = 0;
    if (packet[0]! & RTP_PADDING) {
      padding = length > headerLength ? packet[length - 1]! : 0;
      if (padding === 0 || padding > length - headerLength) return undefined;
    }
    return new RtpPacketView(packet, headerLength, length - padding, padding, arrivalMs);
  }

  extension(id: number): Buffer | undefined {
    return findExtension(this.#packet, this.#headerLength, id);
  }
}
