import { RxcallError } from '../../core/errors.ts';
import type { MediaKind } from '../../core/sample.ts';
import type { DtlsFingerprint, IceCandidate, IceParameters, RtpHeaderExtension } from '../../webrtc/types.ts';

/** One codec a browser can decode. */
export interface OfferedCodec {
  readonly payloadType: number;
  /** Lower case, as in `opus` or `vp8`. */
  readonly name: string;
  readonly clockRate: number;
  /** Format parameters (the `fmtp` line), by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Feedback it understands, as in `nack pli`. */
  readonly feedback: readonly string[];
}

/** One `m=` section of an offer. */
export interface OfferedMedia {
  /** `application` and the like are `other`: to be declined. */
  readonly kind: MediaKind | 'other';
  /** The section's first line without its port: what a declining answer has to repeat. */
  readonly line: string;
  readonly mid: string;
  /** Whether the browser wants to receive in this section. */
  readonly receives: boolean;
  readonly codecs: readonly OfferedCodec[];
  readonly extensions: readonly RtpHeaderExtension[];
}

/** What an SDP offer says, as far as a sender needs it. */
export interface BrowserOffer {
  readonly ice: IceParameters;
  readonly fingerprints: readonly DtlsFingerprint[];
  /** Without those that hide their address behind a `.local` name. */
  readonly candidates: readonly IceCandidate[];
  readonly media: readonly OfferedMedia[];
}

/** The lines of one section, the first one included. */
type Section = readonly string[];

/**
 * Reads a browser's SDP offer (RFC 8866, 8829). All sections are taken to be bundled on one transport, as every browser
 * offers them.
 *
 * @throws RxcallError `ERR_PAYLOAD` when something needed is missing.
 */
export function parseOffer(sdp: string): BrowserOffer {
  const sections: string[][] = [[]];
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) sections.push([]);
    if (line !== '') sections.at(-1)!.push(line);
  }
  const [session = [], ...media] = sections;
  if (!session[0]?.startsWith('v=')) throw malformed('it does not begin with v=');
  const first = media[0];
  if (!first) throw malformed('it has no m= section');

  // Transport attributes may stand in the session part or in the section that the bundle is named after.
  const transport = [...first, ...session];
  const ufrag = attribute(transport, 'ice-ufrag');
  const pwd = attribute(transport, 'ice-pwd');
  if (!ufrag || !pwd) throw malformed('a=ice-ufrag or a=ice-pwd is missing');
  const fingerprints = attributes(transport, 'fingerprint').map((value): DtlsFingerprint => {
    const [algorithm = '', hex = ''] = value.split(' ');
    return { algorithm: algorithm.toLowerCase(), value: hex.toUpperCase() };
  });
  if (fingerprints.length === 0) throw malformed('a=fingerprint is missing');

  return {
    ice: { ufrag, pwd },
    fingerprints,
    candidates: attributes(first, 'candidate').flatMap(parseCandidate),
    media: media.map(parseMedia),
  };
}

function parseMedia(section: Section, index: number): OfferedMedia {
  const words = section[0]!.slice(2).split(' ');
  const [kind = '', , profile = '', ...formats] = words;
  const extensions = attributes(section, 'extmap').flatMap((value): RtpHeaderExtension[] => {
    const [, id, uri] = /^(\d+)(?:\/\w+)? (\S+)/.exec(value) ?? [];
    return id && uri ? [{ id: Number(id), uri }] : [];
  });
  return {
    kind: kind === 'audio' || kind === 'video' ? kind : 'other',
    line: [kind, profile, ...formats].join(' '),
    mid: attribute(section, 'mid') ?? String(index),
    receives: !section.includes('a=sendonly') && !section.includes('a=inactive'),
    codecs: formats.flatMap((format) => parseCodec(section, format)),
    extensions,
  };
}

function parseCodec(section: Section, format: string): OfferedCodec[] {
  const map = attributes(section, 'rtpmap').find((value) => value.startsWith(`${format} `));
  const [, name, rate] = /^\d+ ([^/]+)\/(\d+)/.exec(map ?? '') ?? [];
  if (!name || !rate) return [];
  const pairs = (attribute(section, `fmtp:${format}`) ?? '').split(';').map((pair) => pair.trim().split('='));
  return [
    {
      payloadType: Number(format),
      name: name.toLowerCase(),
      clockRate: Number(rate),
      parameters: Object.fromEntries(pairs.flatMap(([key, value]) => (key && value ? [[key, value]] : []))),
      feedback: attributes(section, 'rtcp-fb').flatMap((value) => {
        const [payloadType, ...words] = value.split(' ');
        return payloadType === format || payloadType === '*' ? [words.join(' ')] : [];
      }),
    },
  ];
}

function parseCandidate(value: string): IceCandidate[] {
  const [foundation, component, protocol, priority, ip, port, , type] = value.split(' ');
  if (!foundation || !ip || !/^[\d.:a-f]+$/i.test(ip) || protocol?.toLowerCase() !== 'udp') return [];
  if (type !== 'host' && type !== 'srflx' && type !== 'prflx' && type !== 'relay') return [];
  return [
    {
      foundation,
      component: Number(component),
      protocol: 'udp',
      priority: Number(priority),
      ip,
      port: Number(port),
      type,
    },
  ];
}

/** Every value of an attribute; `fmtp:111` finds `a=fmtp:111 …`. */
function attributes(section: Section, name: string): string[] {
  return section.flatMap((line) => {
    const rest = line.startsWith(`a=${name}`) ? line.slice(name.length + 2) : '';
    return rest.startsWith(':') || rest.startsWith(' ') ? [rest.slice(1).trim()] : [];
  });
}

function attribute(section: Section, name: string): string | undefined {
  return attributes(section, name)[0];
}

function malformed(problem: string): RxcallError {
  return new RxcallError('ERR_PAYLOAD', `The SDP offer is malformed: ${problem}.`);
}
