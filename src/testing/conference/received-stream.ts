import type { MediaKind } from '../../core/sample.ts';
import type { ReceivedRtp } from '../../webrtc/types.ts';
import { measureStream, type StreamMeasurement } from '../measurement/measure-stream.ts';
import { OpusRecorder } from '../measurement/opus-recorder.ts';
import { PacketLog, type PacketRecord } from '../measurement/packet-log.ts';

export interface ReceivedStreamOptions {
  kind: MediaKind;
  ssrc: number;
  clockRate: number;
  /** Id of the audio level extension in this session. */
  audioLevelId?: number | undefined;
}

/** One SSRC of a participant: logs and records what arrives on it. */
export class ReceivedStream {
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly clockRate: number;
  /** The Opus packets themselves; undefined for video. */
  readonly recorder: OpusRecorder | undefined;
  readonly #audioLevelId: number | undefined;
  #log = new PacketLog();

  constructor(options: ReceivedStreamOptions) {
    this.kind = options.kind;
    this.ssrc = options.ssrc;
    this.clockRate = options.clockRate;
    this.#audioLevelId = options.audioLevelId;
    this.recorder = this.kind === 'audio' ? new OpusRecorder() : undefined;
  }

  get records(): readonly PacketRecord[] {
    return this.#log.records;
  }

  receive(packet: ReceivedRtp): PacketRecord {
    const record = this.#log.push(packet, this.#audioLevelId);
    if (packet.payload.length > 0) this.recorder?.push(record.rtpTime, packet.payload);
    return record;
  }

  /** Measures the last `count` packets, or all that are kept. */
  measure(pauses: readonly (readonly [number, number])[], count: number = Infinity): StreamMeasurement {
    return measureStream(this.#log.records.slice(-count), { clockRate: this.clockRate, pauses });
  }

  /** Forgets all that was received. */
  reset(): void {
    this.#log = new PacketLog();
    this.recorder?.clear();
  }
}
