import { match, P } from 'ts-pattern';
import { PayloadError } from '../core/errors.ts';
import type { DtlsFingerprint, IceCandidate, RemoteParameters } from '../webrtc/types.ts';
import { asInteger, asString, asText, elements, member, refuse, type JsonNode } from './json-node.ts';

/** Priority of a host candidate that does not state its own (RFC 8445, 5.1.2.1). */
const HOST_PRIORITY = 2_130_706_431;

/** Bytes in a fingerprint, by the hash names of RFC 8122. */
const HASH_BYTES: Readonly<Record<string, number>> = { 'sha-1': 20, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };

/**
 * Reads the `transport` block. A candidate that cannot be understood is skipped and named in `warnings`; none at all
 * is fine, the server may still find us. Everything else in the block is required.
 *
 * The `setup` of a fingerprint is not read, on purpose: servers were seen to echo the client's own value.
 *
 * @throws PayloadError
 */
export function parseTransport(transport: JsonNode, warnings: PayloadError[]): RemoteParameters {
  const ice = { ufrag: asString(member(transport, 'ufrag')), pwd: asString(member(transport, 'pwd')) };
  const list = member(transport, 'fingerprints');
  const fingerprints = elements(list).map(parseFingerprint);
  if (fingerprints.length === 0) refuse(list, 'must have at least one element');

  const candidates: IceCandidate[] = [];
  for (const node of elements(member(transport, 'candidates'))) {
    try {
      candidates.push(parseCandidate(node));
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      warnings.push(error);
    }
  }
  return { ice, fingerprints, candidates };
}

function parseFingerprint(node: JsonNode): DtlsFingerprint {
  const algorithm = asString(member(node, 'hash')).toLowerCase();
  const field = member(node, 'fingerprint');
  const value = asString(field).toUpperCase();
  const bytes = HASH_BYTES[algorithm];
  const wellFormed = /^[0-9A-F]{2}(:[0-9A-F]{2})*$/.test(value);
  if (!wellFormed || (bytes !== undefined && value.length !== bytes * 3 - 1)) {
    refuse(field, `must be the hexadecimal ${algorithm} fingerprint with colons`);
  }
  return { algorithm, value };
}

/** Telegram writes every scalar of a candidate as a string; numbers are taken too. */
function parseCandidate(node: JsonNode): IceCandidate {
  const optional = <T>(key: string, read: (node: JsonNode) => T, fallback: T): T => {
    const field = member(node, key);
    return field.value === undefined ? fallback : read(field);
  };
  const ip = member(node, 'ip');
  if (!/^([\d.]+|[\da-f:.]*:[\da-f:.]*)$/i.test(asString(ip))) refuse(ip, 'must be an IP address');
  return {
    foundation: optional('foundation', asText, '1'),
    component: optional('component', (field) => asInteger(field, 1, 256), 1),
    protocol: optional('protocol', parseProtocol, 'udp'),
    priority: optional('priority', (field) => asInteger(field, 0, 2 ** 32 - 1), HOST_PRIORITY),
    ip: asString(ip),
    port: asInteger(member(node, 'port'), 1, 65_535),
    type: optional('type', parseType, 'host'),
    tcpType: optional<IceCandidate['tcpType']>('tcptype', parseTcpType, undefined),
  };
}

function parseProtocol(node: JsonNode): IceCandidate['protocol'] {
  return match(asString(node).toLowerCase())
    .with(P.union('udp', 'tcp'), (protocol) => protocol)
    .otherwise(() => refuse(node, 'must be udp or tcp'));
}

function parseType(node: JsonNode): IceCandidate['type'] {
  return match(asString(node).toLowerCase())
    .with('local', () => 'host' as const)
    .with(P.union('host', 'srflx', 'prflx', 'relay'), (type) => type)
    .otherwise(() => refuse(node, 'must be host, srflx, prflx or relay'));
}

function parseTcpType(node: JsonNode): IceCandidate['tcpType'] {
  return match(asString(node).toLowerCase())
    .with(P.union('active', 'passive', 'so'), (type) => type)
    .otherwise(() => refuse(node, 'must be active, passive or so'));
}
