import { silentLogger, type Logger } from '../../core/logger.ts';
import type { IceBehavior } from '../transport-options.ts';
import type { IceCandidate, IceRole, RemoteParameters } from '../types.ts';
import {
  describePair,
  isRelayed,
  isWayAround,
  MIN_INTERVAL_MS,
  type CandidatePair,
  type SentCheck,
} from './candidate-pair.ts';
import { CheckList } from './check-list.ts';
import { CheckMessages } from './check-messages.ts';
import { CheckResponder } from './check-responder.ts';
import { CheckScheduler } from './check-scheduler.ts';
import { resolveIceTimings, type IceAgentOptions, type IceState } from './ice-agent-options.ts';
import { Keepalive } from './keepalive.ts';
import { PathWatch } from './path-watch.ts';
import { decodeStun, type ReceivedStunMessage } from './stun-message.ts';

/** Two switches of role within this time do not both bring an immediate check. */
const ROLE_SWITCH_CALM_MS = 500;
/** How long an answer speaks for a pair that is not in use. */
const STALE_MS = 5000;
const SNAPSHOT_MS = 5000;
const MAX_EARLY_CHECKS = 16;

/**
 * An ICE agent (RFC 8445) for one component over UDP, without sockets and timers of its own: datagrams and the time go in,
 * datagrams and events come out. It differs from the letter in what a sender of media needs:
 *
 * - It sends on the first pair that answers, whoever nominates later (RFC 8445, section 12.1, allows it). A nomination
 *   then takes over.
 * - A pair is never given up while a path is searched for: a server may learn our credentials late.
 * - A direct pair is preferred to a relayed one that was found first.
 * - When the selected pair falls silent, all others are checked again and the first that answers takes over.
 */
export class IceAgent {
  readonly #options: IceAgentOptions;
  readonly #behavior: IceBehavior;
  readonly #timings: ReturnType<typeof resolveIceTimings>;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #list: CheckList;
  readonly #messages: CheckMessages;
  readonly #responder: CheckResponder;
  readonly #scheduler: CheckScheduler;
  readonly #watch: PathWatch;
  readonly #keepalive: Keepalive;
  /** Checks that were answered before the remote parameters came. */
  readonly #early: (() => void)[] = [];
  #role: IceRole;
  #peerRole: IceRole | undefined;
  #switchedRoleMs = -Infinity;
  #state: IceState = 'new';
  #selected: CandidatePair | undefined;
  #consentExpired = false;
  #snapshotMs = Infinity;
  #announcedState: IceState = 'new';
  #announcedPair: CandidatePair | undefined;

