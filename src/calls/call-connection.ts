import { type Observable, Subject } from 'rxjs';
import { AbortedError, CallError, RxcallError, TransportError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import { parseJoinAnswer } from '../telegram/parse-answer.ts';
import type { TransportState } from '../webrtc/types.ts';
import type { CallLink } from './call-link.ts';
import { type CallEvent, type ConnectionState, isOver } from './call-state.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface CallConnectionOptions {
  chatId: string;
  logger: Logger;
  /** The first place. */
  link: CallLink;
  /** Makes another one, with a payload of its own. */
  createLink: () => Promise<CallLink>;
  state: () => ConnectionState;
  dispatch: (event: CallEvent) => void;
  /** Somebody brings a lost connection back. */
  rejoins: boolean;
  /** Default 10 s. */
  connectTimeoutMs?: number | undefined;
  /** Of an attempt that nobody waits for any more. */
  giveUpAfterMs: number;
  /** It has not connected for so long that it will not any more. */
  onTimeout: () => void;
}

/** How a call is connected: its place at the server, the attempts to connect, and what becomes of them in its state. */
export interface CallConnection {
  readonly link: CallLink;
  readonly keyframeRequests$: Observable<unknown>;
  /** See {@link GroupCall.connect}. */
  connect(answer: string, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** See {@link GroupCall.renew}. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export function createCallConnection(options: CallConnectionOptions): CallConnection {
  const { chatId, state, dispatch, rejoins, createLink, giveUpAfterMs, onTimeout } = options;
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const logger = bindLogger(options.logger, { layer: 'call' });
  const keyframeRequests$ = new Subject<unknown>();
  let link = options.link;
  let attempts = 0;
  let wasConnected = false;
  let giveUp: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function connect(answerJson: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    assertOpen();
    if (signal?.aborted) throw new AbortedError('connect', signal.reason);
    const answer = parseJoinAnswer(answerJson);
    if (answer.mode !== 'rtc') throw unsupportedMode(answer.mode);
    for (const warning of answer.warnings) logger.warn({ path: warning.path }, warning.message);
    const [attempt, connecting] = [++attempts, link];
    const isLatest = (): boolean => attempt === attempts && connecting === link && !closing;
    clearTimeout(giveUp);
    if (!wasConnected) giveUp = setTimeout(tooLate, giveUpAfterMs);
    const connected = connecting.connect(answer, signal);
    connected.then(
      () => isLatest() && succeed(),
      (error: unknown) => isLatest() && comeToNothing(asRxcallError(error), signal),
    );
    dispatch({ type: 'connect', over: isUp(connecting.transport.state) });
    await withinGate(connected);
  }

  /** The caller waits only so long; the attempt itself goes on until it is given up. */
  async function withinGate(connected: Promise<void>): Promise<void> {
    const { promise: gate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `Call ${chatId} has not connected within ${connectTimeoutMs} ms; it goes on trying.`;
      reject(new TransportError('ERR_CONNECT_TIMEOUT', message, { retryable: true }));
    }, connectTimeoutMs);
    try {
      await Promise.race([connected, gate]);
    } finally {
      clearTimeout(timer);
    }
  }

  function succeed(): void {
    wasConnected = true;
    clearTimeout(giveUp);
    dispatch({ type: 'connected' });
  }

  /** What was there before goes on, if it is there still. */
  function comeToNothing(error: RxcallError, signal: AbortSignal | undefined): void {
    const { state: now } = link.transport;
    if (isUp(now)) {
      logger.warn({ error }, 'could not connect anew: the connection that there is stays');
      dispatch({ type: now });
    } else if (signal?.aborted) {
      clearTimeout(giveUp);
      dispatch({ type: 'withdraw' });
    } else if (!wasConnected && error.code === 'ERR_CONNECT_TIMEOUT') {
      tooLate();
    } else {
      fail(error);
    }
  }

  function tooLate(): void {
    clearTimeout(giveUp);
    dispatch({ type: 'timeout' });
    onTimeout();
  }

  function fail(error: RxcallError): void {
    clearTimeout(giveUp);
    dispatch({ type: 'failed', error, rejoining: rejoins });
  }

  /** What the transport does by itself. What comes of an attempt is told by its promise. */
  function follow(followed: CallLink, now: TransportState): void {
    if (followed !== link || now === 'new' || now === 'closed') return;
    const isConnecting = state().status === 'connecting';
    if (now === 'connecting') {
      if (isConnecting) dispatch({ type: 'connect', over: false });
    } else if (!isConnecting) {
      if (now === 'failed') fail(lossOf(followed));
      else dispatch({ type: now });
    }
  }

  function lossOf({ transport: { failure } }: CallLink): TransportError {
    const [code, what] =
      failure?.code === 'ERR_TRANSPORT_CLOSED'
        ? (['ERR_TRANSPORT_CLOSED', `The server ended the connection of call ${chatId}.`] as const)
        : (['ERR_ICE_FAILED', `Call ${chatId} lost its connection.`] as const);
    return new TransportError(code, what, { retryable: true, cause: failure });
  }

  async function exchangeLink(): Promise<void> {
    const next = await createLink();
    if (closing) return next.transport.close();
    const former = link;
    clearTimeout(giveUp);
    link = next;
    dispatch({ type: 'renew' });
    attach(next);
    await former.transport.close();
  }

  function attach(attached: CallLink): void {
    attached.transport.state$.subscribe((now) => follow(attached, now));
    attached.keyframeRequests$.subscribe((request) => keyframeRequests$.next(request));
  }

  function assertOpen(): void {
    if (!closing && !isOver(state())) return;
    throw new CallError('ERR_CALL_CLOSED', `Call ${chatId} is closed: create another one.`);
  }

  attach(link);
  return {
    get link() {
      return link;
    },
    keyframeRequests$: keyframeRequests$.asObservable(),
    connect,
    async renew() {
      assertOpen();
      renewing ??= exchangeLink().finally(() => (renewing = undefined));
      await renewing;
    },
    close() {
      clearTimeout(giveUp);
      closing ??= Promise.all([link.transport.close(), renewing?.catch(() => {})]).then(() => {});
      return closing;
    },
  };
}

function isUp(state: TransportState): state is 'connected' | 'disconnected' {
  return state === 'connected' || state === 'disconnected';
}

function unsupportedMode(mode: 'stream' | 'rtmp'): CallError {
  const what =
    mode === 'rtmp'
      ? 'is an RTMP live stream: nobody can speak in it; push to its RTMP address instead'
      : 'lets us only listen: too many take part, or an administrator must allow us to speak first';
  return new CallError('ERR_CALL_MODE', `This call ${what}.`);
}

function asRxcallError(error: unknown): RxcallError {
  if (error instanceof RxcallError) return error;
  return new TransportError('ERR_ICE_FAILED', `The connection failed: ${String(error)}`, { cause: error });
}
