import { randomInt } from 'node:crypto';
import { ReplaySubject, Subject, type Observable } from 'rxjs';
import type { MediaKind, PacedSample } from '../../core/sample.ts';
import { MAX_PAYLOAD_BYTES, type Packetizer } from '../../media/packetizer.ts';
import { AUDIO_LEVEL_SILENCE, AUDIO_LEVEL_SOUND, isOpusSilence } from './audio-level.ts';
import { Lateness } from './lateness.ts';
import { packetizerFor } from './packetizer-for.ts';
import { RemoteView } from './remote-view.ts';
import { Retransmitter } from './retransmitter.ts';
import type { FullIntraRequest } from '../rtcp/feedback.ts';
import type { ReportBlock } from '../rtcp/reports.ts';
import { layoutRtpHeader } from './rtp-header.ts';
import { RtpStream, type RtpStreamHost } from './rtp-stream.ts';
import type { SrtpSender } from '../srtp/srtp-sender.ts';
import type { RtpParameters, TrackOptions, TrackStats, WebRtcTrack } from '../types.ts';

/** Packets kept of video: two seconds at 1 Mbit/s. */
const VIDEO_SLOTS = 256;
const RTX_SLOTS = 32;
/** Payload room in an audio slot: 20 ms of Opus at 128 kbit/s and more. Larger packets get a buffer of their own. */
const AUDIO_PAYLOAD_BYTES = 400;
/** No Opus packet is larger (120 ms at 510 kbit/s are 7650 bytes): what is, is no Opus and would not fit a datagram. */
const MAX_AUDIO_BYTES = 16_384;
/** The largest padding that its count byte can express (RFC 3550, 5.1). */
const PADDING_BYTES = 255;
/** A due time this far behind the end of the last sample is a gap: the marker bit announces what follows. */
const GAP_US = 10_000;

/** Where a track's numbers begin, for tests; random by default (RFC 3550, 5.1). */
export interface TrackStart {
  sequence?: number | undefined;
  timestamp?: number | undefined;
}

/** One outgoing stream of RTP on an `RtpSession`, which makes it, starts it and hands it the feedback it gets. */
export class RtpTrack implements WebRtcTrack {
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly cname: string;
  readonly keyframeRequests$: Observable<'pli' | 'fir'>;
  readonly started$: Observable<void>;

  readonly #host: RtpStreamHost;
  readonly #options: TrackOptions;
  #parameters: RtpParameters;
  /** What was agreed on for the next session. */
  #agreed: RtpParameters;
  #stream: RtpStream;
  readonly #retransmitter: Retransmitter;
  #packetizer: Packetizer;
  readonly #remote: RemoteView;
  readonly #lateness = new Lateness();
  readonly #keyframeRequests$ = new Subject<'pli' | 'fir'>();
  readonly #started$ = new ReplaySubject<void>(1);
  readonly #firstTimestamp: number;
  /** When the next sample would be due if it followed the last one without a gap. */
  #expectedUs = -Infinity;
  #closed = false;
  #packetsSent = 0;
  #bytesSent = 0;
  #packetsDropped = 0;
  #nackCount = 0;
  #pliCount = 0;
  #firCount = 0;
  #lastFir = -1;

  constructor(host: RtpStreamHost, options: TrackOptions, start: TrackStart = {}) {
    this.kind = options.kind;
    this.ssrc = options.ssrc;
    this.#options = options;
    this.#parameters = this.#agreed = options.parameters;
    this.cname = options.cname;
    this.keyframeRequests$ = this.#keyframeRequests$.asObservable();
    this.started$ = this.#started$.asObservable();
    this.#host = host;
    this.#packetizer = packetizerFor(options.parameters.codec);
    this.#remote = new RemoteView(options.parameters.clockRate);
    this.#firstTimestamp = start.timestamp ?? randomInt(0x100000000);
    // Low, so that the receiver has met the SSRC before its first rollover (RFC 3711, 3.3.1).
    this.#stream = mediaStream(host, options, start.sequence ?? randomInt(0x8000));
    this.#retransmitter = new Retransmitter(host, this.#stream, rtxStream(host, options));
  }

  get parameters(): RtpParameters {
    return this.#parameters;
  }

  /** How it travels from the next start on. The SSRC, the numbers and the time go on. */
  agree(parameters: RtpParameters): void {
    this.#agreed = parameters;
  }

