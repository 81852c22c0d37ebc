import type { Depacketizer } from '../../media/depacketizer.ts';
import { createH264Depacketizer } from '../../media/h264-depacketizer.ts';
import { isH264Keyframe } from '../../media/h264.ts';
import { createVp8Depacketizer } from '../../media/vp8-depacketizer.ts';
import { isVp8Keyframe } from '../../media/vp8.ts';
import type { RtpCodec } from '../../webrtc/types.ts';
import type { PacketRecord } from '../measurement/packet-log.ts';

/** One picture as it was put together again. */
export interface ReceivedFrame {
  readonly data: Uint8Array;
  readonly codec: VideoCodec;
  readonly keyframe: boolean;
  /** Extended, in ticks. */
  readonly rtpTime: number;
  /** When its last packet arrived, in milliseconds of `performance.now()`. */
  readonly arrivalMs: number;
}

export type VideoCodec = Exclude<RtpCodec, 'opus'>;

/** What is told as packets come in. */
export interface FrameAssemblerEvents {
  /** The next frame, in order. */
  onFrame(frame: ReceivedFrame): void;
  /** A frame came of which one before it is missing, so that it was left out: only a keyframe helps. */
  onUndecodable(): void;
}

/** A packet that waits for one that comes before it. */
interface Waiting {
  readonly record: PacketRecord;
  readonly payload: Uint8Array;
}

interface Decoding {
  readonly codec: VideoCodec;
  readonly depacketizer: Depacketizer;
}

/** So long a hole may still be filled by a retransmission. */
const MAX_WAIT_MS = 1000;
const MAX_WAITING = 1024;

/**
 * Puts the packets of one video stream in order and its frames together. A hole is waited for; one that stays is given up,
 * and then nothing comes out until the next keyframe, because nothing else would decode.
 */
export class FrameAssembler {
  readonly #codecs: ReadonlyMap<number, VideoCodec>;
  readonly #events: FrameAssemblerEvents;
  readonly #waiting = new Map<number, Waiting>();
  #expected: number | undefined;
  #decoding: Decoding | undefined;
  #broken = true;

  /** `codecs`: what each payload type carries. */
  constructor(codecs: ReadonlyMap<number, VideoCodec>, events: FrameAssemblerEvents) {
    this.#codecs = codecs;
    this.#events = events;
  }

  /** Takes the next packet in order of arrival. The payload is not kept, unless as a copy. */
  push(record: PacketRecord, payload: Uint8Array): void {
    this.#expected ??= record.sequence;
    if (record.sequence < this.#expected) return;
    if (record.sequence > this.#expected) {
      this.#waiting.set(record.sequence, { record, payload: payload.slice() });
      if (this.#isTooLate(record.arrivalMs)) this.#giveUpHole();
    } else {
      this.#take(record, payload);
    }
    this.#takeWaiting();
  }

  #isTooLate(nowMs: number): boolean {
    const [oldest] = this.#waiting.values();
    return this.#waiting.size > MAX_WAITING || nowMs - oldest!.record.arrivalMs > MAX_WAIT_MS;
  }

  #giveUpHole(): void {
    this.#expected = Math.min(...this.#waiting.keys());
    this.#decoding?.depacketizer.lose();
    this.#broken = true;
  }

  #takeWaiting(): void {
    for (let next = this.#waiting.get(this.#expected!); next; next = this.#waiting.get(this.#expected!)) {
      this.#waiting.delete(this.#expected!);
      this.#take(next.record, next.payload);
    }
  }

  #take(record: PacketRecord, payload: Uint8Array): void {
    this.#expected = record.sequence + 1;
    const codec = this.#codecs.get(record.payloadType);
    if (!codec || payload.length === 0) return; // padding
    if (this.#decoding?.codec !== codec) {
      this.#decoding = { codec, depacketizer: codec === 'vp8' ? createVp8Depacketizer() : createH264Depacketizer() };
      this.#broken = true;
    }
    const data = this.#decoding.depacketizer.push(payload, record.marker);
    if (!data) return;
    const keyframe = codec === 'vp8' ? isVp8Keyframe(data) : isH264Keyframe(data);
    if (keyframe) this.#broken = false;
    if (this.#broken) this.#events.onUndecodable();
    else this.#events.onFrame({ data, codec, keyframe, rtpTime: record.rtpTime, arrivalMs: record.arrivalMs });
  }
}
