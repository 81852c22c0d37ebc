import { createOggMuxer } from '../../media/ogg-muxer.ts';
import { opusPacketDurationUs, opusSilence } from '../../media/opus.ts';

interface KeptPacket {
  /** Extended, in ticks of 48 kHz. */
  readonly rtpTime: number;
  readonly data: Uint8Array;
}

/** Seventeen minutes at 128 kbit/s. */
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const TICKS_PER_GRID = 960;

/**
 * Keeps received Opus packets and writes them down as an Ogg file on which every packet lies at its RTP time: what was
 * lost and what was never sent is silence of the same length. Bounded: the oldest packets go first.
 */
export class OpusRecorder {
  readonly #maxBytes: number;
  #packets: KeptPacket[] = [];
  #bytes = 0;

  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** How many packets are kept. */
  get length(): number {
    return this.#packets.length;
  }

  /** Keeps a copy. A packet that is not Opus is left out. */
  push(rtpTime: number, payload: Uint8Array): void {
    if (!isOpus(payload)) return;
    this.#packets.push({ rtpTime, data: payload.slice() });
    this.#bytes += payload.length;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#packets.shift()!.data.length;
  }

  clear(): void {
    this.#packets = [];
    this.#bytes = 0;
  }

  /**
   * The recording as an Ogg/Opus file. A pause longer than `maxSilenceMs` is shortened to it, so that a forgotten pause
   * does not become an hour of silence.
   */
  toOgg(maxSilenceMs = 60_000): Uint8Array {
    const pages: Uint8Array[] = [];
    const muxer = createOggMuxer({ onPage: (page) => pages.push(page) });
    const inOrder = [...this.#packets].sort((a, b) => a.rtpTime - b.rtpTime);
    let expected = inOrder[0]?.rtpTime ?? 0;
    for (const { rtpTime, data } of inOrder) {
      if (rtpTime < expected) continue; // it came twice
      const silent = Math.min((rtpTime - expected) / TICKS_PER_GRID, maxSilenceMs / 20);
      for (let count = Math.round(silent); count > 0; count--) muxer.write(opusSilence(20_000));
      muxer.write(data);
      expected = rtpTime + (opusPacketDurationUs(data) * 48) / 1000;
    }
    muxer.end();
    return Buffer.concat(pages);
  }
}

function isOpus(payload: Uint8Array): boolean {
  try {
    return opusPacketDurationUs(payload) > 0;
  } catch {
    return false;
  }
}
