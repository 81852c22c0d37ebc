import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { TransportError } from '../../core/errors.ts';
import { isAuthentic } from '../ice/stun-frame.ts';
import { encodeTurn, type ReceivedTurnMessage, type TurnAttributes, type TurnMethod } from './turn-message.ts';

export interface ServerRequestsOptions {
  /** Of the long-term credential mechanism (RFC 8489, section 9.2). Without them, no server that wants some is of use. */
  username?: string | undefined;
  credential?: string | undefined;
  /** What carries the messages loses none, so none is repeated. */
  reliable: boolean;
  send: (bytes: Buffer) => void;
}

export interface RequestCallbacks {
  onSuccess: (answer: ReceivedTurnMessage) => void;
  /** Refused, or not answered in time. */
  onFailure: (error: ServerRefusal) => void;
}

/** A STUN or TURN server said no (`status`), or nothing at all (no status). */
export class ServerRefusal extends TransportError {
  readonly status: number | undefined;

  constructor(method: TurnMethod, status?: number) {
    const answer = status === undefined ? 'no answer' : `error ${status}${HINTS[status] ?? ''} in answer`;
    super('ERR_ICE_FAILED', `${answer} to a request to ${method}.`, { retryable: status === undefined });
    this.status = status;
  }
}

interface Transaction {
  readonly method: TurnMethod;
  readonly attributes: TurnAttributes;
  readonly callbacks: RequestCallbacks;
  readonly bytes: Buffer;
  readonly endMs: number;
  dueMs: number;
  waitMs: number;
  /** How often it was asked again with other credentials. */
  readonly retries: number;
}

const HINTS: Readonly<Record<number, string>> = {
  401: ' (are username and credential right?)',
  403: ' (the server forbids this peer)',
  486: ' (allocation quota reached)',
  508: ' (out of relay addresses)',
};
/** RFC 8489, section 6.2: first wait for an answer, which then doubles; and when to give up. */
const FIRST_WAIT_MS = 500;
const GIVE_UP_MS = 39_500;
const UNAUTHENTICATED = 401;
const STALE_NONCE = 438;
const MAX_RETRIES = 3;

/** Requests to one STUN or TURN server: repeated until answered, and signed as the server demands. Time and bytes go in. */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #open = new Map<string, Transaction>();
  #realm: string | undefined;
  #nonce: string | undefined;
  #key: KeyObject | undefined;

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  request(method: TurnMethod, attributes: TurnAttributes, callbacks: RequestCallbacks, nowMs: number): void {
    this.#ask(method, attributes, callbacks, 0, nowMs);
  }

  /** Takes an answer of the server's. Returns false for what answers nothing, or is not authentic. */
  handle(answer: ReceivedTurnMessage, nowMs: number): boolean {
    const id = answer.transactionId.toString('hex');
    const transaction = this.#open.get(id);
    if (!transaction || transaction.method !== answer.method) return false;
    if (answer.class === 'success') {
      // Before the server demanded credentials, it could not sign.
      if (this.#key && !isAuthentic(answer, this.#key)) return false;
      this.#open.delete(id);
      transaction.callbacks.onSuccess(answer);
      return true;
    }
    if (answer.class !== 'error') return false;
    this.#open.delete(id);
    const { method, attributes, callbacks, retries } = transaction;
    if (retries < MAX_RETRIES && this.#learn(answer, retries)) {
      this.#ask(method, attributes, callbacks, retries + 1, nowMs);
    } else {
      callbacks.onFailure(new ServerRefusal(method, answer.errorCode ?? 0));
    }
    return true;
  }

  /** Does what is due. Returns when to call again. */
  tick(nowMs: number): number {
    let nextMs = Infinity;
    for (const [id, transaction] of this.#open) {
      if (nowMs >= transaction.endMs) {
        this.#open.delete(id);
        transaction.callbacks.onFailure(new ServerRefusal(transaction.method));
        continue;
      }
      if (nowMs >= transaction.dueMs) {
        transaction.waitMs *= 2;
        transaction.dueMs = nowMs + transaction.waitMs;
        this.#options.send(transaction.bytes);
      }
      nextMs = Math.min(nextMs, transaction.dueMs, transaction.endMs);
    }
    return nextMs;
  }

  /** Forgets what is not answered yet. No callback follows. */
  close(): void {
    this.#open.clear();
  }

  /** Takes over the credentials an answer asks for. False when there is nothing new to try. */
  #learn(answer: ReceivedTurnMessage, retries: number): boolean {
    const { username, credential } = this.#options;
    const { errorCode, realm = this.#realm, nonce } = answer;
    if (username === undefined || credential === undefined || realm === undefined || nonce === undefined) return false;
    // Credentials that were refused once will not be better the second time.
    const mayHelp = errorCode === STALE_NONCE || (errorCode === UNAUTHENTICATED && (!this.#key || retries === 0));
    if (!mayHelp) return false;
    this.#nonce = nonce;
    if (!this.#key || realm !== this.#realm) {
      this.#realm = realm;
      const digest = createHash('md5').update(`${username}:${realm}:${credential}`).digest();
      this.#key = createSecretKey(digest);
    }
    return true;
  }

  #ask(
    method: TurnMethod,
    attributes: TurnAttributes,
    callbacks: RequestCallbacks,
    retries: number,
    nowMs: number,
  ): void {
    const { username } = this.#options;
    const signed = this.#key ? { ...attributes, username, realm: this.#realm, nonce: this.#nonce } : attributes;
    const transactionId = randomBytes(12);
    const bytes = encodeTurn({ ...signed, method, class: 'request', transactionId }, this.#key);
    const dueMs = this.#options.reliable ? Infinity : nowMs + FIRST_WAIT_MS;
    const transaction: Transaction = {
      method,
      attributes,
      callbacks,
      bytes,
      endMs: nowMs + GIVE_UP_MS,
      dueMs,
      waitMs: FIRST_WAIT_MS,
      retries,
    };
    this.#open.set(transactionId.toString('hex'), transaction);
    this.#options.send(bytes);
  }
}
