import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { IceParameters, IceRole } from '../types.ts';
import { candidatePriority } from './host-candidates.ts';
import type { CandidatePair } from './candidate-pair.ts';
import { lastingCopy } from '../lasting-copy.ts';
import { isAuthentic } from './stun-frame.ts';
import { encodeStun, renewStun, type ReceivedStunMessage, type StunMessage } from './stun-message.ts';

/** Type preference of peer-reflexive candidates (RFC 8445, section 5.1.2.2), which checks announce. */
export const PEER_REFLEXIVE_PREFERENCE = 110;

/** The messages of connectivity checks (RFC 8445, section 7), written and recognised with both sides' credentials. */
export class CheckMessages {
  readonly #local: IceParameters;
  readonly #localKey: KeyObject;
  #remote: IceParameters | undefined;
  #remoteKey: KeyObject | undefined;
  readonly tieBreaker: bigint = randomBytes(8).readBigUInt64BE();
  /** Keeps bindings of NATs alive, unanswered (RFC 8445, section 11). */
  readonly keepalive: Buffer = lastingCopy(encodeStun({ class: 'indication', transactionId: randomBytes(12) }));

  constructor(local: IceParameters) {
    this.#local = local;
    this.#localKey = createSecretKey(Buffer.from(local.pwd));
  }

  setRemote(remote: IceParameters): void {
    this.#remote = remote;
    this.#remoteKey = createSecretKey(Buffer.from(remote.pwd));
  }

  /** A Binding request with a new transaction id, its other bytes kept from the pair's last one when nothing changed. */
  request(pair: CandidatePair, role: IceRole, nominating: boolean): Buffer {
    const kind = nominating ? 'nominating' : role;
    if (pair.template && pair.templateKind === kind) {
      // A sender may still hold the last one: it gets its own copy.
      pair.template = lastingCopy(pair.template);
      renewStun(pair.template, this.#remoteKey!);
      return pair.template;
    }
    const localPreference = Math.floor(pair.localCandidate.priority / 256) & 0xffff;
    pair.templateKind = kind;
    pair.template = lastingCopy(
      encodeStun(
        {
          class: 'request',
          transactionId: randomBytes(12),
          username: `${this.#remote!.ufrag}:${this.#local.ufrag}`,
          priority: candidatePriority(PEER_REFLEXIVE_PREFERENCE, localPreference),
          [role]: this.tieBreaker,
          useCandidate: nominating,
        },
        this.#remoteKey,
      ),
    );
    return pair.template;
  }

  success(request: StunMessage, ip: string, port: number): Buffer {
    const { transactionId } = request;
    return encodeStun({ class: 'success', transactionId, mappedAddress: { ip, port } }, this.#localKey);
  }

  error(request: StunMessage, errorCode: number): Buffer {
    const key = errorCode === 401 ? undefined : this.#localKey;
    return encodeStun({ class: 'error', transactionId: request.transactionId, errorCode }, key);
  }

  /** Whether a request was made by somebody who knows our credentials. */
  isForUs(request: ReceivedStunMessage): boolean {
    const ufrag = request.username?.split(':', 1)[0];
    return ufrag === this.#local.ufrag && isAuthentic(request, this.#localKey);
  }

  /** Whether a response was made by somebody who knows the peer's credentials. */
  isOfPeer(response: ReceivedStunMessage): boolean {
    return this.#remoteKey !== undefined && isAuthentic(response, this.#remoteKey);
  }
}
