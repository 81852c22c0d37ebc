import { ReplayWindow } from './replay-window.ts';
import type { SrtpCipher } from './srtp-cipher.ts';

export interface SrtpReceiverOptions {
  /** How many SSRCs are followed; packets of further ones are refused. Default 4096. */
  maxSources?: number | undefined;
}

/**
 * The receiving side of one SRTP association: guesses rollovers, refuses replays and forgeries. A packet changes its
 * state only after it proved authentic, so that strangers can neither confuse it nor fill its memory.
 */
export class SrtpReceiver {
  readonly #cipher: SrtpCipher;
  readonly #maxSources: number;
  readonly #rtp = new Map<number, ReplayWindow>();
  readonly #rtcp = new Map<number, ReplayWindow>();

  constructor(cipher: SrtpCipher, options: SrtpReceiverOptions = {}) {
    this.#cipher = cipher;
    this.#maxSources = options.maxSources ?? 4096;
  }

  /** Decrypts one RTP packet in place; returns its plain length, or -1 when it is forged, replayed or too old. */
  openRtp(packet: Buffer, headerLength: number, length: number): number {
    const ssrc = packet.readUInt32BE(8);
    const window = this.#rtp.get(ssrc);
    const index = guessIndex(window?.newest ?? -1, packet.readUInt16BE(2));
    if (index < 0 || !this.#admits(this.#rtp, window, index)) return -1;
    const plain = this.#cipher.openRtp(packet, headerLength, length, Math.floor(index / 0x10000));
    if (plain >= 0) remember(this.#rtp, window, ssrc, index);
    return plain;
  }

  /** Decrypts one compound RTCP packet in place; returns its plain length, or -1. */
  openRtcp(packet: Buffer, length: number): number {
    const index = this.#cipher.srtcpIndex(packet, length);
    if (index < 0) return -1;
    const ssrc = packet.readUInt32BE(4);
    const window = this.#rtcp.get(ssrc);
    if (!this.#admits(this.#rtcp, window, index)) return -1;
    const plain = this.#cipher.openRtcp(packet, length);
    if (plain >= 0) remember(this.#rtcp, window, ssrc, index);
    return plain;
  }

  #admits(windows: Map<number, ReplayWindow>, window: ReplayWindow | undefined, index: number): boolean {
    return window ? window.accepts(index) : windows.size < this.#maxSources;
  }
}

/** The 48-bit index nearest to the newest one so far (RFC 3711, 3.3.1); negative when it lies before the first. */
function guessIndex(newest: number, seq: number): number {
  if (newest < 0) return seq;
  const ahead = ((seq - newest + 0x8000) & 0xffff) - 0x8000;
  return newest + ahead;
}

function remember(
  windows: Map<number, ReplayWindow>,
  window: ReplayWindow | undefined,
  ssrc: number,
  index: number,
): void {
  let known = window;
  if (!known) windows.set(ssrc, (known = new ReplayWindow()));
  known.add(index);
}
