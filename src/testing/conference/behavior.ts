import type { IceBehavior, IceTimings, Impairment } from '../../webrtc/transport-options.ts';
import type { SrtpProfile } from '../../webrtc/types.ts';

/** How the answer JSON differs from what Telegram usually writes. */
export interface AnswerShape {
  /** Payload types, by codec. Default Opus 111, VP8 100 and H.264 104, each video type followed by its retransmissions. */
  payloadTypes?: { opus?: number | undefined; vp8?: number | undefined; h264?: number | undefined } | undefined;
  /** Header extension ids. Default audio level 1, absolute send time 2, transport-wide sequence 3, orientation 13. */
  extensionIds?:
    | {
        audioLevel?: number | undefined;
        absSendTime?: number | undefined;
        transportSequence?: number | undefined;
        videoOrientation?: number | undefined;
      }
    | undefined;
  /** Leaves the `audio` and `video` blocks out, as answers to native clients often do. Default false. */
  withoutMedia?: boolean | undefined;
  /** Writes the numbers of candidates as numbers. Default false: as strings, like Telegram. */
  numbersInCandidates?: boolean | undefined;
  /** A fingerprint that is not that of the certificate: somebody in between. Default false. */
  wrongFingerprint?: boolean | undefined;
}

/** What the conference tells senders over RTCP. */
export interface FeedbackOptions {
  /** Receiver reports, every second. Default true. */
  reports?: boolean | undefined;
  /** Requests for lost video packets (NACK, RFC 4585), and for a keyframe (PLI) when they stay lost. Default true. */
  nack?: boolean | undefined;
  /** Transport-wide congestion feedback, every 100 ms. Default true. */
  transportWide?: boolean | undefined;
}

/**
 * How the conference treats one participant. Everything left out is how Telegram's server behaves on a good day; the
 * rest are the bad ones.
 */
export interface ConferenceBehavior {
  /**
   * What a join is answered with. `stream`: this call can only be watched as a broadcast. `rtmp`: it is a live stream
   * fed over RTMP. Default `'rtc'`.
   */
  mode?: 'rtc' | 'stream' | 'rtmp' | undefined;
  /** The answer is right, and then nothing ever answers. Default false. */
  silent?: boolean | undefined;
  /** ICE-lite, no nomination, late registration, role conflicts. */
  ice?: IceBehavior | undefined;
  iceTimings?: IceTimings | undefined;
  /** Loss, delay and jitter between the conference's sockets and the conference. */
  impair?: Impairment | undefined;
  /** SRTP profiles it offers, best first. Default AES-GCM, then AES-CM with HMAC-SHA1-80. */
  srtpProfiles?: readonly SrtpProfile[] | undefined;
  /** How the answer is written. */
  answer?: AnswerShape | undefined;
  /** What it reports to senders. */
  feedback?: FeedbackOptions | undefined;
}
