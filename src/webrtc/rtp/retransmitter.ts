import { rtpHeaderLength, RTP_MARKER, RTP_PADDING } from './rtp-header.ts';
import type { RtpStream, RtpStreamHost } from './rtp-stream.ts';
import type { SrtpSender } from '../srtp/srtp-sender.ts';

/** The same packet is not sent again sooner than this, when the round trip is not known. */
const DEFAULT_ROUND_TRIP_MS = 20;
/** Nor sooner than this, however short the round trip: a peer must not make us flood it. */
const MIN_INTERVAL_MS = 10;
/** Packets kept of a stream that keeps none until the first NACK: 320 ms of sound. */
const KEPT_WHEN_ASKED = 16;
/** Original sequence number before the payload (RFC 4588, 4). */
const OSN_BYTES = 2;

/** Where packets are decrypted before they travel again: they are kept as they were sent. */
let plain: Buffer = Buffer.alloc(2048);

/**
 * Answers NACKs from the ring of a stream: as RTX packets with an SSRC of their own (RFC 4588) when that was negotiated,
 * else by the very bytes that were sent before (which the replay check of a receiver that lost them lets in). Sound is
 * kept from the first NACK on: most conferences never send one for it, and it is a lot of memory for many calls.
 */
export class Retransmitter {
  readonly #host: RtpStreamHost;
  #stream: RtpStream;
  #rtx: RtpStream | undefined;
  #sender: SrtpSender | undefined;
  #sent = 0;

  constructor(host: RtpStreamHost, stream: RtpStream, rtx: RtpStream | undefined) {
    this.#host = host;
    this.#stream = stream;
    this.#rtx = rtx;
  }

  start(sender: SrtpSender, goesOn: boolean): void {
    this.#sender = sender;
    this.#rtx?.start(sender, goesOn);
  }

  /** Other streams take their place, with the next start. */
  exchange(stream: RtpStream, rtx: RtpStream | undefined): void {
    this.#stream = stream;
    this.#rtx = rtx;
  }

  /** Of the next retransmission, when they have an SSRC of their own. */
  get rtxSequence(): number | undefined {
    return this.#rtx?.sequence;
  }

  stop(): void {
    this.#sender = undefined;
    this.#rtx?.stop();
  }

  /** How many packets were sent again. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends again what is still there and was not just sent; `lost` are sequence numbers. */
  resend(lost: readonly number[], roundTripMs: number | null): void {
    const { ring } = this.#stream;
    if (!ring) return this.#stream.keepPackets(KEPT_WHEN_ASKED);
    const nowUs = this.#host.clock.nowUs();
    const intervalUs = Math.max(roundTripMs ?? DEFAULT_ROUND_TRIP_MS, MIN_INTERVAL_MS) * 1000;
    for (const seq of lost) {
      const kept = ring.find(seq);
      if (!kept || (kept.packet[0]! & RTP_PADDING) !== 0) continue;
      if (!ring.mayResend(seq, nowUs, intervalUs)) continue;
      if (this.#rtx) this.#resendAsRtx(this.#rtx, kept.packet, kept.length, kept.roc, seq, nowUs);
      else this.#host.transmit(kept.packet, kept.length);
      this.#sent++;
    }
  }

  #resendAsRtx(rtx: RtpStream, sealed: Buffer, length: number, roc: number, seq: number, nowUs: number): void {
    if (plain.length < length) plain = Buffer.alloc(length);
    sealed.copy(plain, 0, 0, length);
    const headerLength = rtpHeaderLength(plain, length);
    const end = this.#sender!.cipher.openRtp(plain, headerLength, length, roc);
    const payloadLength = end - headerLength;
    const packet = rtx.begin(OSN_BYTES + payloadLength);
    packet.writeUInt16BE(seq, rtx.headerLength);
    plain.copy(packet, rtx.headerLength + OSN_BYTES, headerLength, end);
    const marker = (plain[1]! & RTP_MARKER) !== 0;
    rtx.finish(packet, OSN_BYTES + payloadLength, plain.readUInt32BE(4), marker, nowUs);
  }
}
