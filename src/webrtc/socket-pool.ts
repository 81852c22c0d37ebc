import { canonicalIp } from './ice/ip-address.ts';
import { decodeStun } from './ice/stun-message.ts';
import type { Endpoint } from './ice/stun-format.ts';
import type { IpFamily } from './transport-options.ts';
import { openUdpSocket, type UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

export interface SocketPoolOptions {
  /** Local UDP ports to choose from, both ends included. Default: the system chooses. */
  portRange?: readonly [first: number, last: number] | undefined;
  /** Size of each socket's receive buffer in bytes. Default: the system's. */
  receiveBufferBytes?: number | undefined;
}

/** What a socket is wanted for. */
export interface LeaseOptions {
  /** Local address. */
  ip: string;
  family: IpFamily;
  /** Addresses of the peer: nobody else on the socket may have one of them. */
  remotes: readonly Endpoint[];
  /** Our ICE user name, by which checks from an address that nobody knows yet find their way. */
  ufrag: string;
  onDatagram: UdpSocketOptions['onDatagram'];
  onError?: ((error: Error) => void) | undefined;
}

/**
 * Sockets that transports share, as few as possible: a peer tells its connections apart by address and port, so two
 * transports to one address of a peer never share a socket, and others do. A socket opens when none fits, and closes when
 * nobody uses it any more.
 */
export interface SocketPool {
  /** How many sockets are open. */
  readonly size: number;
  /**
   * A place on a socket that nobody else uses towards these peers. Its `close` gives the place back.
   *
   * @throws {@link TransportError} `ERR_BIND`, as a rejection.
   */
  lease(options: LeaseOptions): Promise<UdpSocket>;
}

/** A pool to give to transports as `socketPool`. It needs no closing of its own. */
export function createSocketPool(options: SocketPoolOptions = {}): SocketPool {
  const sockets: SharedSocket[] = [];
  return {
    get size() {
      return sockets.length;
    },
    async lease(lease) {
      let shared = sockets.find((one) => one.fits(lease));
      if (!shared) {
        const opened: SharedSocket = new SharedSocket(lease, options, () => sockets.splice(sockets.indexOf(opened), 1));
        sockets.push((shared = opened));
      }
      return shared.add(lease);
    },
  };
}

/** One socket and its users. */
class SharedSocket {
  readonly #ip: string;
  readonly #opening: Promise<UdpSocket>;
  readonly #onEmpty: () => void;
  readonly #users = new Set<LeaseOptions>();
  /** Who talks to which address. */
  readonly #owners = new Map<string, LeaseOptions>();

  constructor({ ip, family }: LeaseOptions, options: SocketPoolOptions, onEmpty: () => void) {
    this.#ip = ip;
    this.#onEmpty = onEmpty;
    this.#opening = openUdpSocket({
      ...options,
      ip,
      family,
      onDatagram: (datagram, from) => this.#ownerOf(datagram, from.address, from.port)?.onDatagram(datagram, from),
      onError: (error) => {
        for (const user of this.#users) user.onError?.(error);
      },
    });
  }

  fits({ ip, remotes, ufrag }: LeaseOptions): boolean {
    // Of two under one name, checks could not tell which is meant: a participant that connects anew while it is connected.
    if (ip !== this.#ip || [...this.#users].some((user) => user.ufrag === ufrag)) return false;
    return remotes.every((remote) => !this.#owners.has(canonicalKey(remote)));
  }

  /** Takes the place at once, so that whoever comes meanwhile sees it taken. */
  async add(user: LeaseOptions): Promise<UdpSocket> {
    this.#users.add(user);
    for (const remote of user.remotes) this.#owners.set(canonicalKey(remote), user);
    let socket: UdpSocket;
    try {
      socket = await this.#opening;
    } catch (error) {
      this.#remove(user);
      throw error;
    }
    let closed: Promise<void> | undefined;
    // Nearly all goes to one address, which is then ours.
    let [lastIp, lastPort] = ['', 0];
    return {
      ip: socket.ip,
      family: socket.family,
      port: socket.port,
      send: (buffer, offset, length, port, ip) => {
        const isLast = ip === lastIp && port === lastPort;
        if (closed || !(isLast || this.#claim(user, ip, port))) return;
        [lastIp, lastPort] = [ip, port];
        socket.send(buffer, offset, length, port, ip);
      },
      close: () => (closed ??= this.#remove(user) ? socket.close() : Promise.resolve()),
    };
  }

  /** Whoever sends somewhere first gets the answers. False when that is somebody else. */
  #claim(user: LeaseOptions, ip: string, port: number): boolean {
    const key = keyOf(ip, port);
    const owner = this.#owners.get(key);
    if (!owner) this.#owners.set(key, user);
    return !owner || owner === user;
  }

  #ownerOf(datagram: Buffer, ip: string, port: number): LeaseOptions | undefined {
    const owner = this.#owners.get(keyOf(ip, port));
    if (owner) return owner;
    const ufrag = decodeStun(datagram)?.username?.split(':', 1)[0];
    return ufrag === undefined ? undefined : [...this.#users].find((user) => user.ufrag === ufrag);
  }

  /** Returns whether that was the last one. */
  #remove(user: LeaseOptions): boolean {
    this.#users.delete(user);
    for (const [key, owner] of this.#owners) if (owner === user) this.#owners.delete(key);
    if (this.#users.size > 0) return false;
    this.#onEmpty();
    return true;
  }
}

function keyOf(ip: string, port: number): string {
  return `${ip} ${port}`;
}

function canonicalKey({ ip, port }: Endpoint): string {
  return keyOf(canonicalIp(ip) ?? ip, port);
}
