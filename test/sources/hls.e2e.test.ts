import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { vp8Size } from '../media/vp8.ts';
import { skipIfCrashed } from './ffmpeg-builds.ts';
import { beepsMs, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { createMediaFolder, type MediaFolder } from './media-folder.ts';
import { type MediaServer, serveMedia, type Treatment, withoutRanges } from './media-server.ts';
import { listen } from './recipe-book.ts';

const SECONDS = 6;
const HLS = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'];
/** Two sizes of the same film. */
const SIZES = ['-s:v:0', '320x180', '-s:v:1', '160x90', '-b:v:0', '400k', '-b:v:1', '100k'];

describe('HLS', () => {
  let media: MediaFolder;
  let server: MediaServer;
  let openedAt: number | undefined;
  /** Whether this ffmpeg can choose a variant whose sound is somewhere else. */
  let canChoose: boolean;

  /** A window of three seconds that goes on, a second at a time, for as long as there are pieces. */
  const live: Treatment = (request, response, body) => {
    if (!request.url!.endsWith('.m3u8')) return withoutRanges(request, response, body);
    openedAt ??= performance.now();
    const first = Math.floor((performance.now() - openedAt) / 1000);
    const pieces = [first, first + 1, first + 2].map((n) => `#EXTINF:1,\nlive${n % 12}.ts\n`);
    response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${pieces.join('')}`);
  };
  /** For guests with the right headers, down to the last piece and key. */
  const guarded: Treatment = (request, response, body) => {
    const { cookie, referer } = request.headers;
    const isGuest = referer === 'https://site/' && cookie === 'session=1';
    if (isGuest) withoutRanges(request, response, body);
    else response.writeHead(403).end();
  };
  /** Everything but the list of variants only with the cookie that comes with that. */
  const cookied: Treatment = (request, response, body) => {
    if (request.url!.endsWith('/both.m3u8')) response.setHeader('set-cookie', 'ticket=1; path=/');
    else if (request.headers.cookie !== 'ticket=1') return void response.writeHead(403).end();
    withoutRanges(request, response, body);
  };

  /** Pieces from one number up to another are answered by nothing but a status. */
  const without =
    (code: number, from: number, to: number): Treatment =>
    (request, response, body) => {
      const piece = Number(/both\d(\d+)\.ts/.exec(request.url!)?.[1] ?? -1);
      if (piece >= from && piece <= to) response.writeHead(code).end();
      else withoutRanges(request, response, body);
    };

  beforeAll(async () => {
    canChoose = ((await locateFfmpeg()).major ?? Infinity) >= 5;
    media = createMediaFolder();
    const film = flashAndBeep(SECONDS, { size: '320x180' });
    const input = film.slice(0, film.indexOf('-map'));
    const variants = (name: string, maps: string[], map: string): string =>
      media.make(
        `${name}%v.m3u8`,
        ...input,
        ...maps,
        ...X264,
        ...SIZES,
        ...HLS,
        '-master_pl_name',
        `${name}.m3u8`,
        '-var_stream_map',
        map,
      );
    variants('both', ['-map', '0', '-map', '0', '-map', '1', '-map', '1'], 'v:0,a:0 v:1,a:1');
    variants('apart', ['-map', '0', '-map', '0', '-map', '1'], 'v:0,agroup:x v:1,agroup:x a:0,agroup:x');
    media.write('secret.key', '0123456789abcdef');
    const key = media.write('key-info', `secret.key\n${media.path('secret.key')}\n`);
    media.make('encrypted.m3u8', ...film, ...X264, ...HLS, '-hls_key_info_file', key);
    media.make('live.m3u8', ...flashAndBeep(12, { size: '160x90' }), ...X264, ...HLS);
    media.write('nowhere.m3u8', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nno-such.m3u8\n');
    const files = Object.fromEntries(
      readdirSync(media.path('.')).map((name) => [name, readFileSync(media.path(name))]),
    );
    delete files['live.m3u8'];
    const plain: Treatment = (request, response, body) =>
      body.length > 0 ? withoutRanges(request, response, body) : response.writeHead(404).end();
    server = await serveMedia(files, {
      ...{ plain, live, guarded, cookied },
      expired: without(403, 3, 99),
      overloaded: without(503, 3, 99),
      holey: without(404, 2, 2),
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(async () => {
    await expectNoChildren();
    server.paths.length = 0;
    openedAt = undefined;
  });

  async function play(source: MediaSource, test: TestContext): Promise<Sample[]> {
    const { values, error } = await collect(source);
    if (error !== undefined) skipIfCrashed(test)(error);
    return values;
  }
  const heightOf = (samples: readonly Sample[]): unknown =>
    vp8Size(samples.find(({ kind }) => kind === 'video')!.data).height;
  const lastsMs = (samples: readonly Sample[], kind: string): number =>
    samples.filter((sample) => sample.kind === kind).reduce((sum, { durationUs }) => sum + durationUs, 0) / 1000;

  it.for([
    ['the size that is wanted', { video: true, videoHeight: 200 }, 'both0', 180],
    ['the next smaller one', { video: true, videoHeight: 100 }, 'both1', 90],
    ['the smallest, for sound alone', {}, 'both1', undefined],
  ] as const)('loads of several variants only %s', async ([, options, variant, height], test) => {
    const samples = await play(fromUrl(server.url('plain/both.m3u8'), options), test);
    const loaded = new Set(server.paths.map((path) => /\/([a-z]+\d?)\d*\.\w+$/.exec(path)![1]));
    expect(loaded).toEqual(new Set(['both', variant]));
    expect(Math.abs(lastsMs(samples, 'audio') - 1000 * SECONDS)).toBeLessThan(120);
    if (height !== undefined) expect(heightOf(samples)).toBe(height);
  });

  it('plays sound that is apart from its pictures, together with them, or alone', async (test) => {
    const url = server.url('plain/apart.m3u8');
    const film = await play(fromUrl(url, { video: true, videoHeight: 100 }), test);
    if (canChoose) expect(heightOf(film)).toBe(90);
    expect(Math.max(...offsetsMs(flashesMs(film), beepsMs(film)))).toBeLessThan(60);
    server.paths.length = 0;
    await play(fromUrl(url), test);
    expect(server.paths.filter((path) => /apart[01]/.test(path))).toEqual([]);
  });

  it('starts in the middle', async (test) => {
    const samples = await play(fromUrl(server.url('plain/both.m3u8'), { video: true, startMs: 3500 }), test);
    expect(samples[0]!.ptsUs).toBe(3_500_000);
    expect(Math.abs(lastsMs(samples, 'audio') - 2500)).toBeLessThan(150);
    expect(Math.max(...offsetsMs(flashesMs(samples), beepsMs(samples)))).toBeLessThan(60);
  });

  it('decrypts AES-128, with headers and cookies for every piece and for the key', async (test) => {
    const url = server.url('guarded/encrypted.m3u8');
    const options = { headers: { Referer: 'https://site/' }, cookies: { session: '1' } };
    const samples = await play(fromUrl(url, options), test);
    expect(Math.abs(lastsMs(samples, 'audio') - 1000 * SECONDS)).toBeLessThan(120);
    expect(server.paths).toContain('/guarded/secret.key');
    const { error } = await collect(fromUrl(url));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', retryable: false });
    expect((error as Error).message).toContain('403');
  });

  it('gives back the cookies that come with the list of variants', async (test) => {
    const samples = await play(fromUrl(server.url('cookied/both.m3u8'), { video: true, videoHeight: 100 }), test);
    if (canChoose) expect(heightOf(samples)).toBe(90);
    expect(Math.abs(lastsMs(samples, 'video') - 1000 * SECONDS)).toBeLessThan(120);
  });

  it('plays playlists on the disk, the encrypted one and those of variants as well', async (test) => {
    const encrypted = await play(fromFile(media.path('encrypted.m3u8')), test);
    expect(Math.abs(lastsMs(encrypted, 'audio') - 1000 * SECONDS)).toBeLessThan(120);
    const small = await play(fromFile(media.path('both.m3u8'), { video: true, videoHeight: 100 }), test);
    expect(heightOf(small)).toBe(90);
    const remote = media.write(
      'remote.m3u8',
      `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${server.url('plain/both1.m3u8')}\n`,
    );
    expect(Math.abs(lastsMs(await play(fromFile(remote), test), 'audio') - 1000 * SECONDS)).toBeLessThan(120);
  });

  it('finds out that a playlist grows, and holds nothing of it back', async (test) => {
    const source = fromUrl(server.url('live/live.m3u8'), { startMs: 5000 });
    const samples = await listen(source, 4).catch(skipIfCrashed(test));
    expect(samples[0]!.segment).toMatchObject({ live: true, freezable: false });
    expect(samples[0]!.ptsUs).toBe(0); // at the edge, not at a position
    const lists = server.paths.filter((path) => path.endsWith('.m3u8'));
    expect(lists.length).toBeGreaterThan(2);
  });

  it.for([
    ['expired', 'ERR_SOURCE_UNREADABLE', false],
    ['overloaded', 'ERR_FFMPEG_FAILED', true],
  ] as const)(
    'never takes pieces that cannot be loaded any more for the end: %s',
    async ([why, code, retryable], test) => {
      const { values, error } = await collect(fromUrl(server.url(`${why}/both0.m3u8`)));
      if ((error as { signal?: unknown }).signal) skipIfCrashed(test)(error);
      expect(Math.abs(lastsMs(values, 'audio') - 3000)).toBeLessThan(120);
      expect(error).toMatchObject({ code, retryable });
    },
  );

  it('passes over a piece that is missing, and stays in sync', async (test) => {
    const samples = await play(fromUrl(server.url('holey/both1.m3u8'), { video: true, videoHeight: 100 }), test);
    expect(Math.abs(lastsMs(samples, 'audio') - 1000 * SECONDS)).toBeLessThan(150);
    expect(Math.max(...offsetsMs(flashesMs(samples), beepsMs(samples)))).toBeLessThan(60);
  });

  it.each(['http://radio/1.mp3\n', '# songs\nsong one.mp3\nsong two.mp3\n'])(
    'says what a list of addresses is that is no HLS: %j',
    async (text) => {
      const { error } = await collect(fromFile(media.write('radio.m3u', text)));
      expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', retryable: false });
      expect((error as Error).message).toContain('list of addresses');
    },
  );

  it.for(['missing.m3u8', 'nowhere.m3u8'])('fails with what is missing: %s', async (name, test) => {
    const { values, error } = await collect(fromUrl(server.url(`plain/${name}`)));
    expect(values).toEqual([]);
    if ((error as { signal?: unknown }).signal) skipIfCrashed(test)(error);
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', retryable: false });
  });
});
