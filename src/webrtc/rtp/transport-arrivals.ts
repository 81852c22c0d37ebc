import { buildTransportFeedback } from '../rtcp/transport-feedback.ts';

/** Arrivals remembered; more than ever come in between two feedbacks. */
const KEPT = 2048;
/** A packet this far behind what was reported is reported after all; an older one stays lost. */
const LATE = 512;

/**
 * Notes when packets of a transport arrive, by their transport-wide sequence number, and makes the feedback that tells
 * the sender (draft-holmer-rmcat-transport-wide-cc-extensions-01). No allocation per packet.
 */
export class TransportArrivals {
  readonly #arrivalUs = new Float64Array(KEPT);
  readonly #sequences = new Float64Array(KEPT).fill(-1);
  /** Sequence numbers with rollovers: the first that is to be reported, and the one after the newest. */
  #from = 0;
  #end = -1;
  #mediaSsrc = 0;
  #feedbackCount = 0;

  add(sequence: number, arrivalMs: number, ssrc: number): void {
    this.#mediaSsrc = ssrc;
    let index = sequence;
    if (this.#end < 0) {
      this.#from = index;
    } else {
      index = this.#end - 1 + (((sequence - (this.#end - 1) + 0x8000) & 0xffff) - 0x8000);
      if (index < 0 || index < this.#from - LATE) return;
      this.#from = Math.min(this.#from, index);
    }
    this.#end = Math.max(this.#end, index + 1);
    this.#from = Math.max(this.#from, this.#end - KEPT);
    this.#sequences[index % KEPT] = index;
    this.#arrivalUs[index % KEPT] = arrivalMs * 1000;
  }

  /** Feedback packets about what came since the last call; none when nothing did. */
  take(senderSsrc: number): Buffer[] {
    const packets: Buffer[] = [];
    while (this.#from < this.#end) {
      const arrivalsUs: (number | undefined)[] = [];
      for (let index = this.#from; index < this.#end; index++) {
        const slot = index % KEPT;
        arrivalsUs.push(this.#sequences[slot] === index ? this.#arrivalUs[slot] : undefined);
      }
      const { packet, count } = buildTransportFeedback({
        senderSsrc,
        mediaSsrc: this.#mediaSsrc,
        baseSequence: this.#from & 0xffff,
        feedbackCount: this.#feedbackCount,
        arrivalsUs,
      });
      if (count > 0) {
        packets.push(packet);
        this.#feedbackCount = (this.#feedbackCount + 1) & 0xff;
      }
      // Nothing of the first part arrived: it is lost, and what follows is reported without it.
      this.#from = count > 0 ? this.#from + count : this.#from + arrivalsUs.findIndex((at) => at !== undefined);
    }
    return packets;
  }
}
