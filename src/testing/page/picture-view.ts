import type { VideoCodec } from '../conference/frame-assembler.ts';
import { LiveMeter } from '../measurement/live-meter.ts';
import type { PacketRecord } from '../measurement/packet-log.ts';
import type { ReceivedRtp } from '../../webrtc/types.ts';

/** What a page shows of one participant's picture, as it comes to the conference. */
export interface PictureSnapshot {
  readonly codec: VideoCodec;
  readonly framesPerSecond: number;
  readonly bitrateKbps: number;
  readonly packets: number;
  readonly lost: number;
}

/** One tick holds a handful of frames, so what is shown is a mean over the last few ticks. */
const SMOOTHING = 0.2;

/** Turns the video that one participant sends into what a page shows. */
export class PictureView {
  readonly #meter = new LiveMeter(90_000);
  #codec: VideoCodec | undefined;
  #frames = 0;
  #framesPerSecond = 0;
  #bitrateKbps = 0;
  #packets = 0;
  #lost = 0;
  #tickedMs: number | undefined;

  add(codec: VideoCodec | undefined, record: PacketRecord, packet: ReceivedRtp): void {
    this.#meter.add(packet);
    if (packet.payload.length === 0) return; // padding
    this.#codec = codec;
    if (record.marker) this.#frames++;
  }

  /** Null as long as there was no picture. */
  tick(nowMs: number): PictureSnapshot | null {
    const { packets, lost, bitrateKbps } = this.#meter.read(nowMs);
    const elapsedMs = nowMs - (this.#tickedMs ?? nowMs - 1000);
    this.#tickedMs = nowMs;
    this.#packets += packets;
    this.#lost = Math.max(0, this.#lost + lost);
    this.#bitrateKbps += (bitrateKbps - this.#bitrateKbps) * SMOOTHING;
    this.#framesPerSecond += ((this.#frames * 1000) / elapsedMs - this.#framesPerSecond) * SMOOTHING;
    this.#frames = 0;
    if (!this.#codec) return null;
    return {
      codec: this.#codec,
      framesPerSecond: this.#framesPerSecond,
      bitrateKbps: this.#bitrateKbps,
      packets: this.#packets,
      lost: this.#lost,
    };
  }
}
