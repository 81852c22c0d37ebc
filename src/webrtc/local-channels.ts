import { TransportError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import {
  hostCandidate,
  localAddresses,
  loopbackCounterpart,
  reflexiveCandidate,
  relayedCandidate,
  tcpCandidate,
  type LocalAddress,
} from './ice/host-candidates.ts';
import { canonicalIp, isLoopbackIp } from './ice/ip-address.ts';
import { TcpChannel } from './tcp-channel.ts';
import { DEFAULT_GATHER_TIMEOUT_MS } from './transport-defaults.ts';
import type { TransportOptions } from './transport-options.ts';
import { ServerGatherer } from './turn/server-gatherer.ts';
import type { IceCandidate } from './types.ts';
import { openUdpSocket, type UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

/** What a local candidate stands for: a way to send. */
export interface LocalChannel {
  /** Sends at once, or drops when it cannot. After `close` of its owner it does nothing. */
  send(buffer: Buffer, offset: number, length: number, port: number, ip: string): void;
}

export interface LocalChannelsEvents {
  /** There is another channel. Its index is how many there were before. */
  onChannel: (candidate: IceCandidate) => void;
  /** The peer may reach us there, too. */
  onCandidate: (candidate: IceCandidate) => void;
  /** Called with the index of the channel a datagram came in on. */
  onDatagram: (local: number, datagram: Buffer, ip: string, port: number) => void;
  /** Something may be due sooner than {@link LocalChannels.tick} said. */
  onWake: () => void;
}

/** Every way out of this machine that a transport has: sockets for its local addresses, and addresses on TURN servers. */
export class LocalChannels {
  readonly channels: LocalChannel[] = [];
  readonly #options: TransportOptions;
  readonly #logger: Logger;
  readonly #events: LocalChannelsEvents;
  readonly #sockets: UdpSocket[] = [];
  readonly #servers: ServerGatherer;
  readonly #tcp: TcpChannel[] = [];
  readonly #ufrag: string;
  #remotes: readonly IceCandidate[] = [];
  #relays = 0;
  #closed: Promise<void> | undefined;

  constructor(options: TransportOptions, ufrag: string, logger: Logger, events: LocalChannelsEvents) {
    this.#options = options;
    this.#ufrag = ufrag;
    this.#logger = logger;
    this.#events = events;
    this.#servers = new ServerGatherer({
      options,
      sockets: this.#sockets,
      onReflexive: (socket, mapped) => {
        // Its own address: nothing translates addresses here.
        if (mapped.ip === socket.ip && mapped.port === socket.port) return;
        events.onCandidate(reflexiveCandidate(mapped, this.#sockets.indexOf(socket)));
      },
      onRelay: (relay, relayed) => {
        const send = (buffer: Buffer, offset: number, length: number, port: number, ip: string): void =>
          relay.send(buffer.subarray(offset, offset + length), ip, port);
        const index = this.#add({ send }, relayedCandidate(relayed, this.#relays++));
        return (data, ip, port) => events.onDatagram(index, data, ip, port);
      },
      onWake: events.onWake,
      logger,
    });
  }

  /**
   * Binds sockets and asks servers.
   *
   * @throws {@link TransportError}, as a rejection: `ERR_BIND` when an address that was asked for cannot be bound, or of
   * those found none can; `ERR_ICE_FAILED` when there must be a relayed address, and there is none.
   */
  async open(): Promise<void> {
    const isRelayed = this.#options.iceTransportPolicy === 'relay';
    if (!isRelayed && !this.#options.socketPool) await this.#bindAll();
    const failures = await this.#askServers();
    if (!isRelayed || this.channels.length > 0) return;
    await this.close();
    throw failures[0] ?? new TransportError('ERR_ICE_FAILED', 'No TURN server has answered yet.', { retryable: true });
  }

  /**
   * Takes sockets from the pool, if there is one. Binds to loopback, too, for a peer that is on this machine and only
   * there, unless the addresses were given.
   *
   * @throws {@link TransportError} `ERR_BIND`, as a rejection.
   */
  async reach(candidates: readonly IceCandidate[]): Promise<void> {
    const { addresses, families, iceTransportPolicy, socketPool } = this.#options;
    if (iceTransportPolicy === 'relay') return;
    this.#remotes = candidates;
    if (socketPool) await this.#bindAll();
    if (addresses) return;
    const missing = new Map<string, LocalAddress>();
    for (const { ip } of candidates) {
      const canonical = canonicalIp(ip);
      const address = canonical === undefined ? undefined : loopbackCounterpart(canonical);
      const isThere = this.#sockets.some(({ family, ip: ours }) => family === address?.family && isLoopbackIp(ours));
      if (address && !isThere && (families ?? [address.family]).includes(address.family)) {
        missing.set(address.ip, address);
      }
    }
    const sockets = await Promise.all([...missing.values()].map((address) => this.#bind(address)));
    this.#addSockets(sockets);
  }

  /** Does what is due at that time of `performance.now()`. Returns when to call again; `Infinity` for never. */
  tick(nowMs: number): number {
    return this.#servers.tick(nowMs);
  }

  /** Idempotent; resolves when all ports are free again. */
  close(): Promise<void> {
    const owned = [this.#servers, ...this.#sockets, ...this.#tcp];
    this.#closed ??= Promise.all(owned.map((one) => one.close())).then(() => {});
    return this.#closed;
  }

  async #bindAll(): Promise<void> {
    const { addresses, families, interfaceFilter: filter } = this.#options;
    const locals = localAddresses({ addresses, families, filter });
    const results = await Promise.allSettled(locals.map((address) => this.#bind(address)));
    const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    const opened = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    this.#addSockets(opened);
    if (failures.length > 0 && (addresses || opened.length === 0)) {
      await this.close();
      throw failures[0];
    }
    for (const error of failures) this.#logger.warn({ error }, 'skipped a local address');
    if (opened.length > 0) return;
    const problem = 'No network address of this machine can be used; name some in `addresses`.';
    throw new TransportError('ERR_BIND', problem);
  }

  /** Resolves with what failed, when all servers have answered or time is up. */
  async #askServers(): Promise<Error[]> {
    const { iceServers = [], gatherTimeoutMs = DEFAULT_GATHER_TIMEOUT_MS } = this.#options;
    if (iceServers.length === 0) return [];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error[]>((resolve) => (timer = setTimeout(resolve, gatherTimeoutMs, [])));
    const gathering = this.#servers.gather().then((failures) => {
      for (const error of failures) this.#logger.warn({ error: error.message }, 'an ICE server is of no use');
      return failures;
    });
    const failures = await Promise.race([gathering, late]);
    clearTimeout(timer);
    return failures;
  }

  #addSockets(sockets: readonly UdpSocket[]): void {
    for (const socket of sockets) {
      this.#sockets.push(socket);
      this.#add(socket, hostCandidate(socket.ip, socket.port, this.#sockets.length - 1));
      if (this.#closed) void socket.close();
    }
    if (this.#options.tcp && !this.#closed) this.#addTcp(sockets);
  }

  /** A channel over TCP from where each socket is. */
  #addTcp(sockets: readonly UdpSocket[]): void {
    for (const { ip } of sockets) {
      const channel: TcpChannel = new TcpChannel({
        ip,
        onDatagram: (datagram, from, port) => this.#events.onDatagram(index, datagram, from, port),
        logger: this.#logger,
      });
      this.#tcp.push(channel);
      const index = this.#add(channel, tcpCandidate(ip, this.#tcp.length - 1));
    }
  }

  #add(channel: LocalChannel, candidate: IceCandidate): number {
    const index = this.channels.push(channel) - 1;
    this.#events.onChannel(candidate);
    this.#events.onCandidate(candidate);
    return index;
  }

  async #bind({ ip, family }: LocalAddress): Promise<UdpSocket> {
    const { portRange, receiveBufferBytes, socketPool } = this.#options;
    const handlers: Pick<UdpSocketOptions, 'onDatagram' | 'onError'> = {
      onDatagram: (datagram, { address, port }) => {
        if (this.#servers.handle(socket, datagram, address, port)) return;
        this.#events.onDatagram(this.channels.indexOf(socket), datagram, address, port);
      },
      onError: (error) => this.#logger.debug({ ip, error: error.message }, 'socket error'),
    };
    const remotes = this.#remotes.filter(({ protocol }) => protocol === 'udp');
    const socket: UdpSocket = await (socketPool
      ? socketPool.lease({ ip, family, remotes, ufrag: this.#ufrag, ...handlers })
      : openUdpSocket({ ip, family, portRange, receiveBufferBytes, ...handlers }));
    return socket;
  }
}
