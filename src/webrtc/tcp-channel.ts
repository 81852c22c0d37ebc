import type { Logger } from '../core/logger.ts';
import { endpoint } from './ice/candidate-pair.ts';
import { framedDatagramLength } from './message-stream.ts';
import { openStreamConnection, type StreamConnection } from './stream-connection.ts';

export interface TcpChannelOptions {
  /** Local address to connect from. */
  ip: string;
  onDatagram: (datagram: Buffer, ip: string, port: number) => void;
  logger: Logger;
}

interface Connection {
  readonly stream: StreamConnection;
  /** When it broke; it may be tried again a while later. */
  brokenMs: number;
}

const HEADER_LENGTH = 2;
/** How long after a connection broke it is opened again, if something is to be sent. */
const RECONNECT_MS = 1000;

/**
 * Datagrams over TCP, as an active candidate sends them (RFC 6544, framed by RFC 4571): one connection to each address
 * that something is sent to, opened by the first datagram.
 */
export class TcpChannel {
  readonly #options: TcpChannelOptions;
  readonly #connections = new Map<string, Connection>();
  #closed: Promise<void> | undefined;

  constructor(options: TcpChannelOptions) {
    this.#options = options;
  }

  send(buffer: Buffer, offset: number, length: number, port: number, ip: string): void {
    const connection = this.#connect(ip, port);
    if (!connection || connection.brokenMs !== Infinity) return;
    const frame = Buffer.allocUnsafe(HEADER_LENGTH + length);
    frame.writeUInt16BE(length, 0);
    buffer.copy(frame, HEADER_LENGTH, offset, offset + length);
    connection.stream.send(frame);
  }

  /** Idempotent; resolves when all connections are gone. */
  close(): Promise<void> {
    const streams = [...this.#connections.values()].map(({ stream }) => stream.close());
    this.#closed ??= Promise.all(streams).then(() => {});
    return this.#closed;
  }

  #connect(ip: string, port: number): Connection | undefined {
    if (this.#closed) return undefined;
    const key = `${ip} ${port}`;
    const known = this.#connections.get(key);
    if (known && performance.now() - known.brokenMs < RECONNECT_MS) return known;
    const { ip: localIp, onDatagram, logger } = this.#options;
    const connection: Connection = {
      brokenMs: Infinity,
      stream: openStreamConnection({
        ip,
        port,
        localIp,
        lengthOf: framedDatagramLength,
        onMessage: (message) => onDatagram(message.subarray(HEADER_LENGTH), ip, port),
        onClosed: (error) => {
          connection.brokenMs = performance.now();
          logger.debug({ remote: endpoint({ ip, port }), error: error?.message }, 'TCP connection is gone');
        },
      }),
    };
    this.#connections.set(key, connection);
    return connection;
  }
}
