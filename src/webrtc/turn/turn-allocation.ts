import { randomBytes } from 'node:crypto';
import type { TransportError } from '../../core/errors.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import type { Endpoint } from '../ice/stun-format.ts';
import type { IpFamily } from '../transport-options.ts';
import { ServerRequests } from './server-requests.ts';
import { decodeTurn, encodeTurn } from './turn-message.ts';
import { TurnChannels } from './turn-channels.ts';

export interface TurnAllocationOptions {
  username?: string | undefined;
  credential?: string | undefined;
  /** Of the relayed address. Default: the server chooses, which is to be IPv4. */
  family?: IpFamily | undefined;
  /** Messages travel over TCP or TLS. */
  reliable: boolean;
  send: (bytes: Buffer) => void;
  /** The server gave us that address. */
  onAllocated: (relayed: Endpoint) => void;
  /** A datagram that a peer sent to the relayed address. */
  onData: (data: Buffer, ip: string, port: number) => void;
  /** There is no relayed address, or none any more. Once. */
  onLost: (error: TransportError) => void;
  logger?: Logger | undefined;
}

/** How long before its end an allocation is renewed; or at half its lifetime, if that is sooner. */
const RENEW_BEFORE_MS = 60_000;
/** Something leaves for the server at least this often, so that no NAT on the way forgets us. */
const KEEPALIVE_MS = 15_000;
/** RFC 8656, section 3.2: what an allocation lasts unless the server says otherwise. */
const DEFAULT_LIFETIME_S = 600;

/**
 * An address on a TURN server (RFC 8656) to send and receive UDP with. Bytes and the time go in, bytes and events come
 * out. To each peer a channel is bound at once, which permits the peer's address, too; so nothing but channel data is sent.
 */
export class TurnAllocation {
  readonly #options: TurnAllocationOptions;
  readonly #requests: ServerRequests;
  readonly #channels: TurnChannels;
  #state: 'new' | 'allocating' | 'allocated' | 'lost' = 'new';
  #renewMs = Infinity;
  #keepaliveMs = Infinity;

  constructor(options: TurnAllocationOptions) {
    this.#options = options;
    this.#requests = new ServerRequests(options);
    this.#channels = new TurnChannels({
      requests: this.#requests,
      padded: options.reliable,
      send: options.send,
      logger: options.logger ?? silentLogger,
    });
  }

  start(nowMs: number): void {
    if (this.#state !== 'new') return;
    this.#state = 'allocating';
    const { family } = this.#options;
    this.#requests.request(
      'allocate',
      { overUdp: true, family },
      {
        onSuccess: ({ relayedAddress, lifetime }) => {
          if (!relayedAddress) return;
          this.#state = 'allocated';
          this.#keepaliveMs = nowMs + KEEPALIVE_MS;
          this.#renewAfter(nowMs, lifetime);
          this.#options.onAllocated(relayedAddress);
        },
        onFailure: (error) => this.#lose(error),
      },
      nowMs,
    );
  }

  /** Takes what came from the server: one datagram, or one message of a stream. */
  handle(bytes: Buffer, nowMs: number): void {
    if (this.#state === 'lost') return;
    const received = this.#channels.read(bytes);
    if (received) {
      this.#options.onData(received.data, received.peer.ip, received.peer.port);
      return;
    }
    const message = decodeTurn(bytes);
    if (message?.method === 'data' && message.class === 'indication') {
      const { data, peerAddress } = message;
      if (data && peerAddress) this.#options.onData(data, peerAddress.ip, peerAddress.port);
    } else if (message) this.#requests.handle(message, nowMs);
  }

  /** Sends a datagram to a peer from the relayed address. */
  send(data: Buffer, ip: string, port: number, nowMs: number): void {
    if (this.#state === 'allocated') this.#channels.send(data, ip, port, nowMs);
  }

  /** Does what is due. Returns when to call again; `Infinity` for never. */
  tick(nowMs: number): number {
    if (this.#state === 'allocated' && nowMs >= this.#renewMs) this.#renew(nowMs);
    const requestsMs = this.#requests.tick(nowMs);
    if (this.#state !== 'allocated') return requestsMs;
    if (nowMs >= this.#keepaliveMs) {
      this.#keepaliveMs = nowMs + KEEPALIVE_MS;
      this.#options.send(encodeTurn({ method: 'binding', class: 'indication', transactionId: randomBytes(12) }));
    }
    return Math.min(requestsMs, this.#renewMs, this.#keepaliveMs, this.#channels.tick(nowMs));
  }

  /** Gives the address back, by a message that is sent once. No event follows. */
  close(nowMs: number): void {
    const nobody = { onSuccess: () => {}, onFailure: () => {} };
    if (this.#state === 'allocated') this.#requests.request('refresh', { lifetime: 0 }, nobody, nowMs);
    this.#state = 'lost';
    this.#requests.close();
  }

  #renew(nowMs: number): void {
    this.#renewMs = Infinity;
    this.#requests.request(
      'refresh',
      { lifetime: DEFAULT_LIFETIME_S },
      {
        onSuccess: ({ lifetime }) => this.#renewAfter(nowMs, lifetime),
        onFailure: (error) => this.#lose(error),
      },
      nowMs,
    );
  }

  #renewAfter(nowMs: number, lifetimeS: number = DEFAULT_LIFETIME_S): void {
    const lifetimeMs = lifetimeS * 1000;
    this.#renewMs = nowMs + Math.max(lifetimeMs / 2, lifetimeMs - RENEW_BEFORE_MS);
  }

  #lose(error: TransportError): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    this.#requests.close();
    this.#options.onLost(error);
  }
}
