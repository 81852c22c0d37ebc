import type { TransportFeedback } from '../rtcp/transport-feedback.ts';

/** Packets remembered: feedback comes every 100 ms or so, and this is more than three seconds of audio and video. */
const KEPT = 1024;

/** One packet that the peer spoke of in a transport-wide feedback. */
export interface AcknowledgedPacket {
  /** When it left, in microseconds of the media clock. */
  readonly sentUs: number;
  readonly bytes: number;
  /** When it arrived, in microseconds of the peer's clock; null when it did not. */
  readonly arrivalUs: number | null;
}

/** Numbers the packets of a transport (draft-holmer-rmcat-transport-wide-cc-extensions-01) and remembers when each left. */
export class TransportLog {
  #next = 0;
  readonly #sentUs = new Float64Array(KEPT);
  readonly #bytes = new Uint16Array(KEPT);
  readonly #sequences = new Int32Array(KEPT).fill(-1);

  /** Numbers a packet that leaves now. */
  add(nowUs: number, bytes: number): number {
    const sequence = this.#next;
    this.#next = (sequence + 1) & 0xffff;
    const slot = sequence % KEPT;
    this.#sequences[slot] = sequence;
    this.#sentUs[slot] = nowUs;
    this.#bytes[slot] = bytes;
    return sequence;
  }

  /** Puts times of departure and arrival side by side, in order of departure; what was forgotten is left out. */
  match(feedback: TransportFeedback): AcknowledgedPacket[] {
    const packets: AcknowledgedPacket[] = [];
    let nth = 0;
    for (let i = 0; i < Math.min(feedback.count, KEPT); i++) {
      const sequence = (feedback.baseSequence + i) & 0xffff;
      const arrived = feedback.received[nth]?.sequence === sequence ? feedback.received[nth++] : undefined;
      const slot = sequence % KEPT;
      if (this.#sequences[slot] !== sequence) continue;
      packets.push({
        sentUs: this.#sentUs[slot]!,
        bytes: this.#bytes[slot]!,
        arrivalUs: arrived?.arrivalUs ?? null,
      });
    }
    return packets;
  }
}
