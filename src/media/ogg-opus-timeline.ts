import { OGG_LAST, OGG_NO_GRANULE, type OggPage } from './ogg-page.ts';

/** Opus in Ogg counts in 48 kHz samples, here called ticks, whatever was encoded (RFC 7845, section 4). */
const US_PER_TICK = 125 / 6;

/** A hole that claims to be longer is not believed: one hour. */
const MAX_HOLE_TICKS = 48_000 * 3600;

/**
 * Places Opus packets in time by adding up their own durations, in whole ticks, so that nothing drifts. The granule
 * positions of the pages are asked only what the packets cannot know: where the stream started, how much a hole took
 * away, and where the end was meant to be.
 */
export class OggOpusTimeline {
  /** Ticks before the next packet, over all links of the chain. */
  #ticks = 0;
  /** Value of `#ticks` when the present link began. */
  #linkTicks = 0;
  /** Granule position at which the first packet of the link starts; not 0 when captured in the middle. */
  #startGranule: number | undefined;
  #endTicks = Infinity;
  #hole = false;

  /** Where the first packet of the present link starts on its own clock, in microseconds. */
  get startUs(): number {
    return Math.round((this.#startGranule ?? 0) * US_PER_TICK);
  }

  /** How much of what was placed lies past the end that the link declares, in microseconds. */
  get endTrimUs(): number {
    return Math.round(Math.max(0, this.#ticks - this.#endTicks) * US_PER_TICK);
  }

  /** Another link of a chain begins: time goes on. */
  beginLink(): void {
    this.#linkTicks = this.#ticks;
    this.#startGranule = undefined;
    this.#endTicks = Infinity;
    this.#hole = false;
  }

  /** Pages are missing: the next granule position tells how long they were. */
  noteHole(): void {
    this.#hole = true;
  }

  /** Must come before the packets that end on `page`, which last `durationUs` together. */
  enterPage(page: OggPage, durationUs: number): void {
    if (page.granule === OGG_NO_GRANULE) return;
    const isLast = (page.flags & OGG_LAST) !== 0;
    const pageTicks = toTicks(durationUs);
    const startGranule = page.granule - pageTicks;
    // Counted back from the end of the first page, unless that end may itself be trimmed (RFC 7845, section 4.5).
    this.#startGranule ??= isLast ? Math.max(0, startGranule) : startGranule;
    const toStreamTicks = this.#linkTicks - this.#startGranule;

    if (this.#hole) {
      const missing = startGranule + toStreamTicks - this.#ticks;
      if (missing > 0 && missing <= MAX_HOLE_TICKS) this.#ticks += missing;
      this.#hole = false;
    }
    if (isLast) {
      const end = page.granule + toStreamTicks;
      // Only what is on this page can be trimmed (RFC 7845, section 4.4); anything else is a wrong position.
      if (end >= this.#ticks && end <= this.#ticks + pageTicks) this.#endTicks = end;
    }
  }

  /** The start of the next packet in microseconds, or undefined when it lies wholly past the declared end. */
  place(durationUs: number): number | undefined {
    const ticks = this.#ticks;
    if (ticks >= this.#endTicks) return undefined;
    this.#ticks += toTicks(durationUs);
    return Math.round(ticks * US_PER_TICK);
  }
}

/** Exact: every Opus duration is a multiple of 2.5 ms. */
function toTicks(durationUs: number): number {
  return (durationUs * 6) / 125;
}
