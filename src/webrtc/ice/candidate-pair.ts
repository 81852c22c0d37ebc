import type { IceCandidate, IceRole } from '../types.ts';

/** A check that was sent and may yet be answered. */
export interface SentCheck {
  /** Each byte a character: a piece of the message would keep all of the memory that it was written in. */
  readonly transactionId: string;
  readonly role: IceRole;
  /** It carried USE-CANDIDATE. */
  readonly nominating: boolean;
}

/** One way to the peer: from one of our sockets to one of its addresses. Times in milliseconds of the agent's clock. */
export interface CandidatePair {
  /** Index of the local candidate. */
  readonly local: number;
  readonly localCandidate: IceCandidate;
  readonly remote: IceCandidate;
  /** RFC 8445, section 6.1.2.3. */
  priority: bigint;
  /** A check of ours was answered (or, for a lite agent, one of the peer's arrived). */
  succeeded: boolean;
  /** The controlling side settled on this pair. */
  nominated: boolean;
  /** When the next check is due, and how long after it the next one. */
  dueMs: number;
  intervalMs: number;
  /** Checks that may still be sent while no path is being searched for. */
  triesLeft: number;
  /** Checks sent since the last answer. */
  unanswered: number;
  /** When a check was last sent, answered; when anything authentic last arrived. */
  sentMs: number;
  answeredMs: number;
  heardMs: number;
  /** The newest checks, oldest first. */
  readonly sent: SentCheck[];
  /** The last request, to be renewed instead of written anew, and what is in it. */
  template: Buffer | undefined;
  templateKind: string;
}

/** First interval between checks of one pair; it doubles up to {@link MAX_INTERVAL_MS}. */
export const MIN_INTERVAL_MS = 100;
export const MAX_INTERVAL_MS = 500;
/** An answer may take as long as this many checks. */
const REMEMBERED_CHECKS = 8;

export function createPair(
  local: number,
  localCandidate: IceCandidate,
  remote: IceCandidate,
  role: IceRole,
  dueMs: number,
): CandidatePair {
  return {
    local,
    localCandidate,
    remote,
    priority: pairPriority(localCandidate, remote, role),
    succeeded: false,
    nominated: false,
    dueMs,
    intervalMs: MIN_INTERVAL_MS,
    triesLeft: 0,
    unanswered: 0,
    sentMs: -Infinity,
    answeredMs: -Infinity,
    heardMs: -Infinity,
    sent: [],
    template: undefined,
    templateKind: '',
  };
}

/** RFC 8445, section 6.1.2.3: both sides compute the same number. */
export function pairPriority(local: IceCandidate, remote: IceCandidate, role: IceRole): bigint {
  const controlling = BigInt((role === 'controlling' ? local : remote).priority);
  const controlled = BigInt((role === 'controlling' ? remote : local).priority);
  const [low, high] = controlling < controlled ? [controlling, controlled] : [controlled, controlling];
  return (low << 32n) + 2n * high + (controlling > controlled ? 1n : 0n);
}

export function rememberCheck(pair: CandidatePair, check: SentCheck): void {
  pair.sent.push(check);
  if (pair.sent.length > REMEMBERED_CHECKS) pair.sent.shift();
}

/** Whether what we send takes a TURN server's way. */
export function isRelayed(pair: CandidatePair): boolean {
  return pair.localCandidate.type === 'relay';
}

/** Whether `pair` spares us the relay that happened to be found first, and that the peer has not settled on. */
export function isWayAround(selected: CandidatePair | undefined, pair: CandidatePair, role: IceRole): boolean {
  if (!selected || !isRelayed(selected) || isRelayed(pair)) return false;
  return role === 'controlling' || !selected.nominated;
}

/** Where a pair leads, for logs and statistics. */
export function describePair(pair: CandidatePair): { local: string; remote: string } {
  return { local: endpoint(pair.localCandidate), remote: endpoint(pair.remote) };
}

/** `1.2.3.4:5` or `[::1]:5`. */
export function endpoint(address: { readonly ip: string; readonly port: number }): string {
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}
