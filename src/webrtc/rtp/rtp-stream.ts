import type { MediaClock } from '../../core/media-clock.ts';
import { PacketRing } from './packet-ring.ts';
import { RTP_MARKER, RTP_PADDING, type RtpHeaderLayout } from './rtp-header.ts';
import { sharedBuffer } from '../shared-buffers.ts';
import type { SrtpSender, SrtpStream } from '../srtp/srtp-sender.ts';

/** Room for the tag of either protection profile. */
const TAG_ROOM = 16;
/**
 * A session does not begin this close before the sequence number starts over: if all those packets got lost, the receiver
 * would not know of the rollover, and understand nothing any more (RFC 3711, 3.3.1).
 */
const ROLLOVER_MARGIN = 1024;

/** What outgoing streams need of the session they are part of. */
export interface RtpStreamHost {
  readonly clock: MediaClock;
  /** Origin of RTP time on `clock`, in microseconds; one for all tracks of a session. */
  readonly epochUs: number;
  /** Sends one protected packet. Who keeps the buffer for longer calls `keepBuffer`. */
  transmit(packet: Buffer, length: number): void;
  /** The next transport-wide sequence number, for a packet of `bytes` that leaves now. */
  nextTransportSequence(nowUs: number, bytes: number): number;
}

export interface RtpStreamOptions {
  layout: RtpHeaderLayout;
  firstSequence: number;
  /** How many packets are kept to be sent again; none until {@link RtpStream.keepPackets} if absent. */
  slots?: number | undefined;
  /** Payload bytes that slots have room for; larger payloads get a buffer of their own. */
  slotPayloadBytes: number;
}

/**
 * The packets of one outgoing SSRC: numbers them without a hole, fills in their headers, protects and sends them, in
 * buffers that are used over and over. {@link begin} a packet, write its payload at {@link headerLength},
 * {@link finish} it: nothing is allocated.
 */
export class RtpStream {
  readonly headerLength: number;
  /** What can be sent again. */
  ring: PacketRing | undefined;
  /** Value of the audio level extension of the next packets. */
  audioLevel = 0;
  readonly #host: RtpStreamHost;
  readonly #layout: RtpHeaderLayout;
  readonly #template: Buffer;
  readonly #slotPayloadBytes: number;
  readonly #first: number;
  readonly #payloadType: number;
  #protection: SrtpStream | undefined;
  #sequence: number;

  constructor(host: RtpStreamHost, options: RtpStreamOptions) {
    this.#host = host;
    this.#layout = options.layout;
    const { template } = options.layout;
    this.#template = template;
    this.#slotPayloadBytes = options.slotPayloadBytes;
    this.headerLength = template.length;
    this.#first = template[0]!;
    this.#payloadType = template[1]!;
    this.#sequence = options.firstSequence & 0xffff;
    if (options.slots !== undefined) this.keepPackets(options.slots);
  }

  /** From now on, that many packets can be sent again. */
  keepPackets(slots: number): void {
    const slotBytes = this.headerLength + this.#slotPayloadBytes + TAG_ROOM;
    this.ring ??= new PacketRing({ template: this.#template, slots, slotBytes });
  }

  /** Keys are there: from now on packets can leave. `goesOn`: with the numbers that it had under other keys. */
  start(sender: SrtpSender, goesOn: boolean): void {
    this.#protection = sender.stream(this.#template.readUInt32BE(8));
    this.ring?.clear();
    if (goesOn && this.#sequence > 0xffff - ROLLOVER_MARGIN) this.#sequence = 0;
  }

  /** The keys are of no use any more: what was sent cannot be sent again, and nothing leaves until the next start. */
  stop(): void {
    this.#protection = undefined;
    this.ring?.clear();
  }

  /** The number of the next packet. */
  get sequence(): number {
    return this.#sequence;
  }

  get started(): boolean {
    return this.#protection !== undefined;
  }

  /** The buffer of the next packet, with room for a payload of `payloadBytes` at {@link headerLength}. */
  begin(payloadBytes: number): Buffer {
    const bytes = this.headerLength + payloadBytes;
    if (this.ring) return this.ring.slot(this.#sequence, bytes + TAG_ROOM);
    const packet = sharedBuffer(bytes + (this.#protection?.overhead ?? 0));
    packet.set(this.#template);
    return packet;
  }

  /**
   * Completes and sends the packet that {@link begin} gave out. The last `padding` bytes of the payload are padding
   * (their count is written). Returns whether it left.
   */
  finish(
    packet: Buffer,
    payloadLength: number,
    timestamp: number,
    marker: boolean,
    nowUs: number,
    padding: number = 0,
  ): boolean {
    const protection = this.#protection;
    if (!protection) return false;
    const sequence = this.#sequence;
    const length = this.headerLength + payloadLength;
    packet[0] = padding > 0 ? this.#first | RTP_PADDING : this.#first;
    packet[1] = marker ? this.#payloadType | RTP_MARKER : this.#payloadType;
    packet[2] = sequence >>> 8;
    packet[3] = sequence;
    packet[4] = timestamp >>> 24;
    packet[5] = timestamp >>> 16;
    packet[6] = timestamp >>> 8;
    packet[7] = timestamp;
    if (padding > 0) packet[length - 1] = padding;
    this.#writeExtensions(packet, length, nowUs);

    const sealed = protection.protect(packet, this.headerLength, length);
    if (sealed < 0) return false;
    this.#sequence = (sequence + 1) & 0xffff;
    this.ring?.keep(sequence, protection.roc, sealed, nowUs);
    this.#host.transmit(packet, sealed);
    return true;
  }

  #writeExtensions(packet: Buffer, length: number, nowUs: number): void {
    const { audioLevelAt, absSendTimeAt, transportSequenceAt } = this.#layout;
    if (audioLevelAt > 0) packet[audioLevelAt] = this.audioLevel;
    if (absSendTimeAt > 0) {
      // 6.18 bits of seconds, which wrap every 64 s
      const time = Math.floor((nowUs % 64_000_000) * 0.262144);
      packet[absSendTimeAt] = time >>> 16;
      packet[absSendTimeAt + 1] = time >>> 8;
      packet[absSendTimeAt + 2] = time;
    }
    if (transportSequenceAt > 0) {
      const sequence = this.#host.nextTransportSequence(nowUs, length);
      packet[transportSequenceAt] = sequence >>> 8;
      packet[transportSequenceAt + 1] = sequence;
    }
  }
}
