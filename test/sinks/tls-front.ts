import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { findPart } from '../requires.ts';

/** TLS in front of a server on loopback that has none. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** TLS versions of those that have connected, in order. */
  readonly protocols: readonly (string | null)[];
  /** Breaks all connections off. */
  drop(): void;
}

/** A certificate and its key, as paths of PEM files. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate that is its own authority, as `path.crt` and `path.key`. */
export function createPemFiles(path: string, host = '127.0.0.1'): PemFiles {
  const files = { cert: `${path}.crt`, key: `${path}.key` };
  execFileSync(
    findPart('openssl')!,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`],
      ...['-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'ignore' },
  );
  return files;
}

export async function createTlsFront(behindPort: number, { cert, key }: PemFiles): Promise<TlsFront> {
  const protocols: (string | null)[] = [];
  const sockets = new Set<Socket>();
  const front = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket: TLSSocket) => {
    const behind = connect(behindPort, '127.0.0.1');
    protocols.push(socket.getProtocol());
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {}); // 'close' follows
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  front.on('tlsClientError', () => {}); // who does not trust the certificate says so and goes
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');

  function drop(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: (front.address() as AddressInfo).port,
    protocols,
    drop,
    async [Symbol.asyncDispose]() {
      drop();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}
