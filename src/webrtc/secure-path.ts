import { TransportError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import type { DtlsCertificate } from './certificate.ts';
import { datagramKind } from './datagram-kind.ts';
import { DtlsAssociation } from './dtls/dtls-association.ts';
import { requireUsableFingerprint } from './dtls/signatures.ts';
import type { SrtpKeys } from './dtls/srtp-keys.ts';
import { type CandidatePair, describePair, endpoint } from './ice/candidate-pair.ts';
import type { IceState } from './ice/ice-agent-options.ts';
import { IceAgent } from './ice/ice-agent.ts';
import { ImpairedPath } from './impaired-path.ts';
import { LocalChannels, type LocalChannel } from './local-channels.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_DTLS_TIMEOUT_MS, DEFAULT_SRTP_PROFILES } from './transport-defaults.ts';
import type { TransportOptions } from './transport-options.ts';
import type { DtlsRole, IceCandidate, IceParameters, LocalParameters, RemoteParameters } from './types.ts';

/** Who we are is given: several paths, one after the other, may have to be the same participant. */
export interface SecurePathOptions extends TransportOptions {
  credentials: IceParameters;
  certificate: DtlsCertificate;
}

export interface SecurePathEvents {
  /** The path works and is secured: media can flow. Once. */
  onSecured: (keys: SrtpKeys) => void;
  /** The path was lost, or found again, after it was secured. */
  onIceState: (state: 'connected' | 'disconnected') => void;
  /** It will not work any more. Once, and then nothing else. */
  onFailed: (error: TransportError) => void;
  /** The peer closed it. Once, and then nothing else. */
  onClosed: () => void;
  /** RTP or RTCP, still protected. `arrivalMs` is of `performance.now()`. */
  onMedia: (datagram: Buffer, arrivalMs: number) => void;
  /** Application data of DTLS, which SCTP travels in (RFC 8261). */
  onData: (data: Buffer) => void;
}

/** Where packets leave and go: all of the selected pair that they need, in one place. */
interface Route {
  readonly pair: CandidatePair;
  readonly channel: LocalChannel;
  readonly port: number;
  readonly ip: string;
}

/** A path to one peer, found by ICE and secured by DTLS: everything below RTP. One timer drives it all. */
export class SecurePath {
  readonly #options: SecurePathOptions;
  readonly #events: SecurePathEvents;
  readonly #logger: Logger;
  readonly #credentials: IceParameters;
  readonly #certificate: DtlsCertificate;
  readonly #dtlsRole: DtlsRole;
  readonly #candidates: IceCandidate[] = [];
  readonly #local: LocalChannels;
  readonly #agent: IceAgent;
  readonly #impaired: ImpairedPath | undefined;
  #route: Route | undefined;
  /** Something was sent, which spares the agent a keepalive. */
  #sent = false;
  #dtls: DtlsAssociation | undefined;
  #connectDeadlineMs = Infinity;
  #dtlsDeadlineMs = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #released: Promise<void> | undefined;

  constructor(options: SecurePathOptions, logger: Logger, events: SecurePathEvents) {
    this.#options = options;
    this.#events = events;
    this.#logger = logger;
    this.#credentials = options.credentials;
    this.#certificate = options.certificate;
    this.#dtlsRole = options.dtlsRole ?? 'server';
    this.#impaired = options.impair && new ImpairedPath(options.impair);
    const iceLogger = bindLogger(logger, { layer: 'ice' });
    this.#local = new LocalChannels(options, this.#credentials.ufrag, iceLogger, {
      onChannel: (candidate) => this.#agent.addLocal(candidate, performance.now()),
      onCandidate: (candidate) => {
        this.#candidates.push(candidate);
        const { type, protocol } = candidate;
        iceLogger.debug({ candidate: endpoint(candidate), type, protocol }, 'local candidate');
        this.#wake();
      },
      onDatagram: (local, datagram, ip, port) => this.#onDatagram(local, datagram, ip, port),
      onWake: () => this.#wake(),
    });
    this.#agent = new IceAgent({
      role: options.iceRole ?? 'controlled',
      credentials: this.#credentials,
      timings: options.iceTimings,
      behavior: options.iceBehavior,
      send: (local, bytes, port, ip) => this.#transmit(this.#local.channels[local]!, bytes, bytes.length, port, ip),
      onState: (state) => this.#onIceState(state),
      onSelected: () => this.#onSelected(),
      logger: iceLogger,
    });
  }

  get localParameters(): LocalParameters {
    return {
      ice: this.#credentials,
      candidates: [...this.#candidates],
      fingerprints: [this.#certificate.fingerprint],
      dtlsRole: this.#dtlsRole,
    };
  }

  get selectedPair(): { readonly local: string; readonly remote: string } | null {
    const pair = this.#agent.route;
    return pair ? describePair(pair) : null;
  }

  /** @throws {@link TransportError} `ERR_BIND` or `ERR_ICE_FAILED`, as a rejection. */
  async open(): Promise<void> {
    try {
      await this.#local.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Begins to look for the peer.
   *
   * @throws {@link TransportError}, as a rejection, when that is hopeless.
   */
  async start(remote: RemoteParameters): Promise<void> {
    if (this.#released) return;
    requireUsableFingerprint(remote.fingerprints);
    await this.#local.reach(remote.candidates);
    if (this.#released) return;
    const nowMs = performance.now();
    this.#connectDeadlineMs = nowMs + (this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
    this.#dtls = this.#createDtls(remote);
    if (this.#dtlsRole === 'server') this.#dtls.start(nowMs);
    this.#agent.start(remote, nowMs);
    if (remote.iceLite && this.#agent.pairs.length === 0) {
      throw new TransportError('ERR_ICE_FAILED', 'None of the addresses of the peer can be reached from any of ours.');
    }
    this.#wake();
  }

  /** Sends the first `length` bytes of a packet of media; dropped while there is no path. */
  send(packet: Buffer, length: number): void {
    const route = this.#route;
    if (!route) return;
    this.#sent = true;
    this.#transmit(route.channel, packet, length, route.port, route.ip);
  }

  /** Sends application data of DTLS; dropped unless it is secured. */
  sendData(data: Buffer): void {
    this.#dtls?.send(data);
  }

  /** Idempotent; resolves when sockets and timers are gone. Tells the peer. No event follows. */
  close(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  #release(): Promise<void> {
    this.#dtls?.close();
    this.#agent.close();
    this.#impaired?.close();
    clearTimeout(this.#timer);
    return this.#local.close();
  }

  #createDtls({ fingerprints }: RemoteParameters): DtlsAssociation {
    return new DtlsAssociation({
      role: this.#dtlsRole,
      certificate: this.#certificate,
      fingerprints,
      srtpProfiles: this.#options.srtpProfiles ?? DEFAULT_SRTP_PROFILES,
      send: (datagram) => this.send(datagram, datagram.length),
      onConnected: (keys) => {
        this.#connectDeadlineMs = this.#dtlsDeadlineMs = Infinity;
        this.#events.onSecured(keys);
      },
      onClosed: () => {
        void this.close();
        this.#events.onClosed();
      },
      onFailed: (error) => this.#fail(error),
      onData: (data) => this.#events.onData(data),
      logger: bindLogger(this.#logger, { layer: 'dtls' }),
    });
  }

  #onDatagram(local: number, datagram: Buffer, ip: string, port: number): void {
    if (!this.#impaired) this.#demultiplex(local, datagram, ip, port);
    else this.#impaired.pass('receive', datagram, (arrived) => this.#demultiplex(local, arrived, ip, port));
  }

  #demultiplex(local: number, datagram: Buffer, ip: string, port: number): void {
    if (this.#released) return;
    const nowMs = performance.now();
    const kind = datagramKind(datagram);
    if (kind === 'stun') this.#agent.handleDatagram(local, datagram, ip, port, nowMs);
    else if (kind === 'unknown' || !this.#agent.hears(local, ip, port, nowMs)) return;
    else if (kind === 'dtls') this.#dtls?.handleDatagram(datagram, nowMs);
    else this.#events.onMedia(datagram, nowMs);
    if (kind !== 'media') this.#wake();
  }

  #onSelected(): void {
    this.#followRoute();
    const nowMs = performance.now();
    const isFirst = this.#dtlsDeadlineMs === Infinity && this.#dtls?.state === 'handshaking';
    if (isFirst) this.#dtlsDeadlineMs = nowMs + (this.#options.dtlsTimeoutMs ?? DEFAULT_DTLS_TIMEOUT_MS);
    if (isFirst && this.#dtlsRole === 'client') this.#dtls?.start(nowMs);
    else this.#dtls?.pathChanged(nowMs);
  }

  /** What the agent decides, it decides when it is woken up or hears something. */
  #followRoute(): void {
    const pair = this.#agent.route;
    if (pair === this.#route?.pair) return;
    const channel = pair && this.#local.channels[pair.local];
    this.#route = channel && { pair, channel, port: pair.remote.port, ip: pair.remote.ip };
  }

  #onIceState(state: IceState): void {
    this.#followRoute();
    if (state === 'failed') {
      this.#fail(
        new TransportError('ERR_ICE_FAILED', 'The path to the peer was lost and did not come back.', {
          retryable: true,
        }),
      );
    } else if (this.#dtls?.state === 'connected' && (state === 'connected' || state === 'disconnected')) {
      this.#events.onIceState(state);
    }
  }

  /** Does what is due, and sets the timer for what is due next. */
  #wake(): void {
    if (this.#released) return;
    const nowMs = performance.now();
    const localMs = this.#local.tick(nowMs);
    if (this.#sent) this.#agent.noteSent();
    this.#sent = false;
    const iceMs = this.#agent.tick(nowMs);
    this.#followRoute();
    this.#dtls?.tick(nowMs);
    this.#checkDeadlines(nowMs);
    if (this.#released) return;
    const dtlsMs = this.#dtls?.nextMs ?? Infinity;
    this.#wakeAt(Math.min(iceMs, localMs, dtlsMs, this.#connectDeadlineMs, this.#dtlsDeadlineMs), nowMs);
  }

  #wakeAt(timeMs: number, nowMs: number): void {
    if (timeMs === this.#timerMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = timeMs;
    if (timeMs === Infinity) return;
    this.#timer = setTimeout(
      () => {
        this.#timerMs = Infinity;
        this.#wake();
      },
      Math.max(1, Math.ceil(timeMs - nowMs)),
    );
  }

  #checkDeadlines(nowMs: number): void {
    const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, dtlsTimeoutMs = DEFAULT_DTLS_TIMEOUT_MS } = this.#options;
    const retryable = true;
    if (nowMs >= this.#dtlsDeadlineMs) {
      const message = `The DTLS handshake was not complete ${dtlsTimeoutMs} ms after a path to the peer was found.`;
      this.#fail(new TransportError('ERR_DTLS_FAILED', message, { retryable }));
    } else if (nowMs >= this.#connectDeadlineMs) {
      const missing = this.#agent.route ? 'the DTLS handshake was not complete' : `no path to the peer was found`;
      const tried = this.#agent.pairs.length;
      const message = `Not connected after ${connectTimeoutMs} ms: ${missing} (${tried} candidate pairs tried).`;
      this.#fail(new TransportError('ERR_CONNECT_TIMEOUT', message, { retryable }));
    }
  }

  #fail(error: TransportError): void {
    if (this.#released) return;
    void this.close();
    this.#events.onFailed(error);
  }

  #transmit(channel: LocalChannel, bytes: Buffer, length: number, port: number, ip: string): void {
    if (!this.#impaired) {
      channel.send(bytes, 0, length, port, ip);
      return;
    }
    const datagram = bytes.subarray(0, length);
    this.#impaired.pass('send', datagram, (passed) => channel.send(passed, 0, passed.length, port, ip));
  }
}
