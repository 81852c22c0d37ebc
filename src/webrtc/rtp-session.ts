import type { Observable } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import type { VideoBitrateBounds } from './congestion/congestion-controller.ts';
import { VideoBitrate } from './congestion/video-bitrate.ts';
import { dispatchFeedback, type FeedbackTargets } from './rtp/rtcp-feedback.ts';
import { rtpHeaderLength } from './rtp/rtp-header.ts';
import { RtpPacketView } from './rtp/rtp-packet.ts';
import type { RtpStreamHost } from './rtp/rtp-stream.ts';
import type { SrtpKeys } from './dtls/srtp-keys.ts';
import { RtpTrack, type TrackStart } from './rtp/rtp-track.ts';
import { SenderReports } from './rtp/sender-reports.ts';
import { createSrtpCipher } from './srtp/srtp-profile.ts';
import { SrtpReceiver } from './srtp/srtp-receiver.ts';
import { SrtpSender } from './srtp/srtp-sender.ts';
import type { ReportBlock } from './rtcp/reports.ts';
import type { TransportFeedback } from './rtcp/transport-feedback.ts';
import { TransportLog, type AcknowledgedPacket } from './rtp/transport-log.ts';
import type { ReceivedRtp, TrackOptions, TransportStats } from './types.ts';

/** The way to the peer. */
export interface PacketPath {
  /** Sends the first `length` bytes of `packet`. The buffer is used again, unless `keepBuffer` is told of it. */
  send(packet: Buffer, length: number): void;
}

export interface RtpSessionOptions {
  /** The clock that the samples were paced by. */
  clock: MediaClock;
  logger: Logger;
  /** Origin of RTP time on `clock`, in microseconds. Default: now. */
  epochUs?: number | undefined;
  /** Between which bitrates {@link RtpSession.targetBitrate$} stays. */
  videoBitrate?: VideoBitrateBounds | undefined;
}

/** What a session has done, and what it knows of the path. */
export type RtpSessionStats = Omit<TransportStats, 'state' | 'selectedPair' | 'srtpProfile'>;

/** RTP and RTCP with one peer, over whatever carries datagrams. Packets and time in, packets out. */
export interface RtpSession {
  /**
   * Media can flow from now on, by that path. Again with the keys of another session, which has to have keys of its own: the
   * counters of SRTP start over, and a nonce must not be used twice.
   */
  start(keys: SrtpKeys, path: PacketPath): void;
  /** The keys are of no use any more: nothing is sent or understood until the next start. */
  stop(): void;
  /** Takes one datagram that is RTP or RTCP (RFC 7983: first byte 128 to 191); decrypts it in place. */
  receive(datagram: Buffer, arrivalMs: number): void;
  createTrack(options: TrackOptions, start?: TrackStart): RtpTrack;
  onRtp: ((packet: ReceivedRtp) => void) | undefined;
  onRtcp: ((compound: Uint8Array) => void) | undefined;
  /** What video should be encoded to, in bit/s: what congestion leaves of the upper bound. Replays, completes at the end. */
  readonly targetBitrate$: Observable<number>;
  /** Transport-wide feedback of the peer: when each packet left and arrived. */
  onAcknowledged: ((packets: AcknowledgedPacket[]) => void) | undefined;
  /** Sends one compound RTCP packet; dropped before {@link start}. */
  sendRtcp(compound: Uint8Array): void;
  stats(): RtpSessionStats;
  /** Says BYE for the tracks that sent something, completes their Observables, stops the reports. Idempotent. */
  close(): void;
}

export function createRtpSession(options: RtpSessionOptions): RtpSession {
  return new Session(options);
}

class Session implements RtpSession, RtpStreamHost, FeedbackTargets {
  readonly clock: MediaClock;
  readonly epochUs: number;
  readonly tracks = new Map<number, RtpTrack>();
  onRtp: ((packet: ReceivedRtp) => void) | undefined;
  onRtcp: ((compound: Uint8Array) => void) | undefined;
  onAcknowledged: ((packets: AcknowledgedPacket[]) => void) | undefined;

  readonly targetBitrate$: Observable<number>;
  readonly #video: VideoBitrate;
  readonly #logger: Logger;
  readonly #reports: SenderReports;
  /** SSRCs that something is sent with, so that no two streams share one. */
  readonly #ssrcs = new Set<number>();
  readonly #log = new TransportLog();
  /** There has been a picture: before it, nobody has a use for when packets of sound, or padding, arrived. */
  #hasPicture = false;
  #path: PacketPath | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #closed = false;
  #packetsSent = 0;
  #bytesSent = 0;
  #packetsReceived = 0;
  #bytesReceived = 0;
  #packetsRejected = 0;
  #remoteBitrateEstimate: number | null = null;

