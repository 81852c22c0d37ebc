import type { IceCandidate, IceRole } from '../types.ts';
import { createPair, describePair, pairPriority, type CandidatePair, type SentCheck } from './candidate-pair.ts';
import { canonicalIp, isLoopbackIp } from './ip-address.ts';

/** RFC 8445, section 6.1.2.5: no more pairs than this, whatever the peer claims. */
const MAX_PAIRS = 100;

/** All pairs of local and remote candidates, best first (RFC 8445, section 6.1.2). */
export class CheckList {
  readonly locals: IceCandidate[] = [];
  readonly pairs: CandidatePair[] = [];
  readonly #remotes: IceCandidate[] = [];
  readonly #byAddress = new Map<string, CandidatePair>();
  #role: IceRole;

  constructor(role: IceRole) {
    this.#role = role;
  }

  /** Returns the candidate's index. */
  addLocal(candidate: IceCandidate, nowMs: number): number {
    const index = this.locals.push(candidate) - 1;
    for (const remote of this.#remotes) this.#pairUp(index, remote, nowMs);
    return index;
  }

  /** Returns false for a candidate that no agent of this kind can use: another component, a name instead of an address. */
  addRemote(candidate: IceCandidate, nowMs: number): boolean {
    const ip = canonicalIp(candidate.ip);
    const { component, protocol, tcpType, port } = candidate;
    // An active TCP candidate comes to us by itself, if at all.
    const isReachable = protocol === 'udp' || tcpType === 'passive' || tcpType === 'so';
    if (ip === undefined || component !== 1 || !isReachable || !(port > 0 && port < 65536)) return false;
    const remote = { ...candidate, ip };
    this.#remotes.push(remote);
    for (let local = 0; local < this.locals.length; local++) this.#pairUp(local, remote, nowMs);
    return true;
  }

  find(local: number, ip: string, port: number): CandidatePair | undefined {
    return this.#byAddress.get(keyOf(local, ip, port));
  }

  /** The pair a request came over, made now when its sender's address is new (RFC 8445, section 7.3.1.3). */
  learn(local: number, ip: string, port: number, priority: number, nowMs: number): CandidatePair | undefined {
    const known = this.find(local, ip, port);
    if (known) return known;
    const foundation = `prflx${this.pairs.length}`;
    const { protocol } = this.locals[local]!;
    return this.#add(local, { foundation, component: 1, protocol, priority, ip, port, type: 'prflx' }, nowMs);
  }

  /** Which pair a response answers, and which of its checks. */
  findCheck(transactionId: Buffer): { pair: CandidatePair; check: SentCheck } | undefined {
    const id = transactionId.toString('latin1');
    for (const pair of this.pairs) {
      const check = pair.sent.find((sent) => sent.transactionId === id);
      if (check) return { pair, check };
    }
    return undefined;
  }

  /** Every pair, for logs. */
  describe(): object[] {
    return this.pairs.map((pair) => ({ ...describePair(pair), unanswered: pair.unanswered }));
  }

  setRole(role: IceRole): void {
    this.#role = role;
    for (const pair of this.pairs) pair.priority = pairPriority(pair.localCandidate, pair.remote, role);
    this.#sort();
  }

  #pairUp(local: number, remote: IceCandidate, nowMs: number): void {
    const { ip, protocol } = this.locals[local]!;
    if (protocol !== remote.protocol) return;
    const areOfOneFamily = ip.includes(':') === remote.ip.includes(':');
    // The loopback network and the others do not reach each other.
    if (areOfOneFamily && isLoopbackIp(ip) === isLoopbackIp(remote.ip)) this.#add(local, remote, nowMs);
  }

  #add(local: number, remote: IceCandidate, nowMs: number): CandidatePair | undefined {
    const key = keyOf(local, remote.ip, remote.port);
    if (this.#byAddress.has(key) || this.pairs.length >= MAX_PAIRS) return undefined;
    const pair = createPair(local, this.locals[local]!, remote, this.#role, nowMs);
    this.pairs.push(pair);
    this.#byAddress.set(key, pair);
    this.#sort();
    return pair;
  }

  #sort(): void {
    this.pairs.sort((a, b) => (a.priority === b.priority ? 0 : a.priority > b.priority ? -1 : 1));
  }
}

function keyOf(local: number, ip: string, port: number): string {
  return `${local} ${ip} ${port}`;
}
