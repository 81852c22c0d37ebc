import type { Observable } from 'rxjs';
import type { RxcallError } from '../core/errors.ts';
import type { Codec, MediaKind, PacedSample } from '../core/sample.ts';
import type { DataChannel, DataChannelOptions } from './data-channel.ts';

/** ICE credentials (RFC 8445, 5.3). */
export interface IceParameters {
  readonly ufrag: string;
  readonly pwd: string;
}

/** An ICE candidate (RFC 8839, 5.1), its numbers as numbers. */
export interface IceCandidate {
  readonly foundation: string;
  readonly component: number;
  readonly protocol: 'udp' | 'tcp';
  readonly priority: number;
  readonly ip: string;
  readonly port: number;
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly tcpType?: 'active' | 'passive' | 'so' | undefined;
}

/** Who decides which path is used: the controlling side does (RFC 8445, section 6.1.1). */
export type IceRole = 'controlling' | 'controlled';
/** Who opens the DTLS handshake: the client does (RFC 5763, section 5). */
export type DtlsRole = 'client' | 'server';

/** A certificate fingerprint (RFC 8122): algorithm as in `sha-256`, value in upper-case hex with colons. */
export interface DtlsFingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** What the other side told us, by whatever signaling. */
export interface RemoteParameters {
  readonly ice: IceParameters;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly DtlsFingerprint[];
  /** The peer is ICE-lite: it answers checks and never sends any. Default false. */
  readonly iceLite?: boolean | undefined;
}

/** What the other side has to be told about us. */
export interface LocalParameters {
  readonly ice: IceParameters;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly dtlsRole: DtlsRole;
}

/** SRTP protection profiles (RFC 5764 and 7714), in the spelling of the IANA registry. */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

/** One RTP header extension (RFC 8285): the id it has in this session. */
export interface RtpHeaderExtension {
  readonly id: number;
  readonly uri: string;
}

/** Encodings that WebRTC peers take. */
export type RtpCodec = Exclude<Codec, 'aac'>;

/** How one kind of media travels: payload type, clock and header extensions, as negotiated. */
export interface RtpParameters {
  readonly codec: RtpCodec;
  readonly payloadType: number;
  /** RTP clock rate in Hz: 48000 for Opus, 90000 for video. */
  readonly clockRate: number;
  readonly headerExtensions: readonly RtpHeaderExtension[];
  /** Payload type of retransmissions (RFC 4588), when negotiated. */
  readonly rtxPayloadType?: number | undefined;
}

export const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
export const ABS_SEND_TIME_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';
export const TRANSPORT_SEQUENCE_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
export const VIDEO_ORIENTATION_URI = 'urn:3gpp:video-orientation';

/**
 * `disconnected` may become `connected` again by itself, `failed` by another `connect`; `closed` is final. While there is
 * a session that carries media, an attempt at another one does not show here.
 */
export type TransportState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** What one outgoing stream is announced as. */
export interface TrackOptions {
  kind: MediaKind;
  ssrc: number;
  /** SSRC of retransmissions. */
  rtxSsrc?: number | undefined;
  parameters: RtpParameters;
  /** RTCP canonical name (RFC 3550, 6.5.1); the same for all tracks that are to be played in sync. */
  cname: string;
  /** `mid` header extension value, when negotiated. */
  mid?: string | undefined;
}