  constructor(options: RtpSessionOptions) {
    this.clock = options.clock;
    this.epochUs = options.epochUs ?? options.clock.nowUs();
    this.#logger = options.logger;
    this.#video = new VideoBitrate(this.clock, options.videoBitrate);
    this.targetBitrate$ = this.#video.target$;
    this.#reports = new SenderReports(this.clock, { [Symbol.iterator]: () => this.tracks.values() }, (compound) =>
      this.sendRtcp(compound),
    );
  }

  start(keys: SrtpKeys, path: PacketPath): void {
    if (this.#closed) return;
    this.#path = path;
    this.#sender = new SrtpSender(createSrtpCipher(keys.profile, keys.localKey, keys.localSalt));
    this.#receiver = new SrtpReceiver(createSrtpCipher(keys.profile, keys.remoteKey, keys.remoteSalt));
    this.#logger.debug({ profile: keys.profile }, 'SRTP started');
    let goesOn = false;
    for (const track of this.tracks.values()) {
      track.start(this.#sender);
      goesOn ||= track.active;
    }
    if (goesOn) this.#reports.start();
    this.#remoteBitrateEstimate = null;
    this.#video.reset();
  }

  stop(): void {
    this.#sender = undefined;
    this.#receiver = undefined;
    this.#reports.stop();
    for (const track of this.tracks.values()) track.stop();
  }

  createTrack(options: TrackOptions, start?: TrackStart): RtpTrack {
    for (const ssrc of [options.ssrc, options.rtxSsrc]) {
      if (ssrc === undefined) continue;
      if (this.#ssrcs.has(ssrc)) throw new OptionError('ssrc', ssrc, 'one that no other track of the transport uses');
      this.#ssrcs.add(ssrc);
    }
    const track = new RtpTrack(this, options, start);
    this.tracks.set(options.ssrc, track);
    if (track.kind === 'video') this.#video.begin();
    track.started$.subscribe(() => this.#reports.start());
    if (this.#sender) track.start(this.#sender);
    if (this.#closed) track.close();
    return track;
  }

  transmit(packet: Buffer, length: number): void {
    this.#packetsSent++;
    this.#bytesSent += length;
    this.#path?.send(packet, length);
  }

  nextTransportSequence(nowUs: number, bytes: number): number {
    return this.#hasPicture || this.onAcknowledged ? this.#log.add(nowUs, bytes) : this.#log.number();
  }

  sendRtcp(compound: Uint8Array): void {
    if (!this.#sender || this.#closed) return;
    const packet = Buffer.allocUnsafe(compound.length + this.#sender.cipher.rtcpOverhead);
    packet.set(compound);
    const length = this.#sender.protectRtcp(packet, compound.length);
    if (length > 0) this.transmit(packet, length);
  }

  receive(datagram: Buffer, arrivalMs: number): void {
    if (this.#closed) return;
    const taken = isRtcp(datagram) ? this.#receiveRtcp(datagram) : this.#receiveRtp(datagram, arrivalMs);
    if (!taken) this.#packetsRejected++;
  }

  #receiveRtp(datagram: Buffer, arrivalMs: number): boolean {
    const headerLength = rtpHeaderLength(datagram, datagram.length);
    if (headerLength < 0 || !this.#receiver) return false;
    const length = this.#receiver.openRtp(datagram, headerLength, datagram.length);
    const packet = length < 0 ? undefined : RtpPacketView.of(datagram, headerLength, length, arrivalMs);
    if (!packet) return false;
    this.#countReceived(datagram);
    this.onRtp?.(packet);
    return true;
  }

  #receiveRtcp(datagram: Buffer): boolean {
    const length = this.#receiver?.openRtcp(datagram, datagram.length) ?? -1;
    if (length < 0) return false;
    this.#countReceived(datagram);
    const compound = datagram.subarray(0, length);
    dispatchFeedback(compound, this);
    this.onRtcp?.(compound);
    return true;
  }

  #countReceived(datagram: Buffer): void {
    this.#packetsReceived++;
    this.#bytesReceived += datagram.length;
  }

  transportFeedback(feedback: TransportFeedback): void {
    this.#hasPicture ||= [...this.tracks.values()].some(showsPicture);
    const packets = this.#log.match(feedback);
    if (packets.length === 0) return;
    this.#video.acknowledge(packets);
    this.onAcknowledged?.(packets);
  }

  bitrateEstimate(bitsPerSecond: number): void {
    this.#remoteBitrateEstimate = bitsPerSecond;
    this.#video.limit(bitsPerSecond);
  }

  receiverReport(block: ReportBlock): void {
    const track = this.tracks.get(block.ssrc);
    track?.onReport(block, this.#reports.ntpMiddle());
    if (track?.kind === 'video') this.#video.reportLoss(block.fractionLost);
  }

  stats(): RtpSessionStats {
    return {
      packetsSent: this.#packetsSent,
      bytesSent: this.#bytesSent,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      packetsRejected: this.#packetsRejected,
      remoteBitrateEstimate: this.#remoteBitrateEstimate,
      bitrateEstimate: this.#video.estimate,
      targetBitrate: this.#video.target,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#reports.close();
    this.#closed = true;
    for (const track of this.tracks.values()) track.close();
    this.#video.close();
  }
}

/** Padding does not count. */
function showsPicture(track: RtpTrack): boolean {
  return track.kind === 'video' && track.report(0).octetCount > 0;
}

/** RFC 5761, 4: payload types 64 to 95 are RTCP when both share a port. */
function isRtcp(datagram: Buffer): boolean {
  const payloadType = datagram[1]! & 0x7f;
  return datagram.length >= 4 && datagram[0]! >> 6 === 2 && payloadType >= 64 && payloadType <= 95;
}
