import type { ReportBlock, SenderReport } from '../rtcp/reports.ts';
import type { ReceivedRtp } from '../types.ts';

/* RFC 3550, A.1: a larger leap is a restart, a smaller step back is a late packet. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A leap of the transit time beyond this is a change of the sender's clock, not jitter. */
const MAX_JITTER_S = 5;

/** What was received of one SSRC since the beginning. Times in milliseconds. */
export interface ReceptionStats {
  readonly ssrc: number;
  readonly packetsReceived: number;
  /** Expected and not (yet) received; packets that came twice are not made up for. */
  readonly packetsLost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly jitterMs: number;
  /** Longest time between two arrivals. */
  readonly maxGapMs: number;
}

/** Receiver statistics of one SSRC as RFC 3550, appendix A has them, and the report blocks made from them. */
export class Reception {
  readonly ssrc: number;
  readonly clockRate: number;
  /** The sender's last report, and when it came. */
  senderReport: { readonly report: SenderReport; readonly arrivalMs: number } | undefined;
  /** When the last packet came. */
  lastArrivalMs: number = -Infinity;
  #baseSequence = 0;
  /** Highest sequence number so far, with rollovers; -1 before the first. */
  #highest = -1;
  #restartAt = -1;
  #received = 0;
  #duplicates = 0;
  #reordered = 0;
  #reportedExpected = 0;
  #reportedReceived = 0;
  #transit: number | undefined;
  #jitter = 0;
  #maxGapMs = 0;
  /** Bit per packet of the last 64, newest at bit 0 of the first word: tells late from double. */
  #recentLow = 0;
  #recentHigh = 0;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.clockRate = clockRate;
  }

  add(packet: ReceivedRtp): void {
    this.#count(packet.sequenceNumber);
    if (this.#received > 1) this.#maxGapMs = Math.max(this.#maxGapMs, packet.arrivalMs - this.lastArrivalMs);
    this.lastArrivalMs = packet.arrivalMs;
    const transit = (packet.arrivalMs / 1000) * this.clockRate - packet.timestamp;
    if (this.#transit !== undefined) {
      const change = wrapped(transit - this.#transit);
      if (change < MAX_JITTER_S * this.clockRate) this.#jitter += (change - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** RFC 3550, A.1, without probation: an authentic packet needs none. */
  #count(sequence: number): void {
    if (this.#highest < 0) {
      this.#restart(sequence);
      return;
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead > 0 && ahead < MAX_DROPOUT) {
      this.#highest += ahead;
      this.#shiftRecent(ahead);
      this.#received++;
    } else if (ahead === 0 || ahead > 0xffff - MAX_MISORDER) {
      this.#countLate(-ahead & 0xffff);
    } else if (sequence === this.#restartAt) {
      this.#restart(sequence); // two in a row after a leap: the sender began anew
    } else {
      this.#restartAt = (sequence + 1) & 0xffff;
    }
  }

  #restart(sequence: number): void {
    this.#baseSequence = sequence;
    this.#highest = sequence;
    this.#restartAt = -1;
    this.#received = 1;
    this.#reportedExpected = 0;
    this.#reportedReceived = 0;
    this.#recentLow = 1;
    this.#recentHigh = 0;
  }

  #countLate(behind: number): void {
    this.#received++;
    const bit = 1 << (behind & 31);
    const seen = behind < 32 ? this.#recentLow & bit : behind < 64 ? this.#recentHigh & bit : 0;
    if (seen) this.#duplicates++;
    else this.#reordered++;
    if (behind < 32) this.#recentLow |= bit;
    else if (behind < 64) this.#recentHigh |= bit;
  }

  #shiftRecent(by: number): void {
    for (let i = 0; i < Math.min(by, 64); i++) {
      this.#recentHigh = (this.#recentHigh << 1) | (this.#recentLow >>> 31);
      this.#recentLow <<= 1;
    }
    this.#recentLow |= 1;
  }

  get #expected(): number {
    return this.#highest < 0 ? 0 : this.#highest - this.#baseSequence + 1;
  }

  /** The block of the next receiver report (RFC 3550, A.3); starts a new interval. */
  report(nowMs: number): ReportBlock {
    const expected = this.#expected - this.#reportedExpected;
    const received = this.#received - this.#reportedReceived;
    this.#reportedExpected = this.#expected;
    this.#reportedReceived = this.#received;
    const sender = this.senderReport;
    return {
      ssrc: this.ssrc,
      fractionLost: expected > 0 && received < expected ? (expected - received) / expected : 0,
      packetsLost: this.#expected - this.#received,
      highestSequence: Math.max(0, this.#highest) >>> 0,
      jitter: Math.round(this.#jitter),
      lastSenderReport: sender
        ? (((sender.report.ntpSeconds & 0xffff) << 16) | (sender.report.ntpFraction >>> 16)) >>> 0
        : 0,
      delaySinceLastSenderReport: sender ? Math.max(0, Math.round((nowMs - sender.arrivalMs) * 65.536)) : 0,
    };
  }

  stats(): ReceptionStats {
    return {
      ssrc: this.ssrc,
      packetsReceived: this.#received,
      packetsLost: this.#expected - (this.#received - this.#duplicates),
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      jitterMs: (this.#jitter / this.clockRate) * 1000,
      maxGapMs: this.#maxGapMs,
    };
  }
}

/** How far two RTP times are apart when both wrap at 2^32. */
function wrapped(difference: number): number {
  const turns = ((difference % 0x100000000) + 0x100000000) % 0x100000000;
  return Math.min(turns, 0x100000000 - turns);
}
