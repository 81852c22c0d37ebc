import type { MediaClock } from '../../core/media-clock.ts';
import { processClock } from '../../core/process-clock.ts';
import type { WebRtcTrack } from '../../webrtc/types.ts';
import type { PacketRecord } from '../measurement/packet-log.ts';
import type { ReceivedStream } from './received-stream.ts';

/** A source whose timestamps are further than this from the time its packets come begins a new time line. */
const MAX_OFFSET_US = 1_000_000;

/**
 * Sends received audio on, on a track that has its own SSRC, sequence numbers and time: when the stream behind it is
 * replaced by another, the receiver sees one that goes on.
 */
export class ForwardLeg {
  readonly #track: WebRtcTrack;
  readonly #clock: MediaClock;
  #stream: ReceivedStream | undefined;
  #anchorRtp = 0;
  #anchorUs = 0;
  #lastUs = -Infinity;

  constructor(track: WebRtcTrack, clock: MediaClock = processClock) {
    this.#track = track;
    this.#clock = clock;
  }

  /** Sends one packet at once. One that is older than what was sent already is left out. */
  forward(stream: ReceivedStream, record: PacketRecord, payload: Uint8Array): void {
    if (payload.length === 0) return;
    const nowUs = this.#clock.nowUs();
    let dueUs = this.#dueUs(stream, record);
    if (stream !== this.#stream || Math.abs(dueUs - nowUs) > MAX_OFFSET_US) {
      this.#stream = stream;
      this.#anchorRtp = record.rtpTime;
      this.#anchorUs = dueUs = nowUs;
    }
    if (dueUs <= this.#lastUs) return;
    this.#lastUs = dueUs;
    const data = payload.slice();
    this.#track.write({ kind: 'audio', codec: 'opus', data, ptsUs: dueUs, dueUs, durationUs: 20_000, keyframe: true });
  }

  #dueUs(stream: ReceivedStream, record: PacketRecord): number {
    return this.#anchorUs + Math.round(((record.rtpTime - this.#anchorRtp) / stream.clockRate) * 1e6);
  }
}
