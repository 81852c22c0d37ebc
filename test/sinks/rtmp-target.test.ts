import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { readRtmpUrl } from '../../src/sinks/rtmp-target.ts';

describe('readRtmpUrl', () => {
  it.each([
    ['rtmps://dc4-1.rtmp.t.me/s/1234567890:AbC-dEf_1', 'rtmps://dc4-1.rtmp.t.me/s/***'],
    ['rtmp://host:1936/live/app/secret-key', 'rtmp://host:1936/live/app/***'],
    ['rtmp://host/live/secret-key?token=x/y&z=1', 'rtmp://host/live/***'],
    ['rtmp://user:password@host/live/secret-key', 'rtmp://***@host/live/***'],
    ['RTMPS://[::1]:443/live/secret-key', 'RTMPS://[::1]:443/live/***'],
  ])('%s', (url, label) => {
    const target = readRtmpUrl(url);
    expect(target).toMatchObject({ url, label });
    const key = url.split('?')[0]!.split('/').at(-1)!;
    expect(target.secrets).toContain(key);
    expect(target.label).not.toContain(key);
  });

  it('does not look for a key that is too short to be told from other words', () => {
    expect(readRtmpUrl('rtmp://host/live/test').secrets).toEqual(['rtmp://host/live/test']);
  });

  it.each([
    ['another protocol', 'https://host/live/secret-key'],
    ['no key', 'rtmp://host/live'],
    ['an empty key', 'rtmp://host/live/'],
    ['no host', 'rtmp:///live/secret-key'],
    ['a line end', 'rtmp://host/live/secret-key\n'],
    ['a blank', 'rtmp://host/live/secret-key live=1'],
    ['nothing', ''],
  ])('refuses %s, and does not show the key', (_, url) => {
    const refusal = (): unknown => readRtmpUrl(url);
    expect(refusal).toThrow(OptionError);
    expect(refusal).toThrow('url must be an address like rtmps://host/app/key');
    expect(refusal).not.toThrow('secret-key');
  });

  it('refuses what is no text', () => {
    expect(() => readRtmpUrl(7 as unknown as string)).toThrow(OptionError);
  });
});
