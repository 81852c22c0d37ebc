import type { ReportBlock } from '../rtcp/reports.ts';

/** A round trip longer than this is a peer's mistake. */
const MAX_ROUND_TRIP = 60 * 0x10000;

/** What the receiver of one outgoing stream reported last. */
export class RemoteView {
  fractionLost: number | null = null;
  packetsLost: number | null = null;
  jitterMs: number | null = null;
  roundTripMs: number | null = null;
  readonly #clockRate: number;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** `ntpMiddle`: the present time as the middle 32 bits of an NTP timestamp (RFC 3550, 6.4.1). */
  report(block: ReportBlock, ntpMiddle: number): void {
    this.fractionLost = block.fractionLost;
    this.packetsLost = block.packetsLost;
    this.jitterMs = (block.jitter / this.#clockRate) * 1000;
    if (block.lastSenderReport === 0) return;
    const roundTrip = (ntpMiddle - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
    // A peer that rounds its delay up can make it slightly negative.
    if (roundTrip < MAX_ROUND_TRIP) this.roundTripMs = (Math.max(0, roundTrip) / 0x10000) * 1000;
  }
}
