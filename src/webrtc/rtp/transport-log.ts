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

/**
 * Numbers the packets of a transport (draft-holmer-rmcat-transport-wide-cc-extensions-01) and remembers when each left, if
 * somebody is going to ask.
 */
export class TransportLog {
  #next = 0;
  /** When each left and its bytes, side by side; undefined until the first is remembered. */
  #log: Float64Array | undefined;
  /** Numbers before this one were not remembered; counts on over the wraps. */
  #first = 0;
  #count = 0;

  /** Numbers a packet that leaves now, and forgets it. */
  number(): number {
    const sequence = this.#next;
    this.#next = (sequence + 1) & 0xffff;
    this.#first = ++this.#count;
    return sequence;
  }

  /** Numbers a packet that leaves now, and remembers it. */
  add(nowUs: number, bytes: number): number {
    const log = (this.#log ??= new Float64Array(2 * KEPT));
    const sequence = this.#next;
    this.#next = (sequence + 1) & 0xffff;
    this.#count++;
    const at = 2 * (sequence % KEPT);
    log[at] = nowUs;
    log[at + 1] = bytes;
    return sequence;
  }

  /** Puts times of departure and arrival side by side, in order of departure; what was forgotten is left out. */
  match(feedback: TransportFeedback): AcknowledgedPacket[] {
    const log = this.#log;
    if (!log) return [];
    const packets: AcknowledgedPacket[] = [];
    const known = Math.min(KEPT, this.#count - this.#first);
    let nth = 0;
    for (let i = 0; i < Math.min(feedback.count, KEPT); i++) {
      const sequence = (feedback.baseSequence + i) & 0xffff;
      const arrived = feedback.received[nth]?.sequence === sequence ? feedback.received[nth++] : undefined;
      const age = (this.#next - 1 - sequence) & 0xffff;
      if (age >= known) continue;
      const at = 2 * (sequence % KEPT);
      packets.push({ sentUs: log[at]!, bytes: log[at + 1]!, arrivalUs: arrived?.arrivalUs ?? null });
    }
    return packets;
  }
}
