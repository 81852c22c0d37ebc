import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPart } from '../../requires.ts';

export interface Coturn extends AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  /** The server's own certificate, PEM. */
  readonly ca: string;
  readonly username: string;
  readonly credential: string;
  /** Everything it has logged. */
  log(): string;
  /** Kills it where it stands. */
  kill(): Promise<void>;
}

export interface CoturnOptions {
  ip?: string;
  relayIp?: string;
  port?: number;
  tlsPort?: number;
  /** More arguments. */
  extra?: readonly string[];
  /** What to run it with, as `ip netns exec name`. */
  prefix?: readonly string[];
}

/** Debian's coturn on loopback, with a user of its own and no configuration of the machine's. */
export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const { ip = '127.0.0.1', extra = [], prefix = [] } = options;
  const { port = await freePort(), tlsPort = await freePort(), relayIp = ip } = options;
  const folder = mkdtempSync(join(tmpdir(), 'coturn-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,IP:${ip}`];
  const ecdsa = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...ecdsa, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const config = [
    ['-n', '--log-file=stdout', '--verbose', '--no-cli', '--no-dtls', '--no-rfc5780', '--lt-cred-mech'],
    [`--listening-ip=${ip}`, `--relay-ip=${relayIp}`, '--allow-loopback-peers', '--realm=test', '--user=bob:secret'],
    [`--listening-port=${port}`, `--tls-listening-port=${tlsPort}`, `--cert=${cert}`, `--pkey=${key}`],
    [`--userdb=${join(folder, 'db')}`, `--pidfile=${join(folder, 'pid')}`],
  ].flat();
  const [program, ...args] = [...prefix, findPart('coturn')!, ...config, ...extra];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Total General servers')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`coturn ended:\n${log}`)));
  });
  const ca = readFileSync(cert, 'utf8');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    port,
    tlsPort,
    ca,
    username: 'bob',
    credential: 'secret',
    log: () => log,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
