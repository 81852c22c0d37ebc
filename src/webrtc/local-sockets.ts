import type { RemoteInfo } from 'node:dgram';
import { TransportError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { localAddresses, loopbackCounterpart, type LocalAddress } from './ice/host-candidates.ts';
import { canonicalIp, isLoopbackIp } from './ice/ip-address.ts';
import type { TransportOptions } from './transport-options.ts';
import type { IceCandidate } from './types.ts';
import { openUdpSocket, type UdpSocket } from './udp-socket.ts';

/** Called with the index of the socket a datagram came in on. */
export type OnDatagram = (local: number, datagram: Buffer, from: RemoteInfo) => void;

/** The sockets of a transport: one for each local address. Their indices are those of the local candidates. */
export class LocalSockets {
  readonly sockets: UdpSocket[] = [];
  readonly #options: TransportOptions;
  readonly #logger: Logger;
  readonly #onDatagram: OnDatagram;
  #closed: Promise<void> | undefined;

  constructor(options: TransportOptions, logger: Logger, onDatagram: OnDatagram) {
    this.#options = options;
    this.#logger = logger;
    this.#onDatagram = onDatagram;
  }

  /**
   * Binds the sockets.
   *
   * @throws {@link TransportError} `ERR_BIND`, as a rejection: an address that was asked for cannot be bound, or of those
   * found none can.
   */
  async open(): Promise<void> {
    const { addresses, families, interfaceFilter: filter } = this.#options;
    const locals = localAddresses({ addresses, families, filter });
    const results = await Promise.allSettled(locals.map((address) => this.#bind(address)));
    const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    const opened = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    for (const socket of opened) this.#add(socket);
    if (failures.length > 0 && (addresses || opened.length === 0)) {
      await this.close();
      throw failures[0];
    }
    for (const error of failures) this.#logger.warn({ error }, 'skipped a local address');
    if (opened.length > 0) return;
    const problem = 'No network address of this machine can be used; name some in `addresses`.';
    throw new TransportError('ERR_BIND', problem);
  }

  /**
   * Binds to loopback, too, for a peer that is on this machine and only there. Returns the indices of new sockets. Does
   * nothing when the addresses were given.
   */
  async reach(candidates: readonly IceCandidate[]): Promise<number[]> {
    if (this.#options.addresses) return [];
    const missing = new Map<string, LocalAddress>();
    for (const { ip } of candidates) {
      const canonical = canonicalIp(ip);
      const address = canonical === undefined ? undefined : loopbackCounterpart(canonical);
      const isThere = this.sockets.some(({ family, ip: ours }) => family === address?.family && isLoopbackIp(ours));
      if (address && !isThere && (this.#options.families ?? [address.family]).includes(address.family)) {
        missing.set(address.ip, address);
      }
    }
    const sockets = await Promise.all([...missing.values()].map((address) => this.#bind(address)));
    return sockets.map((socket) => this.#add(socket));
  }

  /** Idempotent; resolves when all ports are free again. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.sockets.map((socket) => socket.close())).then(() => {});
    return this.#closed;
  }

  #add(socket: UdpSocket): number {
    const index = this.sockets.push(socket) - 1;
    if (this.#closed) void socket.close();
    return index;
  }

  async #bind({ ip, family }: LocalAddress): Promise<UdpSocket> {
    const { portRange, receiveBufferBytes } = this.#options;
    const socket: UdpSocket = await openUdpSocket({
      ip,
      family,
      portRange,
      receiveBufferBytes,
      onDatagram: (datagram, from) => this.#onDatagram(this.sockets.indexOf(socket), datagram, from),
      onError: (error) => this.#logger.debug({ ip, error: error.message }, 'socket error'),
    });
    return socket;
  }
}
