import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { TransportError } from '../core/errors.ts';
import { keepBuffer } from './shared-buffers.ts';
import type { IpFamily } from './transport-options.ts';

export interface UdpSocketOptions {
  /** Local address to bind to. */
  ip: string;
  family: IpFamily;
  /** Ports to choose from, both ends included. Default: the system chooses. */
  portRange?: readonly [first: number, last: number] | undefined;
  /** Size of the kernel's receive buffer in bytes. Default: the system's. */
  receiveBufferBytes?: number | undefined;
  onDatagram: (datagram: Buffer, from: RemoteInfo) => void;
  /** An error the system reported about this socket. It goes on working. */
  onError?: ((error: Error) => void) | undefined;
}

/** A bound UDP socket. */
export interface UdpSocket {
  readonly ip: string;
  readonly family: IpFamily;
  readonly port: number;
  /** Sends at once, or drops when the system cannot. `ip` must be an address. After `close` it does nothing. */
  send(buffer: Buffer, offset: number, length: number, port: number, ip: string): void;
  /** Idempotent; resolves when the port is free again. */
  close(): Promise<void>;
}

/**
 * Binds a socket.
 *
 * @throws {@link TransportError} `ERR_BIND`, as a rejection, when the address cannot be bound or no port is free.
 */
export async function openUdpSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const socket = await bindAny(options);
  if (options.receiveBufferBytes !== undefined) setReceiveBuffer(socket, options.receiveBufferBytes, options.onError);
  return new BoundSocket(socket, options);
}

/** A class, so that a packet finds all that it needs of its socket in one place: there are hundreds of them. */
class BoundSocket implements UdpSocket {
  readonly ip: string;
  readonly family: IpFamily;
  readonly port: number;
  readonly #socket: Socket;
  readonly #onDatagram: UdpSocketOptions['onDatagram'];
  /** The system could not take the last packet at once. */
  #waits = false;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, { ip, family, onDatagram, onError }: UdpSocketOptions) {
    this.ip = ip;
    this.family = family;
    this.port = socket.address().port;
    this.#socket = socket;
    this.#onDatagram = onDatagram;
    socket.on('message', onDatagram);
    socket.on('error', (error) => onError?.(error));
  }

  send(buffer: Buffer, offset: number, length: number, port: number, address: string): void {
    const socket = this.#socket;
    if (this.#closed || (this.#waits && socket.getSendQueueCount() > 0)) return;
    // A part of a buffer costs Node another object.
    if (length === buffer.length) socket.send(buffer, port, address);
    else socket.send(buffer, offset, length, port, address);
    this.#waits = socket.getSendQueueCount() > 0;
    if (this.#waits) keepBuffer(buffer);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#socket.off('message', this.#onDatagram);
      this.#socket.close(() => resolve());
    });
    return this.#closed;
  }
}

async function bindAny(options: UdpSocketOptions): Promise<Socket> {
  const { ip, portRange } = options;
  if (!portRange) return bind(options, 0);
  const [first, last] = portRange;
  const count = last - first + 1;
  // A random start, or each of many sockets would try the taken ports again, one after another.
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    try {
      return await bind(options, first + ((start + i) % count));
    } catch (error) {
      if (!isPortTaken(error)) throw error;
    }
  }
  throw new TransportError('ERR_BIND', `No UDP port from ${first} to ${last} is free on ${ip}; widen portRange.`, {
    retryable: true,
  });
}

function bind(options: UdpSocketOptions, port: number): Promise<Socket> {
  const { ip, family } = options;
  const isIpv6 = family === 'ipv6';
  const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', ipv6Only: isIpv6, lookup: takeLiterally });
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      socket.close();
      reject(
        new TransportError('ERR_BIND', `Cannot bind a UDP socket to ${ip} port ${port}: ${cause.message}.`, { cause }),
      );
    };
    socket.once('error', fail);
    socket.bind({ address: ip, port }, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Addresses are never names here, so that sending needs no look-up and stays synchronous. */
function takeLiterally(
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, address, 0);
}

function isPortTaken(error: unknown): boolean {
  const cause = (error as TransportError).cause as NodeJS.ErrnoException;
  return cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
}

function setReceiveBuffer(socket: Socket, bytes: number, onError: UdpSocketOptions['onError']): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch (error) {
    onError?.(error as Error);
  }
}
