import { PayloadError, RxcallError } from '../../core/errors.ts';
import { asInteger, asString, elements, member, parseJson, type JsonNode } from '../../telegram/json-node.ts';
import { toUint32Ssrc } from '../../telegram/ssrc.ts';
import type { DtlsFingerprint, DtlsRole, IceParameters } from '../../webrtc/types.ts';

/** What somebody who wants to join says of themselves. */
export interface JoinRequest {
  readonly audioSsrc: number;
  /** One entry per layer of video, smallest first. */
  readonly video: readonly { readonly ssrc: number; readonly rtxSsrc: number }[];
  readonly ice: IceParameters;
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly dtlsRole: DtlsRole;
}

/**
 * Reads a join payload, as strictly as a server whose schema says signed 32-bit integers: a number that does not fit
 * is refused.
 *
 * @throws RxcallError `ERR_PAYLOAD`
 */
export function parseJoinRequest(json: string): JoinRequest {
  try {
    return parse(parseJson(json));
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    throw new RxcallError('ERR_PAYLOAD', error.message.replace('Answer JSON', 'Join payload'), { cause: error });
  }
}

function parse(payload: JsonNode): JoinRequest {
  const ssrc = member(payload, 'ssrc');
  if (asSource(ssrc) === 0) throw new PayloadError(ssrc.path, 'must not be zero');
  const list = member(payload, 'fingerprints');
  const [first] = elements(list);
  if (!first) throw new PayloadError(list.path, 'must have at least one element');
  const groups = elements(member(payload, 'ssrc-groups')).map((group) => ({
    semantics: asString(member(group, 'semantics')),
    sources: elements(member(group, 'sources')).map(asSource),
  }));
  return {
    audioSsrc: asSource(ssrc),
    video: groups.flatMap(({ semantics, sources }) => {
      const [media, rtxSsrc] = sources;
      return semantics === 'FID' && media && rtxSsrc ? [{ ssrc: media, rtxSsrc }] : [];
    }),
    ice: { ufrag: asString(member(payload, 'ufrag')), pwd: asString(member(payload, 'pwd')) },
    fingerprints: elements(list).map((node) => ({
      algorithm: asString(member(node, 'hash')),
      value: asString(member(node, 'fingerprint')),
    })),
    dtlsRole: asString(member(first, 'setup')) === 'active' ? 'client' : 'server',
  };
}

function asSource(node: JsonNode): number {
  return toUint32Ssrc(asInteger(node, -(2 ** 31), 2 ** 31 - 1));
}
