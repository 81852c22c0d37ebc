import type { LocalParameters, RtpParameters } from '../../webrtc/types.ts';
import type { BrowserOffer, OfferedMedia } from './parse-offer.ts';

/** One stream to be sent to the browser, in answer to one section of its offer. */
export interface AnsweredStream {
  readonly mid: string;
  readonly ssrc: number;
  readonly rtxSsrc?: number | undefined;
  readonly parameters: RtpParameters;
  readonly cname: string;
}

/** Names of codecs in SDP. */
const CODEC_NAMES = { opus: 'opus', vp8: 'VP8', h264: 'H264' } as const;

/** Tells Opus decoders that there are two channels (RFC 7587, 6.1). */
const OPUS_PARAMETERS = 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1';

/**
 * Writes the SDP answer of a side that only sends: it accepts a section for every stream, declines all others, and lists
 * its own candidates, which is all there is to know of it (RFC 8829, 5.3).
 */
export function createAnswer(offer: BrowserOffer, local: LocalParameters, streams: readonly AnsweredStream[]): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0'];
  if (streams.length > 0) lines.push(`a=group:BUNDLE ${streams.map(({ mid }) => mid).join(' ')}`);
  lines.push('a=msid-semantic: WMS *');
  for (const media of offer.media) {
    const stream = streams.find(({ mid }) => mid === media.mid);
    lines.push(...(stream ? accepted(media, stream, local) : declined(media)));
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

function accepted(media: OfferedMedia, stream: AnsweredStream, local: LocalParameters): string[] {
  const { payloadType, rtxPayloadType, codec, clockRate, headerExtensions } = stream.parameters;
  const [, profile] = media.line.split(' ');
  const payloadTypes = [payloadType, rtxPayloadType].filter((type) => type !== undefined);
  const offered = media.codecs.find((it) => it.payloadType === payloadType);
  const channels = codec === 'opus' ? '/2' : '';
  const parameters =
    codec === 'opus'
      ? OPUS_PARAMETERS
      : Object.entries(offered?.parameters ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(';');
  return [
    `m=${media.kind} 9 ${profile} ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${stream.mid}`,
    'a=sendonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=ice-ufrag:${local.ice.ufrag}`,
    `a=ice-pwd:${local.ice.pwd}`,
    ...local.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${local.dtlsRole === 'server' ? 'passive' : 'active'}`,
    ...local.candidates.map(
      ({ foundation, component, protocol, priority, ip, port, type }) =>
        `a=candidate:${foundation} ${component} ${protocol} ${priority} ${ip} ${port} typ ${type}`,
    ),
    'a=end-of-candidates',
    ...headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    `a=rtpmap:${payloadType} ${CODEC_NAMES[codec]}/${clockRate}${channels}`,
    ...(parameters ? [`a=fmtp:${payloadType} ${parameters}`] : []),
    ...(offered?.feedback ?? []).map((feedback) => `a=rtcp-fb:${payloadType} ${feedback}`),
    ...(rtxPayloadType === undefined
      ? []
      : [`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`]),
    `a=msid:${stream.cname} ${media.kind}-${stream.ssrc}`,
    ...(stream.rtxSsrc === undefined ? [] : [`a=ssrc-group:FID ${stream.ssrc} ${stream.rtxSsrc}`]),
    `a=ssrc:${stream.ssrc} cname:${stream.cname}`,
    ...(stream.rtxSsrc === undefined ? [] : [`a=ssrc:${stream.rtxSsrc} cname:${stream.cname}`]),
  ];
}

/** Port zero declines a section (RFC 3264, 6). */
function declined(media: OfferedMedia): string[] {
  const [kind, ...rest] = media.line.split(' ');
  return [`m=${kind} 0 ${rest.join(' ')}`, 'c=IN IP4 0.0.0.0', `a=mid:${media.mid}`, 'a=inactive'];
}
