import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseYtDlpFormats, httpOf, type YtDlpInfo, type YtDlpWish } from '../../src/sources/yt-dlp-formats.ts';
import { youtubeInfo } from './yt-dlp-page.ts';

const INFO = youtubeInfo((id) => `https://host/${id}`) as YtDlpInfo;
const SOUND: YtDlpWish = { audio: true, height: undefined, copies: { opus: true, vp8: true } };
const NOTHING_COPIED = { opus: false, vp8: false };

/** The names of the formats that are chosen, that of the video last, and what is copied. */
function choose(info: YtDlpInfo, wish: Partial<YtDlpWish>): string | undefined {
  const choice = chooseYtDlpFormats(info, { ...SOUND, ...wish });
  const links = [choice?.main, choice?.video].map((format) => format?.url?.slice('https://host/'.length));
  return choice && [links.filter(Boolean).join('+'), ...choice.copies].join(' ');
}

describe('chooseYtDlpFormats', () => {
  it.each([
    ['Opus that stays as it is, of the original, with its full range', {}, '251 audio'],
    ['the best sound, when it is encoded anyway', { copies: NOTHING_COPIED }, '251'],
    ['pictures as tall as wanted, those that decode most easily', { height: 720 }, '251+136 audio'],
    ['smaller ones rather than taller ones', { height: 900 }, '251+136 audio'],
    ['one format for both, when none is taller', { height: 360 }, '18'],
    ['pictures alone', { height: 1080, audio: false }, '137'],
    ['the smallest, when all are taller', { height: 100 }, '18'],
  ] as const)('takes %s', (_what, wish, expected) => {
    expect(choose(INFO, wish)).toBe(expected);
  });

  it('takes what passes through as it is', () => {
    const url = 'https://host/film';
    const old = { formats: [{ url, acodec: 'opus', vcodec: 'vp8', height: 360, audio_channels: 2 }] };
    expect(choose(old, { height: 720 })).toBe('film audio video');
    expect(choose(old, { height: 180 })).toBe('film audio'); // it has to become smaller
    const wide = { formats: [{ url, acodec: 'opus', vcodec: 'none', audio_channels: 6 }] };
    expect(choose(wide, {})).toBe('film');
  });

  it('takes a page that is but one file, of which nobody knows what is in it', () => {
    expect(choose({ url: 'https://host/file' }, {})).toBe('file');
    expect(choose({ formats: [], url: 'https://host/file' }, { height: 720 })).toBe('file');
  });

  it('finds nothing where there is nothing for ffmpeg', () => {
    expect(choose({}, {})).toBeUndefined();
    expect(choose({ formats: [{ url: 'https://host/x', protocol: 'http_dash_segments' }] }, {})).toBeUndefined();
    expect(choose({ formats: [{ url: 'https://host/x', acodec: 'none', vcodec: 'vp9' }] }, {})).toBeUndefined();
  });

  it.each(['file:///etc/passwd', '/etc/passwd', 'concat:/etc/passwd', '-y'])(
    'leaves out %s, whatever is said of it',
    (url) => {
      expect(chooseYtDlpFormats({ formats: [{ url, protocol: 'm3u8_native' }] }, SOUND)).toBeUndefined();
      expect(chooseYtDlpFormats({ url, protocol: 'https' }, SOUND)).toBeUndefined();
    },
  );

  it('takes whatever a page says, and chooses of what is there', () => {
    const codec = fc.constantFrom('none', 'opus', 'vp8', 'avc1', null, undefined);
    const number = fc.option(fc.integer({ min: 0, max: 5000 }));
    const format = fc.record(
      { url: fc.constantFrom('https://host/a', null), acodec: codec, vcodec: codec, height: number, tbr: number },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(format), fc.option(fc.constant(720), { nil: undefined }), (formats, height) => {
        const choice = chooseYtDlpFormats({ formats } as YtDlpInfo, { ...SOUND, height });
        for (const one of [choice?.main, choice?.video]) if (one) expect(formats).toContain(one);
      }),
    );
  });
});

describe('httpOf', () => {
  it('passes headers on, and cookies without what belongs to them', () => {
    const cookies = 'a=1; Domain=.host.com; Path=/; Secure; Expires=1794000000; b="2=3"; Domain=.host.com; Path=/';
    expect(httpOf({ http_headers: { Referer: 'x' }, cookies }, 'http://p')).toEqual({
      headers: { Referer: 'x' },
      cookies: { a: '1', b: '2=3' },
      proxy: 'http://p',
    });
    expect(httpOf({}, undefined)).toEqual({ headers: {}, cookies: {}, proxy: undefined });
  });
});
