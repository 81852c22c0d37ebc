import { TransportError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Endpoint } from '../ice/stun-format.ts';
import { turnMessageLength } from '../message-stream.ts';
import { openStreamConnection } from '../stream-connection.ts';
import type { IceServer, IpFamily } from '../transport-options.ts';
import { openUdpSocket } from '../udp-socket.ts';
import type { ServerAddress } from './ice-server-url.ts';
import { TurnAllocation } from './turn-allocation.ts';

export interface RelayChannelOptions {
  server: IceServer;
  address: ServerAddress;
  /** Address of the server, its name resolved. */
  serverIp: string;
  /** Address of ours to connect from. Default: the system chooses. */
  localIp?: string | undefined;
  family?: IpFamily | undefined;
  onAllocated: (relayed: Endpoint) => void;
  onData: (data: Buffer, ip: string, port: number) => void;
  /** Of no use, or not any more. Once. */
  onLost: (error: TransportError) => void;
  /** Something happened; {@link RelayChannel.tick} may be due sooner than it said. */
  onWake: () => void;
  logger: Logger;
}

/** Carries messages to and from the server. */
interface Carrier {
  send(bytes: Buffer): void;
  close(): Promise<void>;
}

/** An address on a TURN server, and the connection to the server that goes with it. */
export interface RelayChannel {
  send(data: Buffer, ip: string, port: number): void;
  /** Does what is due at that time of `performance.now()`. Returns when to call again. */
  tick(nowMs: number): number;
  /** Idempotent; gives the address back. Resolves when sockets are gone. */
  close(): Promise<void>;
}

/** Connects to the server and asks it for an address. What goes wrong is told by `onLost`. */
export async function openRelayChannel(options: RelayChannelOptions): Promise<RelayChannel> {
  const { server, address, onData, onAllocated, onWake, logger } = options;
  const now = (): number => performance.now();
  let closed: Promise<void> | undefined;
  const lose = (error: Error | undefined): void => {
    if (closed) return;
    void channel.close();
    options.onLost(lostError(address, error));
  };
  const allocation = new TurnAllocation({
    username: server.username,
    credential: server.credential,
    family: options.family,
    reliable: address.carrier !== 'udp',
    send: (bytes) => carrier.send(bytes),
    onAllocated,
    onData,
    onLost: lose,
    logger,
  });
  const receive = (bytes: Buffer): void => {
    allocation.handle(bytes, now());
    onWake();
  };
  const start = (): void => {
    allocation.start(now());
    onWake();
  };
  const channel: RelayChannel = {
    send: (data, ip, port) => allocation.send(data, ip, port, now()),
    tick: (nowMs) => allocation.tick(nowMs),
    close() {
      if (!closed) {
        allocation.close(now());
        closed = carrier.close();
      }
      return closed;
    },
  };
  const carrier = await openCarrier(options, receive, start, lose);
  if (address.carrier === 'udp') start();
  return channel;
}

async function openCarrier(
  { server, address, serverIp: ip, localIp }: RelayChannelOptions,
  receive: (bytes: Buffer) => void,
  onOpen: () => void,
  lose: (error: Error | undefined) => void,
): Promise<Carrier> {
  const { port, carrier } = address;
  if (carrier !== 'udp') {
    const tls = carrier === 'tls' ? { serverName: address.host, ca: server.ca } : undefined;
    const onClosed = lose;
    const lengthOf = turnMessageLength;
    return openStreamConnection({ ip, port, localIp, tls, lengthOf, onOpen, onMessage: receive, onClosed });
  }
  const isIpv6 = ip.includes(':');
  const socket = await openUdpSocket({
    ip: localIp ?? (isIpv6 ? '::' : '0.0.0.0'),
    family: isIpv6 ? 'ipv6' : 'ipv4',
    onDatagram: (datagram, from) => {
      if (from.port === port && from.address === ip) receive(datagram);
    },
  });
  return {
    send: (bytes) => socket.send(bytes, 0, bytes.length, port, ip),
    close: () => socket.close(),
  };
}

function lostError({ url }: ServerAddress, cause: Error | undefined): TransportError {
  const problem = cause ? cause.message : 'the server closed the connection.';
  const retryable = !(cause instanceof TransportError) || cause.retryable;
  return new TransportError('ERR_ICE_FAILED', `TURN server ${url}: ${problem}`, { cause, retryable });
}
