/** Puts the frames of one RTP stream together again. Packets have to come in order; what is not understood is left out. */
export interface Depacketizer {
  /**
   * Takes the payload of the next packet and its marker bit. Returns the frame that it completes, a buffer of its own;
   * the payload is not kept.
   */
  push(payload: Uint8Array, marker: boolean): Uint8Array | undefined;
  /** The next packet in order is missing: the frame under way is given up. */
  lose(): void;
}
