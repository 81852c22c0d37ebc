import type { MediaClock } from '../../core/media-clock.ts';
import type { MediaKind } from '../../core/sample.ts';
import type { ReceivedStream } from './received-stream.ts';

/** Timestamps that are further than this from the time their packets come begin a new time line. */
const MAX_OFFSET_US = 1_000_000;

/** Reads the RTP time of a stream on the clock of its sender, in microseconds; undefined before the first sender report. */
export type SenderTime = (stream: ReceivedStream, rtpTime: number) => number | undefined;

/** Where a stream's time lies on our clock. */
interface Anchor {
  readonly stream: ReceivedStream;
  readonly rtpTime: number;
  readonly dueUs: number;
}

/**
 * Says when what one sender sends is due on our clock. Sound goes by its first packet, and never leaps while its time runs
 * as ours does. The picture goes by the sound as soon as sender reports say how their times lie to each other, so that
 * what is in sync stays so; until then, or without sound, it goes by its own first frame.
 */
export class RelayClock {
  readonly #clock: MediaClock;
  readonly #senderTime: SenderTime;
  readonly #anchors = new Map<MediaKind, Anchor>();

  constructor(clock: MediaClock, senderTime: SenderTime) {
    this.#clock = clock;
    this.#senderTime = senderTime;
  }

  dueUs(stream: ReceivedStream, rtpTime: number): number {
    const nowUs = this.#clock.nowUs();
    for (const dueUs of [this.#besideSound(stream, rtpTime), this.#byAnchor(stream, rtpTime)]) {
      if (dueUs !== undefined && Math.abs(dueUs - nowUs) <= MAX_OFFSET_US) return dueUs;
    }
    this.#anchors.set(stream.kind, { stream, rtpTime, dueUs: nowUs });
    return nowUs;
  }

  #besideSound(stream: ReceivedStream, rtpTime: number): number | undefined {
    const anchor = this.#anchors.get('audio');
    if (!anchor || stream.kind === 'audio') return undefined;
    const soundUs = this.#senderTime(anchor.stream, anchor.rtpTime);
    const pictureUs = this.#senderTime(stream, rtpTime);
    if (soundUs === undefined || pictureUs === undefined) return undefined;
    return anchor.dueUs + Math.round(pictureUs - soundUs);
  }

  #byAnchor({ kind, clockRate }: ReceivedStream, rtpTime: number): number | undefined {
    const anchor = this.#anchors.get(kind);
    return anchor && anchor.dueUs + Math.round(((rtpTime - anchor.rtpTime) / clockRate) * 1e6);
  }
}
