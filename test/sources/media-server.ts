import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server treats a path: what it does with the bytes of the file there. */
export type Treatment = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export interface MediaServer extends AsyncDisposable {
  url(path: string): string;
  /** `Range` headers of the requests so far; '' where there was none. */
  readonly ranges: string[];
  /** Paths of the requests so far, as in `/ranges/song.mp3`. */
  readonly paths: string[];
  /** Connections that are open now. */
  connections(): Promise<number>;
}

/** An HTTP server on loopback; `/treatment/name` serves `files[name]` in one of several ways. */
export async function serveMedia(
  files: Readonly<Record<string, Buffer>>,
  treatments: Readonly<Record<string, Treatment>>,
): Promise<MediaServer> {
  const ranges: string[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://host');
    const [, treatment = '', name = ''] = pathname.split('/');
    paths.push(pathname);
    ranges.push(request.headers.range ?? '');
    treatments[treatment]!(request, response, files[name] ?? Buffer.alloc(0));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    ranges,
    paths,
    connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** With byte ranges, as a file server does. */
export const withRanges: Treatment = (request, response, body) => {
  sendRange(request, response, body).end();
};

/** With byte ranges, but no more than `bytes` at a time. */
export const cutEvery =
  (bytes: number): Treatment =>
  (request, response, body) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    sendRange(request, response, body, from + bytes);
    if (from + bytes >= body.length) response.end();
    else setTimeout(() => response.destroy(), 50);
  };

/** The whole of it, whatever range was asked for. */
export const withoutRanges: Treatment = (_request, response, body) => {
  response.writeHead(200, { 'content-length': body.length }).end(body);
};

/** The whole of it, without saying how much that is. */
export const chunked: Treatment = (_request, response, body) => {
  response.writeHead(200).end(body);
};

/** The first `bytes`, and then the connection breaks, or nothing more comes. */
export const firstOf =
  (bytes: number, then: 'cut' | 'silence'): Treatment =>
  (_request, response, body) => {
    response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, bytes));
    if (then === 'cut') setTimeout(() => response.destroy(), 50);
  };

/** Somewhere else: the same name under another treatment. */
export const redirectTo =
  (treatment: string): Treatment =>
  (request, response) => {
    response.writeHead(302, { location: request.url!.replace(/^\/\w+\//, `/${treatment}/`) }).end();
  };

/** Only a status. */
export const status =
  (code: number): Treatment =>
  (_request, response) => {
    response.writeHead(code).end();
  };

/** In real time, without end, as a radio: so many bytes a second, after a first piece of so many. */
export const radio =
  (bytesPerSecond: number, burstBytes: number): Treatment =>
  (_request, response, body) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg' });
    response.write(body.subarray(0, burstBytes));
    let at = burstBytes;
    const timer = setInterval(() => {
      response.write(body.subarray(at, (at += bytesPerSecond / 20)));
      if (at >= body.length) at = 0;
    }, 50);
    response.on('close', () => clearInterval(timer));
  };

function sendRange(request: IncomingMessage, response: ServerResponse, body: Buffer, to = body.length): ServerResponse {
  const range = /bytes=(\d+)-/.exec(request.headers.range ?? '');
  const from = Number(range?.[1] ?? 0);
  response.writeHead(range ? 206 : 200, {
    'accept-ranges': 'bytes',
    'content-length': body.length - from,
    ...(range && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
  });
  response.write(body.subarray(from, to));
  return response;
}
