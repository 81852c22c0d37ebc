import { extend } from './packet-log.ts';

/** What a stream did since the last reading. */
export interface LiveReading {
  readonly packets: number;
  readonly bitrateKbps: number;
  /** Interarrival jitter now (RFC 3550, 6.4.1). */
  readonly jitterMs: number;
  /** Worst lateness since the last reading, against the earliest packet of the last half minute. */
  readonly latenessMs: number;
  /** Sequence numbers that were skipped, less those that came after all. */
  readonly lost: number;
  /** Loudest audio level, in dBov; null when no packet carried one. */
  readonly levelDbov: number | null;
}

/** How many pieces the half minute is cut into, and how long each is. */
const BASELINES = 6;
const BASELINE_MS = 5000;

/**
 * Watches one stream in constant memory, for display. What a measurement says at the end, this says as it happens:
 * give it each packet, read it now and then.
 */
export class LiveMeter {
  readonly #clockRate: number;
  #sequence: number | undefined;
  #rtpTime: number | undefined;
  #transitMs = 0;
  /** The least transit time of each of the last pieces, so that the baseline follows a clock that drifts. */
  #baselines: { untilMs: number; leastMs: number }[] = [];
  #jitterMs = 0;
  #packets = 0;
  #bytes = 0;
  #latenessMs = 0;
  #lost = 0;
  #levelDbov: number | null = null;
  #readAtMs: number | undefined;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  add(packet: {
    sequenceNumber: number;
    timestamp: number;
    arrivalMs: number;
    payload: { length: number };
    audioLevel?: number | null | undefined;
  }): void {
    const sequence = extend(packet.sequenceNumber, this.#sequence, 16);
    const rtpTime = extend(packet.timestamp, this.#rtpTime, 32);
    const transitMs = packet.arrivalMs - (rtpTime / this.#clockRate) * 1000;
    if (this.#sequence !== undefined) {
      this.#lost += sequence > this.#sequence ? sequence - this.#sequence - 1 : -1;
      this.#jitterMs += (Math.abs(transitMs - this.#transitMs) - this.#jitterMs) / 16;
    }
    this.#sequence = Math.max(sequence, this.#sequence ?? sequence);
    this.#rtpTime = rtpTime;
    this.#transitMs = transitMs;

    this.#latenessMs = Math.max(this.#latenessMs, transitMs - this.#baseline(packet.arrivalMs, transitMs));
    this.#packets++;
    this.#bytes += packet.payload.length;
    if (typeof packet.audioLevel === 'number') {
      this.#levelDbov = Math.max(this.#levelDbov ?? -127, -(packet.audioLevel & 0x7f));
    }
  }

  /** What happened since the last reading; `nowMs` is on the clock of the arrivals. */
  read(nowMs: number): LiveReading {
    const elapsedMs = nowMs - (this.#readAtMs ?? nowMs - 1000);
    const reading: LiveReading = {
      packets: this.#packets,
      bitrateKbps: elapsedMs > 0 ? (this.#bytes * 8) / elapsedMs : 0,
      jitterMs: this.#jitterMs,
      latenessMs: this.#latenessMs,
      lost: this.#lost,
      levelDbov: this.#levelDbov,
    };
    this.#readAtMs = nowMs;
    this.#packets = this.#bytes = this.#latenessMs = this.#lost = 0;
    this.#levelDbov = null;
    return reading;
  }

  #baseline(arrivalMs: number, transitMs: number): number {
    const current = this.#baselines.at(-1);
    if (!current || arrivalMs >= current.untilMs) {
      this.#baselines.push({ untilMs: arrivalMs + BASELINE_MS, leastMs: transitMs });
      if (this.#baselines.length > BASELINES) this.#baselines.shift();
    } else {
      current.leastMs = Math.min(current.leastMs, transitMs);
    }
    return this.#baselines.reduce((least, { leastMs }) => Math.min(least, leastMs), Infinity);
  }
}