  /** Keys are there: samples leave from now on. Again with other keys, for another session. */
  start(sender: SrtpSender): void {
    if (this.#agreed !== this.#parameters) this.#travelAsAgreed();
    this.#stream.start(sender, this.active);
    this.#retransmitter.start(sender, this.active);
  }

  /** There are no keys any more: nothing leaves until the next start. */
  stop(): void {
    this.#stream.stop();
    this.#retransmitter.stop();
  }

  #travelAsAgreed(): void {
    this.#parameters = this.#agreed;
    const options = { ...this.#options, parameters: this.#parameters };
    this.#packetizer = packetizerFor(this.#parameters.codec);
    this.#stream = mediaStream(this.#host, options, this.#stream.sequence);
    this.#retransmitter.exchange(this.#stream, rtxStream(this.#host, options, this.#retransmitter.rtxSequence));
  }

  write(sample: PacedSample): void {
    const audio = this.kind === 'audio';
    const data = sample.data;
    if (!this.#takes(sample)) {
      this.#packetsDropped += audio ? 1 : Math.ceil(data.length / MAX_PAYLOAD_BYTES);
      return;
    }
    const nowUs = this.#host.clock.nowUs();
    this.#lateness.add(nowUs, nowUs - sample.dueUs);
    const timestamp = this.#timestampAt(sample.dueUs);
    const afterGap = sample.dueUs > this.#expectedUs + GAP_US;
    this.#expectedUs = sample.dueUs + sample.durationUs;
    if (audio) this.#stream.audioLevel = isOpusSilence(data) ? AUDIO_LEVEL_SILENCE : AUDIO_LEVEL_SOUND;

    const room = audio ? data.length : MAX_PAYLOAD_BYTES;
    const count = this.#packetizer.begin(data);
    for (let i = 0; i < count; i++) {
      const packet = this.#stream.begin(room);
      const length = this.#packetizer.write(i, packet, this.#stream.headerLength);
      this.#send(packet, length, timestamp, audio ? afterGap : i === count - 1, nowUs, 0);
    }
  }

  #takes(sample: PacedSample): boolean {
    if (!this.#stream.started || this.#closed || sample.codec !== this.#parameters.codec) return false;
    return this.kind === 'video' || sample.data.length <= MAX_AUDIO_BYTES;
  }

  /**
   * Sends one packet of nothing but padding, 255 bytes, so that a server keeps the SSRC in its tables while there is
   * nothing to show. It takes the next sequence number and the present time. Does nothing before the start.
   */
  sendPadding(): void {
    if (!this.#stream.started || this.#closed) return;
    const nowUs = this.#host.clock.nowUs();
    const packet = this.#stream.begin(PADDING_BYTES);
    packet.fill(0, this.#stream.headerLength, this.#stream.headerLength + PADDING_BYTES);
    this.#send(packet, PADDING_BYTES, this.#timestampAt(nowUs), false, nowUs, PADDING_BYTES);
  }

  /** RTP time of an instant of the media clock: due time in ticks since the session's epoch. */
  #timestampAt(clockUs: number): number {
    const ticks = Math.round(((clockUs - this.#host.epochUs) * this.#parameters.clockRate) / 1e6);
    return (this.#firstTimestamp + ticks) >>> 0;
  }

  #send(packet: Buffer, length: number, timestamp: number, marker: boolean, nowUs: number, padding: number): void {
    if (!this.#stream.finish(packet, length, timestamp, marker, nowUs, padding)) {
      this.#packetsDropped++;
      return;
    }
    this.#bytesSent += length - padding;
    if (this.#packetsSent++ === 0) {
      this.#started$.next();
      this.#started$.complete();
    }
  }

  /** Whether anything has been sent. */
  get active(): boolean {
    return this.#packetsSent > 0;
  }

  /** What a sender report says of this track at `nowUs` (RFC 3550, 6.4.1). */
  report(nowUs: number): { rtpTimestamp: number; packetCount: number; octetCount: number } {
    return { rtpTimestamp: this.#timestampAt(nowUs), packetCount: this.#packetsSent, octetCount: this.#bytesSent };
  }

  /** A receiver reported on this track. `ntpMiddle`: the present time, as reports refer to it. */
  onReport(block: ReportBlock, ntpMiddle: number): void {
    this.#remote.report(block, ntpMiddle);
  }

  onNack(lost: readonly number[]): void {
    this.#nackCount++;
    if (!this.#closed) this.#retransmitter.resend(lost, this.#remote.roundTripMs);
  }

  onPli(): void {
    this.#pliCount++;
    this.#keyframeRequests$.next('pli');
  }

  /** A repeated request carries the number of the one before, and asks for nothing new (RFC 5104, 4.3.1.2). */
  onFir(request: FullIntraRequest): void {
    this.#firCount++;
    if (request.sequence === this.#lastFir) return;
    this.#lastFir = request.sequence;
    this.#keyframeRequests$.next('fir');
  }

  getStats(): TrackStats {
    const lateness = this.#lateness.stats(this.#host.clock.nowUs());
    return {
      ssrc: this.ssrc,
      packetsSent: this.#packetsSent,
      bytesSent: this.#bytesSent,
      packetsDropped: this.#packetsDropped,
      retransmittedPackets: this.#retransmitter.sent,
      remoteFractionLost: this.#remote.fractionLost,
      remotePacketsLost: this.#remote.packetsLost,
      remoteJitterMs: this.#remote.jitterMs,
      roundTripMs: this.#remote.roundTripMs,
      nackCount: this.#nackCount,
      pliCount: this.#pliCount,
      firCount: this.#firCount,
      latenessP50Ms: lateness.p50Ms,
      latenessP99Ms: lateness.p99Ms,
      latenessMaxMs: lateness.maxMs,
    };
  }

  /** Nothing leaves any more; the Observables complete. */
  close(): void {
    this.#closed = true;
    this.#keyframeRequests$.complete();
    this.#started$.complete();
  }
}

function mediaStream(host: RtpStreamHost, options: TrackOptions, firstSequence: number): RtpStream {
  const isVideo = options.kind === 'video';
  return new RtpStream(host, {
    layout: layoutRtpHeader(options, options.ssrc, options.parameters.payloadType),
    firstSequence,
    slots: isVideo ? VIDEO_SLOTS : undefined,
    slotPayloadBytes: isVideo ? MAX_PAYLOAD_BYTES : AUDIO_PAYLOAD_BYTES,
  });
}

function rtxStream(
  host: RtpStreamHost,
  options: TrackOptions,
  firstSequence: number = randomInt(0x8000),
): RtpStream | undefined {
  const { rtxPayloadType } = options.parameters;
  if (rtxPayloadType === undefined || options.rtxSsrc === undefined) return undefined;
  return new RtpStream(host, {
    layout: layoutRtpHeader(options, options.rtxSsrc, rtxPayloadType),
    firstSequence,
    slots: RTX_SLOTS,
    slotPayloadBytes: MAX_PAYLOAD_BYTES + 2,
  });
}
