import { OptionError } from '../core/errors.ts';

/** The synchronization sources (RFC 3550) of one group call, each below 2^31 and none of them zero. */
export interface CallSsrcs {
  readonly audio: number;
  readonly video: number;
  /** Retransmissions of the video. */
  readonly rtx: number;
}

/** The largest audio SSRC: two more numbers follow it, and all of them must be positive as signed integers. */
const MAX_AUDIO_SSRC = 2 ** 31 - 4;

/**
 * Picks three consecutive SSRCs, audio first, the layout of Telegram's own clients. Telegram's schema carries an SSRC
 * as a signed 32-bit integer; below 2^31 both readings of it are the same number.
 *
 * @param random Uniform in [0, 1); default a cryptographic one.
 */
export function allocateSsrcs(random: () => number = randomUnit): CallSsrcs {
  const audio = 1 + Math.floor(random() * MAX_AUDIO_SSRC);
  return { audio, video: audio + 1, rtx: audio + 2 };
}

/**
 * An SSRC as Telegram's methods take it, a signed 32-bit integer: the `source` of `phone.leaveGroupCall`, the `sources`
 * of `phone.checkGroupCall`.
 */
export function toInt32Ssrc(ssrc: number): number {
  assertSsrc(ssrc);
  return ssrc | 0;
}

/** An SSRC as RTP carries it, from a signed 32-bit integer as in `groupCallParticipant.source`. */
export function toUint32Ssrc(source: number): number {
  assertSsrc(source);
  return source >>> 0;
}

function assertSsrc(value: number): void {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32) {
    throw new OptionError('ssrc', value, 'a 32-bit integer, signed or unsigned');
  }
}

function randomUnit(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
