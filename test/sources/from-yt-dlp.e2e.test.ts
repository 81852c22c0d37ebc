import { readFileSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { childrenEnded, liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { fromYtDlp, type FromYtDlpOptions } from '../../src/sources/from-yt-dlp.ts';
import { collect, expectNoChildren, fixture, until } from '../ffmpeg/processes.ts';
import { beepsMs, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import { type MediaServer, serveMedia, type Treatment, withRanges } from './media-server.ts';
import { youtubeInfo } from './yt-dlp-page.ts';

const SMALL = { video: true, videoWidth: 320, videoHeight: 240 } as const;

describe('fromYtDlp', () => {
  let media: MediaFolder;
  let server: MediaServer;
  /** How often yt-dlp was asked, each time with these arguments. */
  const asked: string[][] = [];
  const headers: Record<string, unknown>[] = [];
  /** Links with another number than this one have expired. */
  let goodLink = 0;
  /** How many bytes the link is good for; the next one lasts. */
  let bytesOfLink = Infinity;

  const signed = (name: string): string => server.url(`signed/${name}?n=${goodLink}`);
  const song = (): object => ({
    url: signed('song.webm'),
    acodec: 'opus',
    vcodec: 'none',
    http_headers: { Referer: 'x' },
  });
  /** What yt-dlp says about each page. */
  const pages: Record<string, (response: ServerResponse) => unknown> = {
    song: () => ({ id: 'song', duration: 10, ...song(), formats: [song()] }),
    both: () => {
      const names: Record<string, string> = { 251: 'sound.webm', 136: 'picture.mp4' };
      return youtubeInfo((id) => signed(names[id] ?? 'missing'));
    },
    search: () => ({ _type: 'playlist', entries: [null, { id: 'song', ...song() }] }),
    nothing: () => ({ _type: 'playlist', entries: [] }),
    cut: () => '{"id": "song", "formats": [{"url": "https://h',
    empty: () => '',
    expired: () => ({ url: server.url('signed/song.webm?n=-1'), vcodec: 'none' }),
    silent: () => undefined,
    private: (response) => fail(response, '[youtube] xyz: Private video. Sign in if you have been granted access'),
    removed: (response) =>
      fail(response, '[youtube] xyz: Video unavailable. This video has been removed by the uploader'),
    busy: (response) => fail(response, '[generic] Unable to download webpage: HTTP Error 503: Service Unavailable'),
    limited: (response) =>
      fail(response, '[youtube] xyz: Unable to download API page: HTTP Error 429: Too Many Requests'),
    offline: (response) =>
      fail(response, '[youtube] Unable to download API page: [Errno -3] Temporary failure in name resolution'),
    unknown: (response) => fail(response, 'Unsupported URL: https://host/?token=hunter2'),
  };
  function fail(response: ServerResponse, problem: string): string {
    response.statusCode = 500;
    return `WARNING: something else\nERROR: ${problem}\n`;
  }
  const page: Treatment = (request, response) => {
    asked.push(JSON.parse(String(request.headers['x-argv'])) as string[]);
    const said = pages[new URL(request.url!, 'http://host').pathname.split('/')[2]!]!(response);
    if (said !== undefined) response.end(typeof said === 'string' ? said : JSON.stringify(said));
  };
  const signedMedia: Treatment = (request, response, body) => {
    headers.push(request.headers);
    if (new URL(request.url!, 'http://host').searchParams.get('n') !== String(goodLink)) {
      return void response.writeHead(403).end();
    }
    if (bytesOfLink === Infinity) return withRanges(request, response, body);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` };
    response.writeHead(206, { 'accept-ranges': 'bytes', 'content-length': body.length - from, ...range });
    response.write(body.subarray(from, from + bytesOfLink));
    bytesOfLink = Infinity;
    goodLink++;
    setTimeout(() => response.destroy(), 50);
  };

  beforeAll(async () => {
    media = createMediaFolder();
    const film = flashAndBeep(5, { fps: 25 });
    const read = (name: string, ...args: string[]): Buffer => readFileSync(media.make(name, ...args));
    const files = {
      'song.webm': read('song.webm', ...chirp(10), '-c:a', 'libopus', '-b:a', '96k'),
      'sound.webm': read('sound.webm', ...film, '-map', '-0:v', '-c:a', 'libopus'),
      'picture.mp4': read('picture.mp4', ...film, '-map', '-1:a', '-c:v', 'libx264', '-movflags', '+faststart'),
    };
    server = await serveMedia(files, { page, signed: signedMedia });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(async () => {
    await expectNoChildren();
    asked.length = headers.length = 0;
    bytesOfLink = Infinity;
  });

  const open = (name: string, options: FromYtDlpOptions = {}) =>
    fromYtDlp(server.url(`page/${name}`), { ytDlpPath: fixture('yt-dlp.mjs'), ...options });

  it('plays sound that is Opus as it is, with the headers that it takes', async () => {
    const { values: samples, error } = await collect(open('song'));
    expect(error).toBeUndefined();
    expect(Math.abs(samples.length - 500)).toBeLessThan(4);
    expect(findInChirp(decodeSamples(samples), 0).purity).toBeGreaterThan(0.9);
    expect(headers[0]).toMatchObject({ referer: 'x' });
    // Not encoded anew: the same packets, byte for byte, are in the file.
    const bytes = readFileSync(media.path('song.webm'));
    expect(samples.slice(10, 20).every(({ data }) => bytes.includes(Buffer.from(data)))).toBe(true);
    const { values: encoded } = await collect(open('song', { filters: { volume: 0.5 } }));
    expect(encoded.slice(10, 20).some(({ data }) => bytes.includes(Buffer.from(data)))).toBe(false);
  });

  it('plays sound and picture of two links together, from the start and from the middle', async () => {
    for (const startMs of [0, 2000]) {
      const { values: samples, error } = await collect(open('both', { ...SMALL, videoHeight: 720, startMs }));
      expect(error).toBeUndefined();
      expect(samples[0]!.ptsUs).toBeGreaterThan(startMs * 1000 - 25_000);
      expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
      const offsets = offsetsMs(flashesMs(samples), beepsMs(samples));
      expect(offsets.length).toBeGreaterThanOrEqual(2);
      expect(Math.max(...offsets)).toBeLessThan(60);
    }
  });

  it('asks once for as long as the link is good, seeks included', async () => {
    const source = open('song');
    expect(source.seekable).toBe(true);
    await collect(source);
    const { values: samples } = await collect(source.open({ startMs: 7000, reason: 'seek' }));
    expect(Math.abs(samples[0]!.ptsUs - 7_000_000)).toBeLessThan(21_000);
    expect(findInChirp(decodeSamples(samples), 7000).purity).toBeGreaterThan(0.8);
    expect(asked).toHaveLength(1);
  });

  it('takes a new link when the old one is refused in the middle, and goes on where it was', async () => {
    bytesOfLink = 60_000;
    const { values: samples, error } = await collect(open('song'));
    expect(error).toBeUndefined();
    expect(asked).toHaveLength(2);
    const segments = [...new Set(samples.map(({ segment }) => segment))];
    expect(segments.map((segment) => segment?.reason)).toEqual(['fresh', 'reconnect']);
    // Nothing is missing, and next to nothing comes twice.
    const gaps = samples.slice(1).map(({ ptsUs }, i) => ptsUs - samples[i]!.ptsUs - samples[i]!.durationUs);
    expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(41_000);
    expect(Math.abs(samples.at(-1)!.ptsUs - 9_980_000)).toBeLessThan(60_000);
  });

  it('takes a new link when the old one has expired meanwhile', async () => {
    const source = open('song');
    await collect(source);
    goodLink++;
    const { values: samples, error } = await collect(source.open({ startMs: 5000, reason: 'seek' }));
    expect(error).toBeUndefined();
    expect(samples[0]!.segment!.reason).toBe('seek');
    expect(asked).toHaveLength(2);
  });

  it('never goes round in circles when every link is refused', async () => {
    const source = open('expired');
    for (const calls of [1, 2]) {
      const { error } = await collect(source);
      expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', retryable: false, status: 403 });
      expect(asked).toHaveLength(calls);
    }
  });

  it('passes cookies, proxy and arguments on, and nothing that could be taken for an option', async () => {
    const options = { cookiesFile: '/c.txt', cookiesFromBrowser: 'firefox', args: ['--extractor-args', 'a:b'] };
    await collect(open('nothing', { ...options, proxy: 'http://user:hunter2@127.0.0.1:1' }));
    expect(asked[0]!.join(' ')).toBe(
      `-J --no-playlist --playlist-items 1 --no-warnings --cookies /c.txt --cookies-from-browser firefox ` +
        `--proxy http://user:hunter2@127.0.0.1:1 --extractor-args a:b -- ${server.url('page/nothing')}`,
    );
    const { error } = await collect(open('song', { proxy: 'http://user:hunter2@127.0.0.1:1' }));
    expect(error).toMatchObject({ retryable: true }); // ffmpeg, too, goes by the proxy, which is not there
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('hunter2');
  });

  it('plays the first of a search', async () => {
    const { values, error } = await collect(open('search'));
    expect(error).toBeUndefined();
    expect(values.length).toBeGreaterThan(490);
  });

  it.each([
    ['private', 'ERR_SOURCE_UNREADABLE', false, /Private video.*cookiesFile/],
    ['removed', 'ERR_SOURCE_NOT_FOUND', false, /removed by the uploader/],
    ['busy', 'ERR_SOURCE_UNREADABLE', true, /503/],
    ['limited', 'ERR_SOURCE_UNREADABLE', true, /429/],
    ['offline', 'ERR_SOURCE_UNREADABLE', true, /name resolution/],
    ['unknown', 'ERR_SOURCE_UNREADABLE', false, /Unsupported URL/],
    ['cut', 'ERR_SOURCE_UNREADABLE', true, /cut off or broken \(\d+ characters\)/],
    ['empty', 'ERR_SOURCE_UNREADABLE', true, /answered with nothing/],
    ['nothing', 'ERR_SOURCE_UNREADABLE', false, /found nothing to play/],
  ])('fails with what yt-dlp said: %s', async (name, code, retryable, message) => {
    const { values, error } = await collect(open(name));
    expect(values).toEqual([]);
    expect(error).toMatchObject({ code, retryable, message: expect.stringMatching(message) as string });
    expect((error as Error).message).not.toContain('hunter2');
  });

  it('gives up when yt-dlp does not answer, and ends it', async () => {
    const { error } = await collect(open('silent', { timeoutMs: 700 }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', retryable: true });
    expect((error as Error).message).toContain('within 0.7 s');
  });

  it('ends yt-dlp when it is unsubscribed from, and whose process it is can wait for that', async () => {
    const owner = {};
    const subscription = open('silent').open({ owner }).subscribe();
    await until(() => asked.length === 1);
    expect(liveChildren()).toBe(1);
    subscription.unsubscribe();
    await childrenEnded(owner);
    expect(liveChildren()).toBe(0);
  });

  it('says how to install what is not there', async () => {
    const { error } = await collect(open('song', { ytDlpPath: '/no/such/yt-dlp' }));
    expect(error).toMatchObject({ code: 'ERR_YTDLP_NOT_FOUND', retryable: false });
    expect((error as Error).message).toMatch(/\/no\/such\/yt-dlp does not exist.*\n.*pipx install yt-dlp/);
    vi.stubEnv('PATH', '/nowhere');
    expect((await collect(fromYtDlp(server.url('page/song')))).error).toMatchObject({ code: 'ERR_YTDLP_NOT_FOUND' });
    vi.unstubAllEnvs();
  });

  it('is found on PATH', async () => {
    symlinkSync(fixture('yt-dlp.mjs'), media.path('yt-dlp'));
    vi.stubEnv('PATH', `${media.path('.')}:${process.env['PATH']}`);
    const { error } = await collect(fromYtDlp(server.url('page/song')));
    vi.unstubAllEnvs();
    expect(error).toBeUndefined();
  });

  it.each([
    [{ args: 'x' }, 'options.args'],
    [{ timeoutMs: 0 }, 'options.timeoutMs'],
    [{ proxy: 'socks5://host' }, 'options.proxy'],
    [{ cookiesFile: '' }, 'options.cookiesFile'],
    [{ audioBitrateKbps: 1 }, 'options.audioBitrateKbps'],
  ])('refuses %j, and names %s', (options, path) => {
    const make = (): unknown => fromYtDlp('https://host/', options as FromYtDlpOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(expect.objectContaining({ path }) as Error);
    expect(() => fromYtDlp(' ')).toThrow(OptionError);
  });
});
