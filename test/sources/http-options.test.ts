import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { fromUrl, type FromUrlOptions } from '../../src/sources/from-url.ts';
import { toHttpOptions } from '../../src/sources/http-options.ts';

describe('toHttpOptions', () => {
  it('makes a header of the user agent, in place of another one', () => {
    expect(toHttpOptions({ headers: { 'user-agent': 'a', Referer: 'b' }, userAgent: 'me' }).headers).toEqual({
      Referer: 'b',
      'User-Agent': 'me',
    });
    expect(toHttpOptions({ headers: { 'user-agent': 'a' } }).headers).toEqual({ 'user-agent': 'a' });
  });

  it.each([
    [{ userAgent: 'a\r\nX: y' }, 'options.userAgent'],
    [{ headers: { 'X-A': 'a\r\nX: y' } }, 'options.headers.X-A'],
    [{ headers: { 'X A': 'a' } }, 'options.headers'],
    [{ headers: 'X: a' }, 'options.headers'],
    [{ cookies: { a: '1; domain=other' } }, 'options.cookies.a'],
    [{ cookies: { a: 1 } }, 'options.cookies.a'],
    [{ proxy: 'socks5://host:1' }, 'options.proxy'],
    [{ proxy: 'host' }, 'options.proxy'],
  ])('refuses %j, and names %s', (options, path) => {
    const make = (): unknown => fromUrl('http://host/a', options as FromUrlOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(expect.objectContaining({ path }) as Error);
  });

  it.each([
    ['http://me:hunter2@host:99999/', {}],
    ['http://host/a', { headers: { Authorization: 'Bearer hunter2\n' } }],
    ['http://host/a', { headers: 'Authorization: Bearer hunter2' }],
    ['http://host/a', { cookies: { session: 'hunter2; path=/' } }],
    ['http://host/a', { proxy: 'me:hunter2@host:3128' }],
    ['http://host/a', { proxy: 'socks5://me:hunter2@host:1080' }],
  ])('does not show the secrets of what it refuses: %s %j', (url, options) => {
    let refused: unknown;
    try {
      fromUrl(url, options as FromUrlOptions);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(OptionError);
    expect(inspect(refused)).not.toContain('hunter2');
  });
});