/** What left on a track since it was made, and what the receiver reported. Times in milliseconds. */
export interface TrackStats {
  readonly ssrc: number;
  readonly packetsSent: number;
  /** Payload bytes, without headers and tags. */
  readonly bytesSent: number;
  /** Packets that were due while nothing could be sent, and were dropped. */
  readonly packetsDropped: number;
  readonly retransmittedPackets: number;
  /** From the last receiver report; null before the first. */
  readonly remoteFractionLost: number | null;
  readonly remotePacketsLost: number | null;
  readonly remoteJitterMs: number | null;
  readonly roundTripMs: number | null;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly firCount: number;
  /** How late samples left after their due time: the last second's median, 99th percentile and worst. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly latenessMaxMs: number;
}

/** One outgoing stream of RTP: writes samples as packets, protects them, sends them. */
export interface WebRtcTrack {
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly parameters: RtpParameters;
  /** Travels so from the next session on: what the answer to another join says. */
  agree(parameters: RtpParameters): void;
  /**
   * Sends one sample at once. Its RTP timestamp is its due time (one epoch per transport), so that pause, gap, seek and
   * switch need no special case. Before the transport is connected the sample is dropped and counted.
   */
  write(sample: PacedSample): void;
  /** Sends one packet of nothing but padding, so that the SSRC is remembered; nothing before the transport is connected. */
  sendPadding(): void;
  /** The receiver wants a picture that decodes on its own (PLI or FIR). */
  readonly keyframeRequests$: Observable<'pli' | 'fir'>;
  /** Emits at the first packet that really left. Replays to late subscribers. */
  readonly started$: Observable<void>;
  getStats(): TrackStats;
}

/** What arrived for one SSRC, after SRTP. `payload` and `header` views are only valid during the call. */
export interface ReceivedRtp {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  /** Number of padding bytes that were cut off. */
  readonly padding: number;
  /** The value of a header extension by its id, or undefined. */
  extension(id: number): Uint8Array | undefined;
  /** When it arrived, in milliseconds of `performance.now()`. */
  readonly arrivalMs: number;
}

/** What a transport has done, and over which path. */
export interface TransportStats {
  readonly state: TransportState;
  readonly selectedPair: { readonly local: string; readonly remote: string } | null;
  readonly srtpProfile: SrtpProfile | null;
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  /** Received packets that failed authentication, were replayed, or were not understood. */
  readonly packetsRejected: number;
  /** What the peer says the path carries (REMB), in bit/s; null before it said so. */
  readonly remoteBitrateEstimate: number | null;
  /** What we believe the path carries, in bit/s, as far as that is of use; null before anything was heard of video. */
  readonly bitrateEstimate: number | null;
  /** What video should be encoded to, in bit/s; see {@link WebRtcTransport.targetBitrate$}. */
  readonly targetBitrate: number;
}

/**
 * One ICE, DTLS and SRTP association with one peer, with any number of tracks on it. It knows nothing of Telegram.
 */
export interface WebRtcTransport {
  readonly localParameters: LocalParameters;
  readonly state: TransportState;
  /** Replays the present state; completes after `closed`. */
  readonly state$: Observable<TransportState>;
  /** Why it is `failed`; undefined before the first failure and once it has connected again. */
  readonly failure: RxcallError | undefined;
  /**
   * Connects to the peer: resolves when media can flow. Rejects with a {@link TransportError}: `ERR_ICE_FAILED`,
   * `ERR_DTLS_FAILED`, `ERR_FINGERPRINT`, `ERR_CONNECT_TIMEOUT` or `ERR_TRANSPORT_CLOSED`, or with `ERR_ABORTED`.
   *
   * May be called again, in any state but `closed`: that opens another session under the same credentials and
   * certificate, with keys of its own. The session that is there carries media until then, and stays if the other one
   * comes to nothing. Tracks, their SSRCs, numbers and times go on; a data channel ends with its session. Of several
   * calls the last wins, the others reject with `ERR_ABORTED`.
   */
  connect(remote: RemoteParameters, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  createTrack(options: TrackOptions): WebRtcTrack;
  /**
   * What video should be encoded to, in bit/s: what the path leaves of the upper bound, by what the peer reports of delay
   * and loss (see {@link TransportOptions.videoBitrate}). Replays; completes when the transport is closed.
   */
  readonly targetBitrate$: Observable<number>;
  /** Every RTP packet that arrived and was authentic. Called synchronously, one handler. */
  onRtp: ((packet: ReceivedRtp) => void) | undefined;
  /** Every compound RTCP packet that arrived and was authentic, unparsed. Called synchronously, one handler. */
  onRtcp: ((compound: Uint8Array) => void) | undefined;
  /** Sends one compound RTCP packet. */
  sendRtcp(compound: Uint8Array): void;
  /** What arrives over DTLS beside the keys for media: SCTP packets (RFC 8261). Called synchronously, one handler. */
  onData: ((data: Buffer) => void) | undefined;
  /** Sends one SCTP packet; dropped unless connected. */
  sendData(data: Buffer): void;
  /**
   * Opens the one data channel of the transport, or waits for the peer's; before or after `connect`. It takes
   * {@link WebRtcTransport.onData} for itself.
   */
  openDataChannel(options?: DataChannelOptions): Promise<DataChannel>;
  getStats(): TransportStats;
  /** Idempotent; resolves when sockets and timers are gone. */
  close(): Promise<void>;
}
