/** What shares the one port of a transport. */
export type DatagramKind = 'stun' | 'dtls' | 'media' | 'unknown';

/** Tells by the first byte (RFC 7983, section 7). `media` is RTP or RTCP. */
export function datagramKind(datagram: Uint8Array): DatagramKind {
  const first = datagram[0];
  if (first === undefined) return 'unknown';
  if (first >= 128) return first < 192 ? 'media' : 'unknown';
  if (first < 4) return 'stun';
  return first >= 20 && first < 64 ? 'dtls' : 'unknown';
}
