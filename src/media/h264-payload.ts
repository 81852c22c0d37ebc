/** RTP payload structures of H.264 beside the single NAL unit (RFC 6184, section 5.2). */
export const STAP_A = 24;
export const FU_A = 28;

/** Bits of the header of a fragment (RFC 6184, section 5.8). */
export const FU_START = 0x80;
export const FU_END = 0x40;

/** A fragment's own two bytes, in place of the one of the NAL unit. */
export const FU_A_BYTES = 2;
