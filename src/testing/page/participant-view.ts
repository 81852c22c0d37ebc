import type { Participant } from '../conference/participant.ts';
import { LiveMeter } from '../measurement/live-meter.ts';
import type { StreamMeasurement } from '../measurement/measure-stream.ts';
import { type PictureSnapshot, PictureView } from './picture-view.ts';

/** One point of the plots: a quarter of a second. */
export interface HistoryPoint {
  readonly jitterMs: number;
  readonly latenessMs: number;
  /** No packet came in this quarter: there is nothing to plot. */
  readonly idle: boolean;
}

/** What a page shows of one participant. */
export interface ParticipantSnapshot extends HistoryPoint {
  readonly id: number;
  readonly label: string;
  readonly status: string;
  /** Of the transport, or `silent` when it is connected and nothing comes. */
  readonly state: string;
  readonly packets: number;
  readonly lost: number;
  readonly lossPct: number;
  readonly bitrateKbps: number;
  readonly levelDbov: number | null;
  /** Of the last minute. */
  readonly maxGapMs: number;
  readonly driftPpm: number | null;
  readonly srtpProfile: string | null;
  /** Null for somebody who has sent no picture. */
  readonly picture: PictureSnapshot | null;
}

/** A minute of quarters of seconds. */
const HISTORY_POINTS = 240;
/** The last minute of packets of 20 ms. */
const MEASURED_PACKETS = 3000;
const MEASURE_EVERY_TICKS = 8;
/** One tick holds a dozen packets and one hiccup may empty it, so the bitrate is a mean over the last few. */
const SMOOTHING = 0.3;

/** Turns what one participant sends into what a page shows. */
export class ParticipantView {
  readonly #participant: Participant;
  readonly #id: number;
  readonly #meter = new LiveMeter(48_000);
  readonly #picture = new PictureView();
  readonly #release: () => void;
  readonly #points: HistoryPoint[] = [];
  #ticks = 0;
  #packets = 0;
  #lost = 0;
  #bitrateKbps = 0;
  #measured: StreamMeasurement | undefined;

  constructor(participant: Participant, id: number) {
    this.#participant = participant;
    this.#id = id;
    this.#release = participant.listen((stream, record, packet) => {
      if (stream === participant.video) this.#picture.add(participant.videoCodec, record, packet);
      if (stream.kind !== 'audio') return;
      const { sequenceNumber, timestamp, arrivalMs, payload } = packet;
      this.#meter.add({ sequenceNumber, timestamp, arrivalMs, payload, audioLevel: record.audioLevel });
    });
  }

  /** The last minute, oldest first. */
  get history(): readonly HistoryPoint[] {
    return this.#points;
  }

  tick(nowMs: number): ParticipantSnapshot {
    const { notes, source, state } = this.#participant;
    const { packets, lost, bitrateKbps, jitterMs, latenessMs, levelDbov } = this.#meter.read(nowMs);
    this.#packets += packets;
    this.#lost = Math.max(0, this.#lost + lost);
    this.#bitrateKbps += (bitrateKbps - this.#bitrateKbps) * SMOOTHING;
    const point: HistoryPoint = { jitterMs, latenessMs, idle: packets === 0 };
    this.#points.push(point);
    if (this.#points.length > HISTORY_POINTS) this.#points.shift();
    if (this.#ticks++ % MEASURE_EVERY_TICKS === 0) {
      this.#measured = this.#participant.measureRecent(MEASURED_PACKETS);
    }
    return {
      ...point,
      id: this.#id,
      label: notes.label ?? `SSRC ${source >>> 0}`,
      status: notes.status ?? '',
      state: state === 'connected' && point.idle ? 'silent' : state,
      packets: this.#packets,
      lost: this.#lost,
      lossPct: this.#packets + this.#lost === 0 ? 0 : (this.#lost / (this.#packets + this.#lost)) * 100,
      bitrateKbps: point.idle ? 0 : this.#bitrateKbps,
      levelDbov,
      maxGapMs: this.#measured?.maxGapMs ?? 0,
      driftPpm: this.#measured?.driftPpm ?? null,
      srtpProfile: this.#participant.getStats().srtpProfile,
      picture: this.#picture.tick(nowMs),
    };
  }

  close(): void {
    this.#release();
  }
}
