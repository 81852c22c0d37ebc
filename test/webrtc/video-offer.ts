import { TRANSPORT_SEQUENCE_URI, type LocalParameters, type TrackOptions } from '../../src/webrtc/types.ts';

/** What {@link offerOf} offers. */
export const OFFERED_TRACK: TrackOptions = {
  kind: 'video',
  ssrc: 0x1234,
  rtxSsrc: 0x1235,
  cname: 'us',
  parameters: {
    codec: 'vp8',
    payloadType: 100,
    rtxPayloadType: 101,
    clockRate: 90_000,
    headerExtensions: [{ id: 3, uri: TRANSPORT_SEQUENCE_URI }],
  },
};

/** An SDP offer of one video track, as browsers and libdatachannel take it. */
export function offerOf({ ice, fingerprints, candidates }: LocalParameters): string {
  const { algorithm, value } = fingerprints[0]!;
  const { ssrc, rtxSsrc, cname } = OFFERED_TRACK;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=video 9 UDP/TLS/RTP/SAVPF 100 101',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sendonly',
    'a=rtcp-mux',
    'a=msid:us us',
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    `a=fingerprint:${algorithm} ${value}`,
    'a=setup:passive',
    `a=extmap:3 ${TRANSPORT_SEQUENCE_URI}`,
    'a=rtpmap:100 VP8/90000',
    ...['nack', 'nack pli', 'ccm fir', 'transport-cc'].map((type) => `a=rtcp-fb:100 ${type}`),
    'a=rtpmap:101 rtx/90000',
    'a=fmtp:101 apt=100',
    `a=ssrc-group:FID ${ssrc} ${rtxSsrc}`,
    `a=ssrc:${ssrc} cname:${cname}`,
    `a=ssrc:${rtxSsrc} cname:${cname}`,
    ...candidates.map((one) => `a=candidate:${one.foundation} 1 udp ${one.priority} ${one.ip} ${one.port} typ host`),
    '',
  ].join('\r\n');
}
