import type { Observable } from 'rxjs';
import { OptionError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { MediaKind } from '../../core/sample.ts';
import { toInt32Ssrc } from '../../telegram/ssrc.ts';
import { buildPli } from '../../webrtc/rtcp/feedback.ts';
import type { ReceivedRtp, TransportState, TransportStats, WebRtcTransport } from '../../webrtc/types.ts';
import type { DecodedAudio } from '../measurement/analyze-pcm.ts';
import { decodeOgg, type DecodeOptions } from '../measurement/decode-ogg.ts';
import type { StreamMeasurement } from '../measurement/measure-stream.ts';
import type { PacketRecord } from '../measurement/packet-log.ts';
import type { AnsweredNumbers } from './answer-json.ts';
import type { FeedbackOptions } from './behavior.ts';
import { createFeedback, type Feedback } from './feedback.ts';
import { FrameAssembler, type ReceivedFrame, type VideoCodec } from './frame-assembler.ts';
import type { JoinRequest } from './join-request.ts';
import { KeyframeRequests } from './keyframe-requests.ts';
import { type LoopbackChannel, ParticipantChannel } from './participant-channel.ts';
import { ReceivedStream } from './received-stream.ts';

/** What a participant is shown as on the conference's page. */
export interface ParticipantNotes {
  /** A name, as in the title of what it plays. Default its SSRC. */
  label?: string | undefined;
  /** One line about what it does, as in `playing 0:42`. */
  status?: string | undefined;
}

/** Somebody who joined a loopback conference, seen from the conference's side: what it received of them. */
export interface LoopbackParticipant {
  /** The audio SSRC as Telegram's methods have it, a signed 32-bit integer. */
  readonly source: number;
  /** Of the conference's transport towards this participant. */
  readonly state: TransportState;
  readonly state$: Observable<TransportState>;
  /** The audio SSRC of whom this is the presentation, signed; undefined for a participant by themselves. */
  readonly presenter: number | undefined;
  readonly notes: Readonly<ParticipantNotes>;
  /** Text to and from the participant. */
  readonly channel: LoopbackChannel;
  /** Why the transport failed, once it has. */
  readonly error: unknown;
  /** Numbers on what was received since the join or the last {@link reset}. */
  measure(kind?: MediaKind): StreamMeasurement;
  /** Every packet received, in order of arrival (the last 100 000). */
  packets(kind?: MediaKind): readonly PacketRecord[];
  /** The received audio as an Ogg/Opus file: packets at their RTP time, silence where nothing was sent or it was lost. */
  recording(): Uint8Array;
  /** Decodes the received audio with ffmpeg and listens to it: frequency, level, silence. */
  decode(options?: DecodeOptions): Promise<DecodedAudio>;
  /** Begins the measurement anew. */
  reset(): void;
  /** Says that silence is meant from now on, or no longer: it does not count as a gap then. May be repeated. */
  announcePause(paused: boolean): void;
  /** Changes what the page shows; what is left out stays. */
  annotate(notes: ParticipantNotes): void;
  /** Asks for a picture that decodes on its own (PLI, RFC 4585). */
  requestKeyframe(): void;
  /** Sends one compound RTCP packet to the participant. */
  sendRtcp(compound: Uint8Array): void;
  getStats(): TransportStats;
  /** Takes the participant out: its transport is closed. What was measured remains. */
  leave(): Promise<void>;
}

/** Told of every packet of media, synchronously. */
export type PacketListener = (stream: ReceivedStream, record: PacketRecord, packet: ReceivedRtp) => void;

/** Told of every frame of the picture, synchronously, from a keyframe on. */
export type FrameListener = (stream: ReceivedStream, frame: ReceivedFrame) => void;

export interface ParticipantOptions {
  request: JoinRequest;
  numbers: AnsweredNumbers;
  /** The conference's own SSRC. */
  ssrc: number;
  feedback?: FeedbackOptions | undefined;
  /** Who presents by it: their audio SSRC, signed. */
  presenter?: number | undefined;
}

export class Participant implements LoopbackParticipant {
  readonly source: number;
  readonly presenter: number | undefined;
  /** What the answer calls its video, and others in `ReceiverVideoConstraints`. */
  readonly endpoint: string;
  readonly transport: WebRtcTransport;
  readonly channel: ParticipantChannel;
  readonly streams: readonly ReceivedStream[];
  readonly audio: ReceivedStream;
  /** The picture: the first layer that was announced. Others are measured, and not shown. */
  readonly video: ReceivedStream | undefined;
  readonly numbers: AnsweredNumbers;
  /** What each payload type of the picture carries. */
  readonly videoCodecs: ReadonlyMap<number, VideoCodec>;
  /** SSRC of the picture's retransmissions. */
  readonly rtxSsrc: number | undefined;
  readonly #listeners = new Set<PacketListener>();
  readonly #bySsrc: ReadonlyMap<number, ReceivedStream>;
  readonly #feedback: Feedback;
  readonly #watchers = new Set<FrameListener>();
  readonly #keyframes = new KeyframeRequests(() => this.requestKeyframe());
  /** Only while somebody watches. */
  #assembler: FrameAssembler | undefined;
  #pauses: [number, number][] = [];
  #notes: ParticipantNotes = {};
  #error: unknown;

  constructor(transport: WebRtcTransport, options: ParticipantOptions) {
    const { request, numbers } = options;
    this.transport = transport;
    this.numbers = numbers;
    this.source = toInt32Ssrc(request.audioSsrc);
    this.presenter = options.presenter;
    this.endpoint = request.audioSsrc.toString(16).padStart(8, '0');
    this.channel = new ParticipantChannel(transport);
    const audioLevelId = numbers.extensionIds.audioLevel;
    this.audio = new ReceivedStream({ kind: 'audio', ssrc: request.audioSsrc, clockRate: 48_000, audioLevelId });
    const layers = request.video.map(({ ssrc }) => new ReceivedStream({ kind: 'video', ssrc, clockRate: 90_000 }));
    this.streams = [this.audio, ...layers];
    this.video = layers[0];
    this.rtxSsrc = request.video[0]?.rtxSsrc;
    const { vp8, h264 } = numbers.payloadTypes;
    this.videoCodecs = new Map([
      [vp8, 'vp8'],
      [h264, 'h264'],
    ]);
    this.#bySsrc = new Map(this.streams.map((stream) => [stream.ssrc, stream]));
    this.#feedback = createFeedback(transport, options);
    transport.onRtp = (packet) => this.#receive(packet);
    transport.onRtcp = (compound) => this.#feedback.receiveRtcp(compound);
    transport.state$.subscribe({
      next: (state) => {
        if (state === 'connected') this.#feedback.start();
        else this.#feedback.stop();
        // It has said good-bye: whoever comes back joins anew.
        if (state === 'failed' && transport.failure?.code === 'ERR_TRANSPORT_CLOSED') void transport.close();
      },
      complete: () => {
        this.#feedback.stop();
        this.#keyframes.answered();
      },
    });
  }

  get state(): TransportState {
    return this.transport.state;
  }

  get state$(): Observable<TransportState> {
    return this.transport.state$;
  }

  /** The codec of the picture, once something of it has come. */
  get videoCodec(): VideoCodec | undefined {
    return this.videoCodecs.get(this.video?.records.at(-1)?.payloadType ?? -1);
  }

  get notes(): Readonly<ParticipantNotes> {
    return this.#notes;
  }

  get error(): unknown {
    return this.#error;
  }

  /** Waits for the participant to connect; never rejects. */
  async connect(request: JoinRequest, logger: Logger): Promise<void> {
    try {
      await this.transport.connect({ ice: request.ice, fingerprints: request.fingerprints, candidates: [] });
      logger.info({ source: this.source }, 'participant connected');
    } catch (error) {
      this.#error = error;
      logger.warn({ source: this.source, error }, 'participant did not connect');
    }
  }

  measure(kind: MediaKind = 'audio'): StreamMeasurement {
    return this.#stream(kind).measure(this.#pauses);
  }

  /** Measures the last `count` packets of audio. */
  measureRecent(count: number): StreamMeasurement {
    return this.audio.measure(this.#pauses, count);
  }

  packets(kind: MediaKind = 'audio'): readonly PacketRecord[] {
    return this.#stream(kind).records;
  }

  recording(): Uint8Array {
    return this.audio.recorder!.toOgg();
  }

  decode(options: DecodeOptions = {}): Promise<DecodedAudio> {
    return decodeOgg(this.recording(), options);
  }

  reset(): void {
    this.#pauses = [];
    for (const stream of this.streams) stream.reset();
  }

  announcePause(paused: boolean): void {
    const now = performance.now();
    const last = this.#pauses.at(-1);
    if (!paused) {
      if (last) last[1] = Math.min(last[1], now);
    } else if (last?.[1] !== Infinity) {
      this.#pauses.push([now, Infinity]);
    }
  }

  annotate(notes: ParticipantNotes): void {
    this.#notes = { ...this.#notes, ...notes };
  }

  requestKeyframe(): void {
    this.sendRtcp(buildPli(this.#feedback.ssrc, this.#stream('video').ssrc));
  }

  /** Asks for a keyframe on behalf of somebody who watches; asks once for several of them. */
  wantKeyframe(): void {
    if (this.video && this.state === 'connected') this.#keyframes.ask();
  }

  /** An instant of a stream's RTP time on the participant's own clock; undefined before its first sender report. */
  senderTimeUs(stream: ReceivedStream, rtpTime: number): number | undefined {
    return this.#feedback.senderTimeUs(stream, rtpTime);
  }

  sendRtcp(compound: Uint8Array): void {
    this.transport.sendRtcp(compound);
  }

  getStats(): TransportStats {
    return this.transport.getStats();
  }

  /** Calls `listener` for every packet from now on; returns what ends that. */
  listen(listener: PacketListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `watcher` for every frame of the picture from the next keyframe on; returns what ends that. */
  watch(watcher: FrameListener): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#assembler = undefined;
    };
  }

  async leave(): Promise<void> {
    this.#listeners.clear();
    this.#watchers.clear();
    await this.transport.close();
  }

  #receive(arrived: ReceivedRtp): void {
    const packet = this.#feedback.receive(arrived);
    const stream = this.#bySsrc.get(packet.ssrc);
    if (!stream) return;
    const record = stream.receive(packet);
    for (const listener of this.#listeners) listener(stream, record, packet);
    if (stream === this.video && this.#watchers.size > 0) {
      this.#assembler ??= new FrameAssembler(this.videoCodecs, {
        onFrame: (frame) => this.#show(frame),
        onUndecodable: () => this.wantKeyframe(),
      });
      this.#assembler.push(record, packet.payload);
    }
  }

  #show(frame: ReceivedFrame): void {
    if (frame.keyframe) this.#keyframes.answered();
    for (const watcher of this.#watchers) watcher(this.video!, frame);
  }

  #stream(kind: MediaKind): ReceivedStream {
    const stream = this.streams.find((it) => it.kind === kind);
    if (!stream) throw new OptionError('kind', kind, 'a kind of media that the participant announced');
    return stream;
  }
}
