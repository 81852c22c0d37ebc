import type { HttpOptions } from '../ffmpeg/input-flags.ts';

/** What we ask for ourselves is small; ffmpeg asks again, and has its own patience. */
const TIMEOUT_MS = 5000;
/** A radio under the name of a playlist never ends. */
const MAX_TEXT_BYTES = 2 * 1024 * 1024;

export interface RequestOptions {
  http: HttpOptions | undefined;
  signal: AbortSignal;
  /** Of the header `Range`. */
  range?: string | undefined;
}

/** Asks for a URL as ffmpeg would, with the same headers and cookies. Rejects after 5 s; an error status is an answer. */
export function requestUrl(url: string, { http, signal, range }: RequestOptions): Promise<Response> {
  const headers = new Headers(http?.headers);
  const cookies = Object.entries(http?.cookies ?? {}).map(([name, value]) => `${name}=${value}`);
  if (cookies.length > 0 && !headers.has('cookie')) headers.set('cookie', cookies.join('; '));
  if (range !== undefined) headers.set('range', range);
  return fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
}

/** The body as text, its first two megabytes at most. */
export async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // The types of browsers do not know that a body can be iterated over.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_TEXT_BYTES) break; // which closes the connection
  }
  return Buffer.concat(chunks).toString();
}
