import { BehaviorSubject, EMPTY, NEVER, type Observable } from 'rxjs';
import { AbortedError, type RxcallError, TransportError } from '../../src/core/errors.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';
import type { LocalParameters, TrackOptions, TrackStats, TransportState } from '../../src/webrtc/types.ts';
import type { WebRtcTrack, WebRtcTransport } from '../../src/webrtc/types.ts';

/** A transport without a network, which the test plays: what `PeerTransport` is in, and nothing of what it does. */
export class FakeTransport implements WebRtcTransport {
  readonly #state$: BehaviorSubject<TransportState> = new BehaviorSubject<TransportState>('new');
  readonly state$: Observable<TransportState> = this.#state$.asObservable();
  readonly localParameters: LocalParameters;
  readonly targetBitrate$: Observable<number> = NEVER;
  failure: RxcallError | undefined;
  onRtp = undefined;
  onRtcp = undefined;
  onData = undefined;
  /** Samples that left. */
  sent = 0;
  /** What was asked of it after it was closed. */
  readonly misuses: string[] = [];
  #session = false;
  #attempt: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor({ credentials }: TransportOptions = {}) {
    const value = Array(32).fill('AB').join(':');
    this.localParameters = {
      ice: credentials ?? { ufrag: 'u'.repeat(16), pwd: 'p'.repeat(32) },
      candidates: [],
      fingerprints: [{ algorithm: 'sha-256', value }],
      dtlsRole: 'server',
    };
  }

  get state(): TransportState {
    return this.#state$.value;
  }

  connect(_remote: unknown, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.state === 'closed') return Promise.reject(new TransportError('ERR_TRANSPORT_CLOSED', 'closed'));
    if (signal?.aborted) return Promise.reject(new AbortedError('connect()', signal.reason));
    this.#attempt?.reject(new AbortedError('connect()', 'a later one'));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const attempt = { resolve: () => resolve(undefined), reject };
    this.#attempt = attempt;
    const abort = (): void => {
      if (this.#attempt === attempt) this.refuse(new AbortedError('connect()', signal?.reason));
    };
    signal?.addEventListener('abort', abort);
    if (!this.#session) this.#become('connecting');
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** The attempt that is under way succeeds. */
  establish(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = undefined;
    this.#session = true;
    this.failure = undefined;
    this.#become('connected');
    attempt.resolve();
  }

  /** It comes to nothing. */
  refuse(error: RxcallError = new TransportError('ERR_DTLS_FAILED', 'refused', { retryable: true })): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = undefined;
    if (!this.#session) this.#fail(error);
    attempt.reject(error);
  }

  /** The session falls silent. */
  disturb(): void {
    if (this.#session) this.#become('disconnected');
  }

  /** And is heard again. */
  recover(): void {
    if (this.#session) this.#become('connected');
  }

  /** It is over. */
  lose(): void {
    if (!this.#session) return;
    this.#session = false;
    if (this.#attempt) this.#become('connecting');
    else this.#fail(new TransportError('ERR_ICE_FAILED', 'lost', { retryable: true }));
  }

  createTrack({ kind, ssrc, parameters }: TrackOptions): WebRtcTrack {
    const use = (what: string): boolean => {
      if (this.state === 'closed') this.misuses.push(what);
      return this.#session;
    };
    return {
      kind,
      ssrc,
      parameters,
      agree: () => void use('agree'),
      write: () => {
        if (use('write')) this.sent++;
      },
      sendPadding: () => void use('sendPadding'),
      keyframeRequests$: NEVER,
      started$: EMPTY,
      getStats: () => ({ packetsSent: this.sent }) as TrackStats,
    };
  }

  getStats(): ReturnType<WebRtcTransport['getStats']> {
    return { state: this.state, targetBitrate: Infinity } as ReturnType<WebRtcTransport['getStats']>;
  }

  sendRtcp(): void {
    throw new Error('not by a call');
  }

  sendData(): void {
    throw new Error('not by a call');
  }

  openDataChannel(): Promise<never> {
    return Promise.reject(new Error('not by a call'));
  }

  close(): Promise<void> {
    if (this.state === 'closed') return Promise.resolve();
    this.#session = false;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    this.#become('closed');
    this.#state$.complete();
    attempt?.reject(new TransportError('ERR_TRANSPORT_CLOSED', 'closed'));
    return Promise.resolve();
  }

  #fail(error: RxcallError): void {
    this.failure = error;
    this.#become('failed');
  }

  #become(state: TransportState): void {
    if (state !== this.state) this.#state$.next(state);
  }
}
