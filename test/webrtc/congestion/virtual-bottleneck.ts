import type { CongestionController } from '../../../src/webrtc/congestion/congestion-controller.ts';
import type { AcknowledgedPacket } from '../../../src/webrtc/rtp/transport-log.ts';
import { seededRandom } from '../transport-pair.ts';

export interface BottleneckOptions {
  /** What the link carries at a time, in bit/s. */
  capacity(ms: number): number;
  /** What fits in front of it, in milliseconds at its capacity; the rest is lost. */
  bufferMs?: number;
  delayMs?: (ms: number) => number;
  jitterMs?: number;
  lossRate?: number;
  /** What is encoded to, given the target. Default: a restart at most every 5 s, and only for a fifth. */
  encoder?: (target: number, ms: number) => number;
}

/** One line a second: what the link and the controller came to. */
export interface BottleneckSecond {
  readonly target: number;
  readonly encoded: number;
  readonly queueMs: number;
}

const AUDIO_BYTES = 380;
const PACKET_BYTES = 1150;
const FEEDBACK_EVERY_MS = 100;
/** A keyframe every second that is as large as five other pictures. */
const FPS = 30;
const KEYFRAME_WEIGHT = 5;

/** Sends audio and video through a link in virtual time, and what becomes of it to the controller. */
export function runBottleneck(
  controller: CongestionController,
  seconds: number,
  options: BottleneckOptions,
): BottleneckSecond[] {
  const { capacity, bufferMs = 500, delayMs = () => 30, jitterMs = 0, lossRate = 0, encoder = lazyEncoder() } = options;
  const random = seededRandom(7);
  const lines: BottleneckSecond[] = [];
  let freeMs = 0; // when the link has worked off all that was given to it
  let unreported: { packet: AcknowledgedPacket; knownMs: number }[] = [];

  const send = (ms: number, bytes: number): void => {
    const startMs = Math.max(ms, freeMs);
    const isLost = startMs - ms > bufferMs || random() < lossRate;
    if (startMs - ms <= bufferMs) freeMs = startMs + (bytes * 8000) / capacity(ms);
    const arrivalMs = freeMs + delayMs(ms) + jitterMs * random();
    unreported.push({
      packet: { sentUs: ms * 1000, bytes, arrivalUs: isLost ? null : (arrivalMs + 123_456) * 1000 },
      knownMs: isLost ? ms + bufferMs + delayMs(ms) : arrivalMs,
    });
  };

  for (let ms = 0; ms < seconds * 1000; ms++) {
    const encoded = encoder(controller.videoTarget(ms), ms);
    if (ms % 20 === 0) send(ms, AUDIO_BYTES);
    const frame = Math.floor((ms * FPS) / 1000);
    if (frame !== Math.floor(((ms - 1) * FPS) / 1000)) {
      const unit = encoded / 8 / (FPS - 1 + KEYFRAME_WEIGHT);
      for (let rest = frame % FPS === 0 ? unit * KEYFRAME_WEIGHT : unit; rest > 0; rest -= PACKET_BYTES) {
        send(ms, Math.min(rest, PACKET_BYTES) + 30);
      }
    }
    if (ms % FEEDBACK_EVERY_MS === 0) {
      // What is reported has arrived; a loss is reported when something after it has.
      const upTo = unreported.findLastIndex(({ packet, knownMs }) => packet.arrivalUs !== null && knownMs <= ms - 30);
      const reported = unreported.slice(0, upTo + 1);
      unreported = unreported.slice(upTo + 1);
      if (reported.length > 0)
        controller.acknowledge(
          reported.map(({ packet }) => packet),
          ms,
        );
    }
    if (ms % 1000 === 999) {
      lines.push({ target: controller.videoTarget(ms), encoded, queueMs: Math.max(0, freeMs - ms) });
    }
  }
  return lines;
}

/** Restarted no more often than every five seconds, and only for a change of a fifth. */
function lazyEncoder(): (target: number, ms: number) => number {
  let encoded: number | undefined;
  let sinceMs = 0;
  return (target, ms) => {
    if (encoded === undefined || (ms - sinceMs >= 5000 && Math.abs(target / encoded - 1) >= 0.2)) {
      encoded = target;
      sinceMs = ms;
    }
    return encoded;
  };
}
