import type { AcknowledgedPacket } from '../rtp/transport-log.ts';
import { DelayGroups } from './delay-groups.ts';
import { DelayTrend } from './delay-trend.ts';
import { RateControl } from './rate-control.ts';
import { ReceivedRate } from './received-rate.ts';

/** Between which bitrates video is kept, in bit/s. One that is given moves the default of the other out of its way. */
export interface VideoBitrateBounds {
  /** Default 500 000; in group calls 300 000. */
  min?: number | undefined;
  /** Default 1 800 000; in group calls 1 000 000. */
  max?: number | undefined;
}

/** {@link VideoBitrateBounds} with both filled in. */
export interface ResolvedBounds {
  readonly min: number;
  readonly max: number;
}

const PEER_BOUNDS: ResolvedBounds = { min: 500_000, max: 1_800_000 };

/** What video may have of what the path carries; the rest is for sound, headers, retransmissions and keyframes. */
const VIDEO_SHARE = 0.65;

/** Losses are judged over a second and so many packets; above the one share rates fall, below the other they may grow. */
const LOSS_WINDOW_MS = 1000;
const LOSS_WINDOW_PACKETS = 20;
const HIGH_LOSS = 0.1;
const LOW_LOSS = 0.02;
/** What the peer said it can take (REMB) counts for so long; it is repeated every second or so. */
const REMOTE_ESTIMATE_MS = 10_000;

/**
 * Estimates what a path carries, from what the peer says of the packets that were sent: by their delay, and by their loss
 * (draft-ietf-rmcat-gcc-02). No clock and no wires: feedback and the time go in, in milliseconds of any one clock.
 */
export class CongestionController {
  readonly #min: number;
  readonly #max: number;
  readonly #groups = new DelayGroups();
  readonly #trend = new DelayTrend();
  readonly #received = new ReceivedRate();
  readonly #rate: RateControl;
  #remote: { readonly bitsPerSecond: number; readonly untilMs: number } | undefined;
  #hasTransportFeedback = false;
  #mayGrow = true;
  #lossSinceMs: number | undefined;
  #lost = 0;
  #sent = 0;

  constructor(bounds: VideoBitrateBounds = {}) {
    const { min, max } = resolveBounds(bounds, PEER_BOUNDS);
    this.#min = min;
    this.#max = max;
    this.#rate = new RateControl({ min, max: max / VIDEO_SHARE });
  }

  /** What the path carries, in bit/s. No more than is of use: at first, and while nothing speaks against it. */
  estimate(nowMs: number): number {
    const remote = this.#remote && nowMs < this.#remote.untilMs ? this.#remote.bitsPerSecond : Infinity;
    return Math.min(this.#rate.estimate, remote);
  }

  /** What video should be encoded to, in bit/s. */
  videoTarget(nowMs: number): number {
    return Math.min(this.#max, Math.max(this.#min, VIDEO_SHARE * this.estimate(nowMs)));
  }

  /** Takes transport-wide feedback, in order of departure. */
  acknowledge(packets: readonly AcknowledgedPacket[], nowMs: number): void {
    this.#hasTransportFeedback = true;
    for (const { sentUs, arrivalUs, bytes } of packets) {
      this.#sent++;
      if (arrivalUs === null) {
        this.#lost++;
        continue;
      }
      this.#received.add(arrivalUs, bytes);
      const group = this.#groups.add(sentUs, arrivalUs);
      if (!group) continue;
      this.#rate.follow(this.#trend.add(group), this.#received.bitsPerSecond, nowMs, this.#mayGrow);
    }
    this.#judgeLoss(nowMs);
  }

  /** Takes what a receiver report says of loss, 0 to 1; of no account where transport-wide feedback says more. */
  reportLoss(share: number, nowMs: number): void {
    if (this.#hasTransportFeedback) return;
    this.#loseShare(share);
    this.#rate.follow('normal', this.#rate.estimate, nowMs, this.#mayGrow);
  }

  /** Takes what the peer believes the path carries (REMB, draft-alvestrand-rmcat-remb-03), in bit/s. */
  limit(bitsPerSecond: number, nowMs: number): void {
    this.#remote = { bitsPerSecond, untilMs: nowMs + REMOTE_ESTIMATE_MS };
  }

  #judgeLoss(nowMs: number): void {
    this.#lossSinceMs ??= nowMs;
    if (nowMs - this.#lossSinceMs < LOSS_WINDOW_MS || this.#sent < LOSS_WINDOW_PACKETS) return;
    this.#loseShare(this.#lost / this.#sent);
    this.#lossSinceMs = nowMs;
    this.#lost = this.#sent = 0;
  }

  #loseShare(share: number): void {
    this.#mayGrow = share < LOW_LOSS;
    if (share > HIGH_LOSS) this.#rate.lose(share);
  }
}

/** What is given, or else what is usual, as far as what is given lets it. */
export function resolveBounds({ min, max }: VideoBitrateBounds, usual: ResolvedBounds): ResolvedBounds {
  return { min: min ?? Math.min(usual.min, max ?? Infinity), max: max ?? Math.max(usual.max, min ?? 0) };
}
