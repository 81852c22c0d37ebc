import type { RemoteParameters } from '../../src/webrtc/types.ts';

/** What a browser's answer says of it, without candidates: it hides its addresses, and finds us by itself. */
export function remoteOf(sdp: string): RemoteParameters {
  const valueOf = (name: string) => new RegExp(`a=${name}:(\\S+)(?: (\\S+))?`).exec(sdp)!.slice(1);
  const [algorithm, value] = valueOf('fingerprint') as [string, string];
  const [ufrag] = valueOf('ice-ufrag') as [string];
  const [pwd] = valueOf('ice-pwd') as [string];
  return { ice: { ufrag, pwd }, candidates: [], fingerprints: [{ algorithm, value }] };
}
