import { BehaviorSubject, type Observable } from 'rxjs';
import { AbortedError, TransportError } from '../core/errors.ts';
import { bindLogger, silentLogger, type Logger } from '../core/logger.ts';
import { processClock } from '../core/process-clock.ts';
import type { DataChannel, DataChannelOptions } from './data-channel.ts';
import type { SrtpKeys } from './dtls/srtp-keys.ts';
import { createRtpSession, type RtpSession } from './rtp-session.ts';
import { SecurePath } from './secure-path.ts';
import type { TransportOptions } from './transport-options.ts';
import type { LocalParameters, ReceivedRtp, RemoteParameters, SrtpProfile, TrackOptions } from './types.ts';
import type { TransportState, TransportStats, WebRtcTrack, WebRtcTransport } from './types.ts';

interface PendingConnect {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** RTP over a {@link SecurePath}, and what the two are in together. Made by {@link createTransport}. */
export class PeerTransport implements WebRtcTransport {
  readonly state$: Observable<TransportState>;
  onData: ((data: Buffer) => void) | undefined;
  readonly #state$: BehaviorSubject<TransportState> = new BehaviorSubject<TransportState>('new');
  readonly #logger: Logger;
  readonly #path: SecurePath;
  readonly #session: RtpSession;
  #hasDataChannel = false;
  #srtpProfile: SrtpProfile | null = null;
  #pending: PendingConnect | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    this.state$ = this.#state$.asObservable();
    this.#logger = options.logger ?? silentLogger;
    this.#path = new SecurePath(options, this.#logger, {
      onSecured: (keys) => this.#onSecured(keys),
      onIceState: (state) => this.#setState(state),
      onFailed: (error) => this.#onFailed(error),
      onClosed: () => void this.#close(new TransportError('ERR_TRANSPORT_CLOSED', 'The peer closed the connection.')),
      onData: (data) => this.onData?.(data),
      onMedia: (datagram, arrivalMs) => this.#session.receive(datagram, arrivalMs),
    });
    this.#session = createRtpSession({
      send: (packet, length) => this.#path.send(packet, length),
      clock: options.clock ?? processClock,
      logger: bindLogger(this.#logger, { layer: 'rtp' }),
      epochUs: options.epochUs,
    });
  }

  get localParameters(): LocalParameters {
    return this.#path.localParameters;
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
    return this.#path.open();
  }

  async connect(remote: RemoteParameters, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    if (this.state === 'closed') throw closedError();
    if (this.state !== 'new')
      throw new TransportError('ERR_CALL_STATE', 'A transport connects once; create another one.');
    const abort = (): void => void this.#close(new AbortedError('connect()', signal?.reason));
    const connected = new Promise<void>((resolve, reject) => (this.#pending = { resolve, reject }));
    this.#setState('connecting');
    if (signal?.aborted) abort();
    this.#path.start(remote).catch((error: unknown) => this.#onFailed(error as TransportError));
    signal?.addEventListener('abort', abort);
    try {
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
    this.#path.sendData(data);
  }

  async openDataChannel(options: DataChannelOptions = {}): Promise<DataChannel> {
    if (this.state === 'closed' || this.state === 'failed') throw closedError();
    if (this.#hasDataChannel) throw new TransportError('ERR_CALL_STATE', 'The transport has a data channel already.');
    this.#hasDataChannel = true;
    const { openSctpChannel } = await import('./sctp-channel.ts');
    return openSctpChannel(this, options, bindLogger(this.#logger, { layer: 'sctp' }));
  }

  getStats(): TransportStats {
    const { packetsSent, bytesSent, packetsReceived, bytesReceived, packetsRejected } = this.#session.stats();
    return {
      state: this.state,
      selectedPair: this.#path.selectedPair,
      srtpProfile: this.#srtpProfile,
      packetsSent,
      bytesSent,
      packetsReceived,
      bytesReceived,
      packetsRejected,
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
    this.#closing = this.#path.close();
    this.#setState('closed');
    this.#state$.complete();
    this.#settle()?.reject(reason);
    return this.#closing;
  }

  #onSecured(keys: SrtpKeys): void {
    this.#srtpProfile = keys.profile;
    this.#session.start(keys);
    this.#setState('connected');
    this.#settle()?.resolve();
  }

  #onFailed(error: TransportError): void {
    if (this.#closing || this.state === 'failed') return;
    this.#logger.warn({ error: error.message, code: error.code }, 'transport failed');
    this.#session.close();
    void this.#path.close();
    this.#setState('failed');
    this.#settle()?.reject(error);
  }

  #setState(state: TransportState): void {
    if (state !== this.state) this.#state$.next(state);
  }

  /** Whoever waits for `connect`, once. */
  #settle(): PendingConnect | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}

function closedError(): TransportError {
  return new TransportError('ERR_TRANSPORT_CLOSED', 'The transport is closed.');
}
