import type { MediaClock } from '../../core/media-clock.ts';

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH = 2_208_988_800;

/** Wall-clock time in the form of NTP. */
export interface NtpTime {
  readonly seconds: number;
  /** In 1/2^32 s. */
  readonly fraction: number;
}

/**
 * Reads a media clock as wall-clock time, for sender reports. The offset between the two is taken once, so that reports
 * stay linear when the wall clock is set.
 */
export class NtpClock {
  readonly #offsetUs: number;

  constructor(clock: MediaClock) {
    this.#offsetUs = Date.now() * 1000 - clock.nowUs();
  }

  at(clockUs: number): NtpTime {
    const wallUs = clockUs + this.#offsetUs;
    const seconds = Math.floor(wallUs / 1e6);
    return { seconds: seconds + UNIX_EPOCH, fraction: Math.floor(((wallUs - seconds * 1e6) / 1e6) * 2 ** 32) };
  }
}

/** The middle 32 bits, as reports refer to each other by (RFC 3550, 6.4.1). */
export function ntpMiddle({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction / 0x10000)) >>> 0;
}
