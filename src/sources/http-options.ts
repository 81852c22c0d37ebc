import { OptionError } from '../core/errors.ts';
import type { HttpOptions } from '../ffmpeg/input-flags.ts';

/** What goes along with the HTTP requests of a source. */
export interface HttpSourceOptions {
  /** What to name oneself as. Default: as ffmpeg does. */
  userAgent?: string | undefined;
  /** Headers for every request, those for the pieces of a playlist included. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Cookies, by name, for the host of the URL alone. */
  cookies?: Readonly<Record<string, string>> | undefined;
  /** URL of an HTTP proxy, `http://user:password@host:port`. Default: that of the environment (`http_proxy`). */
  proxy?: string | URL | undefined;
}

/** Letters, digits and a few signs (RFC 9110, section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Of a line that ends where it should. */
const LINE = /^[^\r\n\0]*$/;

/** Throws an {@link OptionError} that names what is not as it should be: a line end could begin another header. */
export function toHttpOptions(options: HttpSourceOptions): HttpOptions {
  const { userAgent, headers = {}, cookies = {}, proxy } = options;
  if (userAgent !== undefined && (typeof userAgent !== 'string' || userAgent === '' || !LINE.test(userAgent))) {
    throw new OptionError('options.userAgent', userAgent, 'a text of one line');
  }
  check('options.headers', headers, LINE, 'a text of one line');
  check('options.cookies', cookies, /^[^\r\n\0;]*$/, 'a text of one line without ";"');
  if (proxy !== undefined && !/^https?:$/.test(URL.parse(String(proxy))?.protocol ?? '')) {
    throw new OptionError('options.proxy', String(proxy).replace(/^.*@/s, '***@'), 'the http URL of a proxy');
  }
  const named = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'user-agent' || !userAgent);
  return {
    headers: { ...Object.fromEntries(named), ...(userAgent && { 'User-Agent': userAgent }) },
    cookies,
    proxy: proxy === undefined ? undefined : String(proxy),
  };
}

function check(path: string, pairs: unknown, value: RegExp, expected: string): void {
  if (typeof pairs !== 'object' || pairs === null) {
    throw new OptionError(path, typeof pairs === 'string' ? '***' : pairs, 'an object of names and values');
  }
  for (const [name, text] of Object.entries(pairs as Record<string, unknown>)) {
    if (!TOKEN.test(name)) throw new OptionError(path, name, 'an object with names of letters, digits and hyphens');
    if (typeof text !== 'string') throw new OptionError(`${path}.${name}`, text, expected);
    if (!value.test(text)) throw new OptionError(`${path}.${name}`, '***', expected); // it may be a secret
  }
}
