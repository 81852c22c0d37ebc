import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import { OptionError, RxcallError, TransportError } from '../../core/errors.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import type { Impairment } from '../../webrtc/transport-options.ts';
import type { Participant } from '../conference/participant.ts';
import { createBrowserListener, type BrowserListener } from './browser-listener.ts';
import { createEventFeed } from './event-feed.ts';
import { PAGE_FILES } from './page-files.ts';

/** Where the page is served. */
export interface PageOptions {
  /** TCP port; 0 lets the system choose. Default 0. */
  port?: number | undefined;
  /** Address to serve on. Anybody who can reach it can listen. Default `'127.0.0.1'`. */
  host?: string | undefined;
  /** Loss, delay and jitter on the way to browsers. May be changed at any time. */
  impair?: Impairment | undefined;
  logger?: Logger | undefined;
}

/** A page on which browsers listen and watch. */
export interface ConferencePage {
  /** Its address, as in `http://127.0.0.1:41235/`. */
  readonly url: string;
  /** How many browsers are connected and listening. */
  readonly listeners: number;
  /** Idempotent; resolves when the port is free and every listener is gone. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;
const MAX_LISTENERS = 64;

/** An answer other than success. */
class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves the page of a conference.
 *
 * @throws TransportError `ERR_BIND` when the port is taken.
 */
export async function servePage(
  participants$: Observable<readonly Participant[]>,
  options: PageOptions & { addresses: readonly string[] },
): Promise<ConferencePage> {
  const { port = 0, host = '127.0.0.1', impair, logger = silentLogger, addresses } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new OptionError('options.port', port, 'a port');
  const feed = createEventFeed(participants$);
  const listeners = new Map<string, BrowserListener>();
  let participants: readonly Participant[] = [];
  const subscription = participants$.subscribe((present) => (participants = present));
  let closing: Promise<void> | undefined;

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : error instanceof RxcallError ? 400 : 500;
      if (status === 500) logger.error({ error }, 'page request failed');
      if (response.headersSent) return response.destroy();
      response.writeHead(status, { 'content-type': 'text/plain' }).end((error as Error).message);
    });
  });
  try {
    await listen(server, port, host);
  } catch (error) {
    subscription.unsubscribe();
    feed.close();
    throw new TransportError('ERR_BIND', `The page cannot be served on ${host} port ${port}: ${String(error)}.`, {
      cause: error,
    });
  }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site whose name was made to point here must not get at us.
    const { host, origin } = request.headers;
    if (!isOwnHost(host, url) || (origin && origin !== `http://${host}`)) throw new HttpError(403, 'Foreign page.');
    const { pathname } = new URL(request.url ?? '/', url);
    const file = PAGE_FILES[pathname];
    if (request.method === 'GET' && file) {
      response.writeHead(200, {
        'content-type': `${file.type}; charset=utf-8`,
        'cache-control': 'no-store',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; img-src data:",
      });
      response.end(file.body);
    } else if (request.method === 'GET' && pathname === '/events') {
      feed.serve(response);
    } else if (request.method === 'POST' && pathname === '/listen') {
      const { sdp, participant } = await readJson(request);
      const listener = await addListener(String(sdp), Number(participant));
      sendJson(response, 201, { id: listener.id, sdp: listener.answer, codec: listener.codec });
    } else if (pathname.startsWith('/listen/')) {
      const listener = listeners.get(pathname.slice('/listen/'.length));
      if (request.method === 'DELETE') {
        // It may have gone by itself: closing its connection is enough.
        await listener?.close();
      } else if (request.method === 'PUT') {
        if (!listener) throw new HttpError(404, 'No such listener.');
        listener.choose(participants[Number((await readJson(request))['participant'])]);
      } else {
        throw new HttpError(405, 'Use PUT or DELETE.');
      }
      response.writeHead(204).end();
    } else {
      throw new HttpError(404, 'Not found.');
    }
  }

  async function addListener(sdp: string, index: number): Promise<BrowserListener> {
    if (closing || listeners.size >= MAX_LISTENERS) throw new HttpError(503, 'No more listeners.');
    const codec = participants[index]?.videoCodec ?? 'vp8';
    const listener = await createBrowserListener(sdp, { addresses, codec, impair, logger });
    listeners.set(listener.id, listener);
    if (closing) await listener.close();
    void listener.closed.then(() => listeners.delete(listener.id));
    listener.choose(participants[index]);
    return listener;
  }

  async function close(): Promise<void> {
    subscription.unsubscribe();
    feed.close();
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([stopped, ...[...listeners.values()].map((listener) => listener.close())]);
  }

  return {
    url,
    get listeners() {
      return listeners.size;
    },
    close: () => (closing ??= close()),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isOwnHost(header: string | undefined, url: string): boolean {
  const { host, hostname, port } = new URL(url);
  return hostname === '0.0.0.0' || hostname === '[::]' || header === host || header === `localhost:${port}`;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new HttpError(413, 'The body is too large.');
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new HttpError(400, 'The body must be a JSON object.');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
