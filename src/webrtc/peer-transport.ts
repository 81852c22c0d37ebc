import { BehaviorSubject, type Observable } from 'rxjs';
import { AbortedError, type RxcallError, TransportError } from '../core/errors.ts';
import { bindLogger, silentLogger, type Logger } from '../core/logger.ts';
import { processClock } from '../core/process-clock.ts';
import { createCertificate } from './certificate.ts';
import type { DataChannel, DataChannelOptions } from './data-channel.ts';
import type { SrtpKeys } from './dtls/srtp-keys.ts';
import { createIceCredentials } from './ice/ice-credentials.ts';
import { createRtpSession, type RtpSession } from './rtp-session.ts';
import { SecurePath, type SecurePathOptions } from './secure-path.ts';
import type { TransportOptions } from './transport-options.ts';
import type { LocalParameters, ReceivedRtp, RemoteParameters, SrtpProfile, TrackOptions } from './types.ts';
import type { TransportState, TransportStats, WebRtcTrack, WebRtcTransport } from './types.ts';

/** One call of `connect`, until it has come to an end. */
interface Attempt {
  readonly path: SecurePath;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * RTP over a {@link SecurePath}, or over one after the other under the same credentials and certificate: each `connect`
 * opens another, which takes over when it is secured. Made by {@link createTransport}.
 */
export class PeerTransport implements WebRtcTransport {
  readonly state$: Observable<TransportState>;
  readonly targetBitrate$: Observable<number>;
  onData: ((data: Buffer) => void) | undefined;
  readonly #state$: BehaviorSubject<TransportState> = new BehaviorSubject<TransportState>('new');
  readonly #options: SecurePathOptions;
  readonly #logger: Logger;
  readonly #session: RtpSession;
  /** Those that may still hold sockets. */
  readonly #paths = new Set<SecurePath>();
  /** The one that was made last: its candidates are ours. */
  #latest: SecurePath;
  /** Whether somebody has connected by it. */
  #isUsed = false;
  /** The one that carries media. */
  #current: SecurePath | undefined;
  #attempt: Attempt | undefined;
  #failure: RxcallError | undefined;
  #openingChannel = false;
  #channel: DataChannel | undefined;
  #srtpProfile: SrtpProfile | null = null;
  #closing: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    this.state$ = this.#state$.asObservable();
    this.#logger = options.logger ?? silentLogger;
    this.#options = {
      ...options,
      credentials: options.credentials ?? createIceCredentials(),
      certificate: options.certificate ?? createCertificate(),
    };
    this.#latest = this.#createPath();
    this.#session = createRtpSession({
      clock: options.clock ?? processClock,
      logger: bindLogger(this.#logger, { layer: 'srtp' }),
      epochUs: options.epochUs,
      videoBitrate: options.videoBitrate,
    });
    this.targetBitrate$ = this.#session.targetBitrate$;
  }

  get localParameters(): LocalParameters {
    return this.#latest.localParameters;
  }

  get failure(): RxcallError | undefined {
    return this.#failure;
  }

  get state(): TransportState {
    return this.#state$.value;
  }

  get onRtp(): ((packet: ReceivedRtp) => void) | undefined {
    return this.#session.onRtp;
  }

  set onRtp(handler: ((packet: ReceivedRtp) => void) | undefined) {
    this.#session.onRtp = handler;
  }

  get onRtcp(): ((compound: Uint8Array) => void) | undefined {
    return this.#session.onRtcp;
  }

  set onRtcp(handler: ((compound: Uint8Array) => void) | undefined) {
    this.#session.onRtcp = handler;
  }

  /** For {@link createTransport}: binds the sockets. */
  open(): Promise<void> {
    return this.#latest.open();
  }

  async connect(remote: RemoteParameters, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    if (this.state === 'closed') throw closedError();
    if (signal?.aborted) throw new AbortedError('connect()', signal.reason);
    this.#endAttempt(new AbortedError('connect()', 'a later connect() took its place'));
    if (this.#isUsed) this.#latest = this.#createPath();
    const path = this.#latest;
    const { promise: connected, resolve, reject } = Promise.withResolvers<undefined>();
    const attempt: Attempt = { path, resolve: () => resolve(undefined), reject };
    this.#attempt = attempt;
    const abort = (): void => {
      if (this.#attempt === attempt) this.#giveUp(new AbortedError('connect()', signal?.reason));
    };
    signal?.addEventListener('abort', abort);
    try {
      void this.#begin(path, remote);
      if (!this.#current) this.#setState('connecting');
      await connected;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  createTrack(options: TrackOptions): WebRtcTrack {
    return this.#session.createTrack(options);
  }

  sendRtcp(compound: Uint8Array): void {
    this.#session.sendRtcp(compound);
  }

  sendData(data: Buffer): void {
    this.#current?.sendData(data);
  }

  async openDataChannel(options: DataChannelOptions = {}): Promise<DataChannel> {
    if (this.state === 'closed' || this.state === 'failed') throw closedError();
    if (this.#openingChannel || (this.#channel && this.#channel.state !== 'closed')) {
      throw new TransportError('ERR_CALL_STATE', 'The transport has a data channel already.');
    }
    this.#openingChannel = true;
    const { openSctpChannel } = await import('./sctp-channel.ts');
    this.#openingChannel = false;
    this.#channel = openSctpChannel(this, options, bindLogger(this.#logger, { layer: 'sctp' }));
    return this.#channel;
  }

  getStats(): TransportStats {
    return {
      state: this.state,
      selectedPair: (this.#current ?? this.#latest).selectedPair,
      srtpProfile: this.#srtpProfile,
      ...this.#session.stats(),
    };
  }

  close(): Promise<void> {
    return this.#close(closedError());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(reason: Error): Promise<void> {
    if (this.#closing) return this.#closing;
    this.#session.close();
    this.#closing = Promise.all([...this.#paths].map((path) => path.close())).then(() => {});
    this.#setState('closed');
    this.#state$.complete();
    this.#attempt?.reject(reason);
    this.#attempt = undefined;
    return this.#closing;
  }

  #createPath(): SecurePath {
    const path: SecurePath = new SecurePath(this.#options, this.#logger, {
      onSecured: (keys) => this.#onSecured(path, keys),
      onIceState: (state) => {
        if (path === this.#current) this.#setState(state);
      },
      onFailed: (error) => this.#onLost(path, error),
      onClosed: () => this.#onLost(path, new TransportError('ERR_TRANSPORT_CLOSED', 'The peer closed the connection.')),
      onData: (data) => {
        if (path === this.#current) this.onData?.(data);
      },
      onMedia: (datagram, arrivalMs) => {
        if (path === this.#current) this.#session.receive(datagram, arrivalMs);
      },
    });
    this.#paths.add(path);
    return path;
  }

  /** Of a path that was there before anybody connected, the sockets are bound. */
  async #begin(path: SecurePath, remote: RemoteParameters): Promise<void> {
    try {
      if (this.#isUsed) await path.open();
      this.#isUsed = true;
      await path.start(remote);
    } catch (error) {
      this.#onLost(path, error as TransportError);
    }
  }

  #onSecured(path: SecurePath, keys: SrtpKeys): void {
    const attempt = this.#attempt;
    if (this.#closing || attempt?.path !== path) return;
    const former = this.#current;
    if (former) this.#channel?.close(); // with the association that it was in
    this.#attempt = undefined;
    this.#failure = undefined;
    this.#current = path;
    this.#srtpProfile = keys.profile;
    this.#session.start(keys, path);
    if (former) this.#release(former);
    this.#setState('connected');
    if (this.state === 'closed') attempt.reject(closedError());
    else attempt.resolve();
  }

  #onLost(path: SecurePath, error: RxcallError): void {
    if (this.#closing) return;
    if (path === this.#attempt?.path) {
      this.#giveUp(error);
    } else if (path === this.#current) {
      this.#current = undefined;
      this.#session.stop();
      this.#release(path);
      if (!this.#attempt) return this.#fail(error); // which ends the channel, too
      this.#setState('connecting');
      this.#channel?.close();
    }
  }

  /** Nothing comes of the attempt that is under way. What carries media goes on. */
  #giveUp(error: RxcallError): void {
    this.#endAttempt(error);
    if (!this.#current) this.#fail(error);
  }

  #endAttempt(error: RxcallError): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = undefined;
    this.#release(attempt.path);
    attempt.reject(error);
  }

  #fail(error: RxcallError): void {
    this.#logger.warn({ error: error.message, code: error.code }, 'transport failed');
    this.#failure = error;
    this.#setState('failed');
  }

  #release(path: SecurePath): void {
    void path.close().then(() => this.#paths.delete(path));
  }

  #setState(state: TransportState): void {
    if (state !== this.state) this.#state$.next(state);
  }
}

function closedError(): TransportError {
  return new TransportError('ERR_TRANSPORT_CLOSED', 'The transport is closed.');
}
