import type { ClockTask, MediaClock } from '../../core/media-clock.ts';
import { NtpClock, ntpMiddle } from './ntp-time.ts';
import { buildBye, buildSenderReport, buildSourceDescription } from '../rtcp/reports.ts';
import type { RtpTrack } from './rtp-track.ts';

/** Reports leave this often, evenly spread so that many sessions do not fall into step (RFC 3550, 6.3.1). */
const MIN_INTERVAL_US = 500_000;
const MAX_INTERVAL_US = 1_500_000;
/** The first one follows the first packet this soon: receivers need it to play audio and video in sync. */
const FIRST_AFTER_US = 50_000;

/**
 * Sends sender reports with source descriptions for the tracks that have sent something, all in one compound. They go on
 * while a track pauses: its RTP time does too.
 */
export class SenderReports implements ClockTask {
  slot?: unknown;
  readonly #clock: MediaClock;
  readonly #ntp: NtpClock;
  readonly #tracks: Iterable<RtpTrack>;
  readonly #send: (compound: Buffer) => void;

  constructor(clock: MediaClock, tracks: Iterable<RtpTrack>, send: (compound: Buffer) => void) {
    this.#clock = clock;
    this.#ntp = new NtpClock(clock);
    this.#tracks = tracks;
    this.#send = send;
  }

  /** The present time in the form by which receivers refer to a sender report. */
  ntpMiddle(): number {
    return ntpMiddle(this.#ntp.at(this.#clock.nowUs()));
  }

  /** A track has sent its first packet, or there is another receiver for what goes on. */
  start(): void {
    this.#clock.arm(this, this.#clock.nowUs() + FIRST_AFTER_US);
  }

  /** There is nobody to report to. */
  stop(): void {
    this.#clock.disarm(this);
  }

  run(): void {
    const compound = this.#compound();
    if (compound.length > 0) this.#send(Buffer.concat(compound));
    const interval = MIN_INTERVAL_US + Math.random() * (MAX_INTERVAL_US - MIN_INTERVAL_US);
    this.#clock.arm(this, this.#clock.nowUs() + interval);
  }

  /** Says good-bye for the tracks that have sent something, and stops. */
  close(): void {
    this.stop();
    const compound = this.#compound();
    if (compound.length === 0) return;
    const leaving = [...this.#tracks].filter((track) => track.active).map((track) => track.ssrc);
    this.#send(Buffer.concat([...compound, buildBye(leaving)]));
  }

  #compound(): Buffer[] {
    const nowUs = this.#clock.nowUs();
    const { seconds, fraction } = this.#ntp.at(nowUs);
    const packets: Buffer[] = [];
    const sources: { ssrc: number; cname: string }[] = [];
    for (const track of this.#tracks) {
      if (!track.active) continue;
      const report = track.report(nowUs);
      packets.push(buildSenderReport({ ssrc: track.ssrc, ntpSeconds: seconds, ntpFraction: fraction, ...report }));
      sources.push({ ssrc: track.ssrc, cname: track.cname });
    }
    if (sources.length > 0) packets.push(buildSourceDescription(sources));
    return packets;
  }
}
