/**
 * Protects the RTP packets of one SSRC. The caller answers for `roc` and `seq` never coming twice: {@link SrtpSender}
 * does.
 */
export interface RtpSealer {
  /**
   * Encrypts the payload in place and appends the tag: `packet` needs {@link SrtpCipher.rtpOverhead} bytes of room after
   * `length`. Returns the new length.
   */
  seal(packet: Buffer, headerLength: number, length: number, roc: number, seq: number): number;
}

/** One direction of one SRTP association: its keys and its transform. It knows nothing of what came before. */
export interface SrtpCipher {
  /** Bytes that protection adds to an RTP packet. */
  readonly rtpOverhead: number;
  /** Bytes that protection adds to an RTCP packet. */
  readonly rtcpOverhead: number;
  createSealer(ssrc: number): RtpSealer;
  /** Authenticates and decrypts in place. Returns the plain length, or -1 (and leaves the bytes) if it is not authentic. */
  openRtp(packet: Buffer, headerLength: number, length: number, roc: number): number;
  /** Protects a compound RTCP packet in place under a 31-bit index. Returns the new length. */
  sealRtcp(packet: Buffer, length: number, index: number): number;
  /** Authenticates and decrypts in place. Returns the plain length, or -1 (and leaves the bytes) if it is not authentic. */
  openRtcp(packet: Buffer, length: number): number;
  /** The index that a protected RTCP packet claims (before it is authenticated), or -1 when it cannot be one. */
  srtcpIndex(packet: Buffer, length: number): number;
}

/** Bit 31 of the SRTCP index word: the packet is encrypted (RFC 3711, 3.4). WebRTC always encrypts; others are refused. */
export const SRTCP_ENCRYPTED = 0x80000000;

/** The fixed part of an RTCP packet that stays readable: first header and sender SSRC. */
export const RTCP_CLEAR_BYTES = 8;
