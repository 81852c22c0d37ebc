import type { IceRole } from '../types.ts';
import { isRelayed, MAX_INTERVAL_MS, MIN_INTERVAL_MS, rememberCheck, type CandidatePair } from './candidate-pair.ts';
import type { CheckList } from './check-list.ts';
import type { CheckMessages } from './check-messages.ts';

export interface CheckSchedulerOptions {
  list: CheckList;
  messages: CheckMessages;
  paceMs: number;
  send: (local: number, bytes: Buffer, port: number, ip: string) => void;
  role: () => IceRole;
  /** Whether the pair is to be checked at all now. */
  isWanted: (pair: CandidatePair, nowMs: number) => boolean;
  isNominating: (pair: CandidatePair) => boolean;
  /** Whether the pair is in use, so that its checks only ask for consent. */
  isInUse: (pair: CandidatePair) => boolean;
}

/** How soon a consent check without an answer is repeated. */
const CONSENT_RETRY_MS = 1000;
/** How often a check is sent that answers one of the peer's, unless it is answered (RFC 8445, section 7.3.1.4). */
const TRIGGERED_TRIES = 7;
const DIRECT_TRIES = 5;
/** Checks of one pair are never closer than this, however often the peer asks. */
const MIN_SPACING_MS = 20;

/** Decides when which pair is checked, and sends the checks. */
export class CheckScheduler {
  readonly #options: CheckSchedulerOptions;
  /** No check leaves before. */
  #fromMs = Infinity;
  #paceMs = -Infinity;

  constructor(options: CheckSchedulerOptions) {
    this.#options = options;
  }

  start(fromMs: number): void {
    this.#fromMs = fromMs;
  }

  /** Checks the pair now, for the peer checks it too (RFC 8445, section 7.3.1.4): so it knows us, and no delay is left. */
  trigger(pair: CandidatePair, nowMs: number): void {
    this.#fromMs = Math.min(this.#fromMs, nowMs);
    pair.triesLeft = TRIGGERED_TRIES;
    pair.intervalMs = MIN_INTERVAL_MS;
    this.sendSoon(pair, nowMs);
  }

  /** Checks the pair out of turn, at once if it was not checked just now. */
  sendSoon(pair: CandidatePair, nowMs: number): void {
    const soonestMs = pair.sentMs + MIN_SPACING_MS;
    pair.dueMs = Math.min(pair.dueMs, soonestMs);
    if (nowMs >= soonestMs && nowMs >= this.#fromMs) this.#send(pair, nowMs);
  }

  /** Checks the direct pairs a few times more, now that a relayed one works. */
  tryDirect(): void {
    for (const pair of this.#options.list.pairs) if (!isRelayed(pair)) pair.triesLeft ||= DIRECT_TRIES;
  }

  /** Sends what is due, one check each pace interval. */
  sendDue(nowMs: number): void {
    while (nowMs >= Math.max(this.#fromMs, this.#paceMs)) {
      const pair = this.#nextDue(nowMs);
      if (!pair || pair.dueMs > nowMs) return;
      this.#paceMs = nowMs + this.#options.paceMs;
      this.#send(pair, nowMs);
    }
  }

  nextMs(nowMs: number): number {
    const pair = this.#nextDue(nowMs);
    return pair ? Math.max(pair.dueMs, this.#fromMs, this.#paceMs) : Infinity;
  }

  /** The pair that has waited longest; of those that have waited alike, the best. */
  #nextDue(nowMs: number): CandidatePair | undefined {
    const { list, isWanted } = this.#options;
    let next: CandidatePair | undefined;
    for (const pair of list.pairs) {
      if (isWanted(pair, nowMs) && (!next || pair.dueMs < next.dueMs)) next = pair;
    }
    return next;
  }

  #send(pair: CandidatePair, nowMs: number): void {
    const { messages, send, isNominating, isInUse } = this.#options;
    const role = this.#options.role();
    const nominating = isNominating(pair);
    const bytes = messages.request(pair, role, nominating);
    rememberCheck(pair, { transactionId: bytes.toString('latin1', 8, 20), role, nominating });
    pair.sentMs = nowMs;
    pair.unanswered++;
    pair.triesLeft = Math.max(0, pair.triesLeft - 1);
    const onlyConsent = isInUse(pair) && !nominating;
    pair.dueMs = nowMs + (onlyConsent ? CONSENT_RETRY_MS : pair.intervalMs);
    pair.intervalMs = Math.min(2 * pair.intervalMs, MAX_INTERVAL_MS);
    send(pair.local, bytes, pair.remote.port, pair.remote.ip);
  }
}
