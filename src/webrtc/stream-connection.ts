import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MessageStream, type LengthOf } from './message-stream.ts';

export interface StreamConnectionOptions {
  ip: string;
  port: number;
  /** Address of ours to connect from. Default: the system chooses. */
  localIp?: string | undefined;
  /** Speak TLS, with a server of that name. */
  tls?: { readonly serverName: string; readonly ca?: string | undefined } | undefined;
  lengthOf: LengthOf;
  onOpen?: (() => void) | undefined;
  onMessage: (message: Buffer) => void;
  /** It could not be opened, or ended. Once, and not after `close`. */
  onClosed: (error: Error | undefined) => void;
}

/** A connection over TCP or TLS that carries messages. */
export interface StreamConnection {
  /** Sends a message at once, or drops it when too much is waiting already. Before it is open, a few wait. */
  send(message: Buffer): void;
  /** Idempotent; what was sent leaves first, if it can within a second. Resolves when it is gone. */
  close(): Promise<void>;
}

/** More than this waiting means that the way is blocked, and that media would come too late to be of use. */
const MAX_WAITING_BYTES = 128 * 1024;
const LINGER_MS = 1000;

/** Begins to connect. Nothing is thrown: what goes wrong is told by `onClosed`. */
export function openStreamConnection(options: StreamConnectionOptions): StreamConnection {
  const { ip, port, localIp, tls, onMessage, onOpen } = options;
  const socket = connectSocket({ host: ip, port, ...(localIp === undefined ? {} : { localAddress: localIp }) }, tls);
  const stream = new MessageStream(options.lengthOf);
  let failure: Error | undefined;
  let closing = false;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
      if (!closing) options.onClosed(failure);
      closing = true;
    });
  });
  socket.setNoDelay(true);
  socket.on('error', (error) => (failure = error));
  socket.once(tls ? 'secureConnect' : 'connect', () => closing || onOpen?.());
  socket.on('data', (chunk: Buffer) => {
    for (const message of stream.push(chunk)) if (!closing) onMessage(message);
  });
  return {
    send(message) {
      if (!closing && socket.writableLength <= MAX_WAITING_BYTES) socket.write(message);
    },
    close() {
      if (closing) return closed;
      closing = true;
      if (socket.connecting) socket.destroy();
      else {
        const timer = setTimeout(() => socket.destroy(), LINGER_MS);
        socket.once('close', () => clearTimeout(timer));
        socket.destroySoon();
      }
      return closed;
    },
  };
}

function connectSocket(
  where: { host: string; port: number; localAddress?: string },
  tls: StreamConnectionOptions['tls'],
): Socket {
  if (!tls) return connectTcp(where);
  const { serverName, ca } = tls;
  const servername = isIP(serverName) ? {} : { servername: serverName };
  return connectTls({ ...where, ...servername, ...(ca === undefined ? {} : { ca }) });
}
