import type { RtpCodec, RtpHeaderExtension, RtpParameters } from '../webrtc/types.ts';
import { DEFAULT_AUDIO_EXTENSIONS, DEFAULT_OPUS, DEFAULT_VIDEO_EXTENSIONS, DEFAULT_VP8 } from './default-parameters.ts';
import { asInteger, asString, elements, member, type JsonNode } from './json-node.ts';

/** What the answer says of video. A codec is absent when the server did not list it. */
export interface VideoAnswer {
  readonly vp8?: RtpParameters | undefined;
  readonly h264?: RtpParameters | undefined;
  /** The server's name for our video, as other participants learn it. */
  readonly endpoint?: string | undefined;
  /** SSRCs (unsigned) of the server's own streams; the last one carries padding that probes the bandwidth. */
  readonly serverSources: readonly number[];
}

interface PayloadType {
  readonly id: number;
  /** Lower case. */
  readonly name: string;
  readonly node: JsonNode;
}

/** Reads the `audio` block: how to send Opus. What it does not say is filled in by the defaults. */
export function parseAudio(block: JsonNode): RtpParameters {
  if (block.value === undefined) return DEFAULT_OPUS;
  const opus = payloadTypes(block).find(({ name }) => name === 'opus');
  return {
    ...DEFAULT_OPUS,
    payloadType: opus?.id ?? DEFAULT_OPUS.payloadType,
    headerExtensions: headerExtensions(block, DEFAULT_AUDIO_EXTENSIONS),
  };
}

/** Reads the `video` block. Without a list of payload types VP8 is offered with the default ones. */
export function parseVideo(block: JsonNode): VideoAnswer {
  if (block.value === undefined) return { vp8: DEFAULT_VP8, serverSources: [] };
  const types = payloadTypes(block);
  const extensions = headerExtensions(block, DEFAULT_VIDEO_EXTENSIONS);
  const parameters = (codec: RtpCodec, type: PayloadType | undefined): RtpParameters | undefined =>
    type && {
      codec,
      payloadType: type.id,
      clockRate: 90_000,
      headerExtensions: extensions,
      rtxPayloadType: types.find(({ name, node }) => name === 'rtx' && parameter(node, 'apt') === String(type.id))?.id,
    };
  const endpoint = member(block, 'endpoint');
  const h264 = types.filter(({ name }) => name === 'h264');
  return {
    vp8: types.length
      ? parameters(
          'vp8',
          types.find(({ name }) => name === 'vp8'),
        )
      : { ...DEFAULT_VP8, headerExtensions: extensions },
    // Mode 1 lets a picture be cut into fragments (RFC 6184, 5.4), which is how we send it.
    h264: parameters('h264', h264.find(({ node }) => parameter(node, 'packetization-mode') === '1') ?? h264[0]),
    endpoint: endpoint.value === undefined ? undefined : asString(endpoint),
    serverSources: elements(member(block, 'server_sources')).map(
      (node) => asInteger(node, -(2 ** 31), 2 ** 32 - 1) >>> 0,
    ),
  };
}

function payloadTypes(block: JsonNode): PayloadType[] {
  return elements(member(block, 'payload-types')).map((node) => ({
    id: asInteger(member(node, 'id'), 0, 127),
    name: asString(member(node, 'name')).toLowerCase(),
    node,
  }));
}

/** The value of a format parameter as text; Telegram writes numbers and strings alike. */
function parameter(payloadType: JsonNode, key: string): string | undefined {
  const parameters = member(payloadType, 'parameters');
  if (parameters.value === undefined) return undefined;
  const { value } = member(parameters, key);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function headerExtensions(block: JsonNode, defaults: readonly RtpHeaderExtension[]): readonly RtpHeaderExtension[] {
  const list = member(block, 'rtp-hdrexts');
  if (list.value === undefined) return defaults;
  return elements(list).map((node) => ({
    id: asInteger(member(node, 'id'), 1, 255),
    uri: asString(member(node, 'uri')),
  }));
}