  constructor(options: IceAgentOptions) {
    this.#options = options;
    this.#role = options.role;
    this.#behavior = options.behavior ?? {};
    this.#logger = options.logger ?? silentLogger;
    this.#random = options.random ?? Math.random;
    this.#timings = resolveIceTimings(options.role, options.timings);
    this.#list = new CheckList(options.role);
    this.#messages = new CheckMessages(options.credentials);
    this.#responder = new CheckResponder(this.#messages, this.#behavior);
    this.#scheduler = new CheckScheduler({
      list: this.#list,
      messages: this.#messages,
      paceMs: this.#timings.checkPaceMs,
      send: options.send,
      role: () => this.#role,
      isWanted: (pair, nowMs) => pair === this.#selected || pair.triesLeft > 0 || this.#isSearching(nowMs),
      isNominating: (pair) => this.#mustNominate(pair),
      isInUse: (pair) => pair === this.#selected,
    });
    this.#keepalive = new Keepalive(this.#timings.keepaliveMs);
    this.#watch = new PathWatch({ ...this.#timings, checks: !this.#behavior.lite });
  }

  get state(): IceState {
    return this.#state;
  }

  get role(): IceRole {
    return this.#role;
  }

  /** The way data takes. Undefined when none was found yet, or the peer's consent to receive expired (RFC 7675). */
  get route(): CandidatePair | undefined {
    return this.#consentExpired ? undefined : this.#selected;
  }

  get pairs(): readonly CandidatePair[] {
    return this.#list.pairs;
  }

  /** Returns the index to name this candidate by. */
  addLocal(candidate: IceCandidate, nowMs: number): number {
    return this.#list.addLocal(candidate, nowMs);
  }

  /** Begins to look for a path. Once only. */
  start(remote: RemoteParameters, nowMs: number): void {
    if (this.#state !== 'new') return;
    this.#state = 'checking';
    this.#messages.setRemote(remote.ice);
    this.#scheduler.start(Math.max(nowMs + this.#timings.preCheckDelayMs, this.#responder.start(nowMs)));
    this.#snapshotMs = nowMs + SNAPSHOT_MS;
    for (const candidate of remote.candidates) this.#addRemote(candidate, nowMs);
    for (const replay of this.#early.splice(0)) replay();
    this.#judge(nowMs);
    this.#announce();
  }

  /** Takes one datagram that looks like STUN. Whatever is not STUN or not authentic is ignored. */
  handleDatagram(local: number, bytes: Buffer, ip: string, port: number, nowMs: number): void {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    const message = decodeStun(bytes);
    if (message?.class === 'request') this.#onRequest(message, local, ip, port, nowMs);
    else if (message && message.class !== 'indication') this.#onResponse(message, local, ip, port, nowMs);
    this.#judge(nowMs);
    this.#announce();
  }

  /** Whether data from there is the peer's: somebody there has shown the credentials. Notes that it arrived. */
  hears(local: number, ip: string, port: number, nowMs: number): boolean {
    const selected = this.#selected;
    const isSelected = selected?.local === local && selected.remote.port === port && selected.remote.ip === ip;
    const pair = isSelected ? selected : this.#list.find(local, ip, port);
    if (!pair || pair.heardMs === -Infinity) return false;
    pair.heardMs = nowMs;
    return true;
  }

  /** Tells that data was sent, which spares a keepalive. */
  noteSent(): void {
    this.#keepalive.noteSent();
  }

  /** Does what is due. Returns when to call again; `Infinity` for never. */
  tick(nowMs: number): number {
    if (!this.#isRunning()) return Infinity;
    this.#judge(nowMs);
    this.#keepAlive(nowMs);
    if (!this.#behavior.lite) this.#scheduler.sendDue(nowMs);
    this.#logSnapshot(nowMs);
    this.#announce();
    return this.#isRunning() ? this.#nextWakeMs(nowMs) : Infinity;
  }

  close(): void {
    this.#state = this.#announcedState = 'closed';
    this.#early.length = 0;
  }

  #addRemote(candidate: IceCandidate, nowMs: number): void {
    if (!this.#list.addRemote(candidate, nowMs))
      this.#logger.debug({ candidate }, 'remote candidate is of no use here');
  }

  #isRunning(): boolean {
    return this.#state === 'checking' || this.#state === 'connected' || this.#state === 'disconnected';
  }

  #isSearching(nowMs: number): boolean {
    return !this.#selected || this.#watch.isDoubtful(this.#selected, nowMs);
  }

  #mustNominate(pair: CandidatePair): boolean {
    if (this.#role === 'controlled' || this.#behavior.nominate === false) return false;
    return pair === this.#selected && pair.succeeded && !pair.nominated;
  }

  #onRequest(request: ReceivedStunMessage, local: number, ip: string, port: number, nowMs: number): void {
    const { reply, accepted, switchRole } = this.#responder.answer(request, this.#role, ip, port, nowMs);
    if (reply) this.#options.send(local, reply, port, ip);
    if (!accepted) return;
    if (switchRole) this.#switchRole(nowMs);
    this.#peerRole = request.controlling === undefined ? 'controlled' : 'controlling';
    const replay = (): void => this.#onPeerCheck(request, local, ip, port, nowMs);
    if (this.#isRunning()) replay();
    else if (this.#early.length < MAX_EARLY_CHECKS) this.#early.push(replay);
  }

  /** What a check of the peer's means for the pair it came over (RFC 8445, section 7.3.1). */
  #onPeerCheck(request: ReceivedStunMessage, local: number, ip: string, port: number, nowMs: number): void {
    const pair = this.#list.learn(local, ip, port, request.priority ?? 0, nowMs);
    if (!pair) return;
    pair.heardMs = Math.max(pair.heardMs, nowMs);
    if (this.#behavior.lite) {
      pair.succeeded = true;
      if (!this.#selected || request.useCandidate) this.#select(pair, nowMs);
      return;
    }
    const isNomination = request.useCandidate === true && this.#role === 'controlled';
    if (isNomination) pair.nominated = true;
    const isFresh = pair.succeeded && nowMs - pair.answeredMs < STALE_MS;
    if (isNomination && isFresh) this.#considerNomination(pair, nowMs);
    else if (!pair.succeeded || isNomination || this.#isSearching(nowMs)) this.#scheduler.trigger(pair, nowMs);
  }

  #onResponse(response: ReceivedStunMessage, local: number, ip: string, port: number, nowMs: number): void {
    const found = this.#list.findCheck(response.transactionId);
    if (!found) return;
    const { pair, check } = found;
    if (response.class === 'error') {
      this.#onErrorResponse(response, pair, check, nowMs);
      return;
    }
    // RFC 8445, section 7.2.5.2.1: an answer from elsewhere says nothing about the pair.
    const isSymmetric = pair.local === local && pair.remote.ip === ip && pair.remote.port === port;
    if (!isSymmetric || !this.#messages.isOfPeer(response)) return;
    const wasSearching = this.#isSearching(nowMs);
    pair.sent.length = pair.unanswered = pair.triesLeft = 0;
    pair.intervalMs = MIN_INTERVAL_MS;
    pair.succeeded = true;
    pair.answeredMs = pair.heardMs = nowMs;
    pair.dueMs = nowMs + this.#timings.consentMs * (0.8 + 0.4 * this.#random());
    if (pair === this.#selected) pair.nominated ||= check.nominating;
    else if (wasSearching || isWayAround(this.#selected, pair, this.#role)) this.#select(pair, nowMs);
    else if (pair.nominated) this.#considerNomination(pair, nowMs);
    if (this.#mustNominate(pair)) this.#scheduler.sendSoon(pair, nowMs);
  }

  #onErrorResponse(response: ReceivedStunMessage, pair: CandidatePair, check: SentCheck, nowMs: number): void {
    this.#logger.debug({ ...describePair(pair), errorCode: response.errorCode, role: check.role }, 'check was refused');
    if (response.errorCode !== 487 || check.role !== this.#role) return;
    // RFC 8445, section 7.2.5.1, says to switch. But a peer that itself claims the other role contradicts its own answer.
    if (this.#peerRole !== undefined && this.#peerRole !== this.#role) return;
    const isCalm = nowMs - this.#switchedRoleMs >= ROLE_SWITCH_CALM_MS;
    this.#switchRole(nowMs);
    if (isCalm) this.#scheduler.trigger(pair, nowMs);
  }

  #switchRole(nowMs: number): void {
    this.#role = this.#role === 'controlling' ? 'controlled' : 'controlling';
    this.#switchedRoleMs = nowMs;
    for (const pair of this.#list.pairs) pair.nominated = false;
    this.#list.setRole(this.#role);
    this.#logger.info({ role: this.#role }, 'role conflict: took the other role');
  }

  /** Follows a nomination of the peer's. The better of several wins (RFC 5245, 8.1.1.2), unless it has fallen silent. */
  #considerNomination(pair: CandidatePair, nowMs: number): void {
    const selected = this.#selected;
    const mayStay = selected?.nominated && selected.priority > pair.priority && nowMs - selected.heardMs < STALE_MS;
    if (!mayStay) this.#select(pair, nowMs);
  }

  #select(pair: CandidatePair, nowMs: number): void {
    if (pair === this.#selected) return;
    this.#selected = pair;
    if (isRelayed(pair)) this.#scheduler.tryDirect();
    // The controlling side has to say so once more, even on a pair that it had nominated before.
    if (this.#role === 'controlling') pair.nominated = false;
    this.#keepalive.restart(nowMs);
    this.#logger.info({ ...describePair(pair), nominated: pair.nominated }, 'selected a path');
  }

  #judge(nowMs: number): void {
    if (!this.#selected || !this.#isRunning()) return;
    this.#state = this.#watch.judge(this.#selected, nowMs);
    this.#consentExpired = this.#watch.isConsentExpired(this.#selected, nowMs);
  }

  #keepAlive(nowMs: number): void {
    if (!this.#selected || !this.#keepalive.isNeeded(nowMs)) return;
    const { local, remote } = this.#selected;
    this.#options.send(local, this.#messages.keepalive, remote.port, remote.ip);
  }

  #nextWakeMs(nowMs: number): number {
    const checksMs = this.#behavior.lite ? Infinity : this.#scheduler.nextMs(nowMs);
    if (!this.#selected) return Math.min(checksMs, this.#snapshotMs);
    return Math.min(checksMs, this.#keepalive.dueMs, this.#watch.nextMs(this.#selected));
  }

  #logSnapshot(nowMs: number): void {
    if (this.#selected || nowMs < this.#snapshotMs) return;
    this.#snapshotMs = nowMs + SNAPSHOT_MS;
    this.#logger.info({ role: this.#role, pairs: this.#list.describe() }, 'still looking for a path');
  }

  /** Tells what changed, last of all, for a callback may do anything. */
  #announce(): void {
    if (this.#selected && this.#selected !== this.#announcedPair) {
      this.#announcedPair = this.#selected;
      this.#options.onSelected?.(this.#selected);
    }
    if (this.#state === this.#announcedState) return;
    this.#announcedState = this.#state;
    this.#options.onState?.(this.#state);
  }
}
