import { concatBytes } from './bytes.ts';
import { OGG_CONTINUED, OGG_MAX_LACING, type OggPage } from './ogg-page.ts';

/** A packet over this many bytes is left out: no Opus packet is that large, but a cover picture in the tags may be. */
const MAX_PACKET_BYTES = 1024 * 1024;

/**
 * Puts the packets of one logical stream together again from the segments of its pages (RFC 3533, section 5): several
 * packets on a page, one packet over several pages. Packets of which a part is missing are left out.
 */
export class OggPacketJoiner {
  /** The parts so far of the packet that goes on on the next page. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  /**
   * Returns the packets that end on `page`. `contiguous` is false when pages were lost before it. Packets that lie on
   * one page are views of it.
   */
  take(page: OggPage, contiguous: boolean): Uint8Array[] {
    const continued = (page.flags & OGG_CONTINUED) !== 0;
    if (!contiguous || !continued) this.#forget();
    let headless = continued && this.#parts.length === 0;

    const packets: Uint8Array[] = [];
    let start = 0;
    let end = 0;
    for (let i = 0; i < page.lacing.length; i++) {
      const size = page.lacing[i]!;
      end += size;
      if (size === OGG_MAX_LACING) continue;
      if (!headless) packets.push(this.#join(page.body.subarray(start, end)));
      headless = false;
      start = end;
    }
    if (start < end && !headless) this.#keep(page.body.subarray(start, end));
    return packets;
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part.slice()); // the page may be written over
    this.#partBytes += part.length;
    // What follows then counts as the rest of a packet whose head is missing.
    if (this.#partBytes > MAX_PACKET_BYTES) this.#forget();
  }

  #join(last: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return last;
    const packet = concatBytes([...this.#parts, last]);
    this.#forget();
    return packet;
  }

  #forget(): void {
    this.#parts = [];
    this.#partBytes = 0;
  }
}
