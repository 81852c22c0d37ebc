import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FfmpegError, OptionError, SourceError } from '../../src/core/errors.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { Sample } from '../../src/core/sample.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import * as treat from './media-server.ts';

const STATUSES = [401, 403, 404, 410, 429, 500, 503];

describe('fromUrl', () => {
  let media: MediaFolder;
  let server: treat.MediaServer;
  let major: number;

  beforeAll(async () => {
    media = createMediaFolder();
    major = (await locateFfmpeg()).major ?? Infinity;
    const files: Record<string, Buffer> = { 'noise.mp3': Buffer.alloc(20_000, 7) };
    const save = (name: string, ...args: string[]): Buffer =>
      (files[name] = readFileSync(media.make(name, ...chirp(6), ...args)));
    save('song.mp3', '-c:a', 'libmp3lame', '-b:a', '128k');
    save('song.m4a', '-c:a', 'aac', '-b:a', '128k');
    save('song.flac');
    save('song.opus', '-c:a', 'libopus');
    save('radio.mp3', '-c:a', 'libmp3lame', '-b:a', '128k', '-write_xing', '0', '-id3v2_version', '0');
    media.make('list.m3u8', ...chirp(6), '-c:a', 'aac', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '0');
    for (const name of readdirSync(media.path('.'))) {
      if (/\.(ts|m3u8)$/.test(name)) files[name] = readFileSync(media.path(name));
    }
    server = await treat.serveMedia(files, {
      ranges: treat.withRanges,
      plain: treat.withoutRanges,
      chunked: treat.chunked,
      pieces: treat.cutEvery(30_000),
      cut: treat.firstOf(40_000, 'cut'),
      silent: treat.firstOf(40_000, 'silence'),
      radio: treat.radio(16_000, 16_000),
      ...Object.fromEntries(STATUSES.map((code) => [String(code), treat.status(code)])),
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(async () => {
    await expectNoChildren();
    server.ranges.length = 0;
  });

  const play = (path: string, options = {}) => collect(fromUrl(server.url(path), options));

  it.for([
    'ranges/song.mp3',
    'plain/song.mp3',
    'chunked/song.mp3',
    'ranges/song.m4a',
    'ranges/song.flac',
    'plain/list.m3u8',
  ])('plays %s from its first sample, and ends with it', async (path, test) => {
    const started = performance.now();
    const { values: samples, error } = await play(path);
    if (path.endsWith('m3u8') && (error as FfmpegError | undefined)?.signal === 'SIGSEGV') {
      test.skip('this build of ffmpeg crashes on every transport stream');
    }
    expect(error).toBeUndefined();
    expect(samples[0]!.ptsUs).toBe(0);
    expect(samples.length).toBeGreaterThanOrEqual(299);
    expect(samples.length).toBeLessThanOrEqual(304);
    // An HLS segment of AAC has no field for the 21 ms that its encoder puts before the first sample.
    const { startMs, purity } = findInChirp(decodeSamples(samples).subarray(path.endsWith('m3u8') ? 1440 : 0), 0);
    expect(Math.abs(startMs)).toBeLessThan(30);
    expect(purity).toBeGreaterThan(0.85);
    expect(performance.now() - started).toBeLessThan(10_000); // it does not wait for more at the end
  });

  it('begins where it is told, on a server with byte ranges', async () => {
    for (const name of ['song.mp3', 'song.m4a', 'song.flac', 'song.opus']) {
      const { values: samples, error } = await play(`ranges/${name}`, { startMs: 3210 });
      expect(error).toBeUndefined();
      expect(samples[0]!.ptsUs).toBe(3_210_000);
      const { startMs, purity } = findInChirp(decodeSamples(samples), 3210);
      expect(Math.abs(startMs - 3210)).toBeLessThan(10);
      expect(purity).toBeGreaterThan(0.8);
    }
  });

  it('goes on with a download that is cut, so that nobody notices, when the server has byte ranges', async () => {
    const { values: samples, error } = await play('pieces/song.mp3');
    expect(error).toBeUndefined();
    expect(samples.length).toBeGreaterThanOrEqual(299);
    expect(server.ranges.length).toBeGreaterThan(2);
  });

  it('fails, after what came, when a download is cut for good; that may be tried again', async (test) => {
    const { values: samples, error } = await play('cut/song.mp3');
    expect(samples.length).toBeGreaterThan(80);
    expect(samples.length).toBeLessThan(200);
    if (major < 5 && error === undefined) test.skip('this ffmpeg takes a cut download for the end of the file');
    expect(error).toBeInstanceOf(FfmpegError);
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true, exitCode: 0 });
    expect((error as Error).message).toContain('was lost');
  });

  it('fails when a server falls silent, after ten seconds', async () => {
    const started = performance.now();
    const { values: samples, error } = await play('silent/song.mp3');
    expect(samples.length).toBeGreaterThan(80);
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
    expect(performance.now() - started).toBeGreaterThan(9000);
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 40_000);

  it.each(STATUSES)('fails with what the server answered: %i', async (code) => {
    const { values, error } = await play(`${code}/song.mp3?token=hunter2`);
    expect(values).toEqual([]);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({
      code: [404, 410].includes(code) ? 'ERR_SOURCE_NOT_FOUND' : 'ERR_SOURCE_UNREADABLE',
      retryable: [429, 500, 503].includes(code),
      message: expect.stringContaining(String(code)) as string,
    });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('hunter2');
  });

  it('fails when nobody is there, which may be tried again', async () => {
    const { error } = await collect(fromUrl('http://127.0.0.1:1/song.mp3'));
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
  });

  it('fails when it is no media, or no protocol that ffmpeg knows', async () => {
    expect((await play('plain/noise.mp3')).error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: false });
    const { error } = await collect(fromUrl('nosuch://host/song.mp3'));
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: false });
  });

  it('says why an index at the end cannot be read without byte ranges', async () => {
    const { error } = await play('plain/song.m4a');
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
    expect((error as FfmpegError).stderrTail).toContain('partial file');
  });

  it('starts soon on a radio that sends no faster than it plays', async () => {
    const started = performance.now();
    let firstMs: number | undefined;
    const samples: Sample[] = [];
    const subscription = fromUrl(server.url('radio/radio.mp3'), { live: true }).subscribe((sample) => {
      firstMs ??= performance.now() - started;
      samples.push(sample);
    });
    await until(() => samples.length > 20);
    expect(firstMs).toBeLessThan(3000); // half a second of it, on an idle machine
    expect(samples[0]!.segment).toMatchObject({ live: true, freezable: false });
    subscription.unsubscribe();
  });

  it('holds nothing back of what is live', async () => {
    const queue = new SampleQueue();
    const subscription = fromUrl(server.url('ranges/song.mp3'), { live: true }).subscribe((sample) =>
      queue.push(sample),
    );
    await until(() => queue.length >= 299);
    subscription.unsubscribe();
  });

  it('holds back what is not, and lets the connection go when it is unsubscribed from', async () => {
    const queue = new SampleQueue();
    const subscription = fromUrl(server.url('ranges/song.mp3')).subscribe((sample) => queue.push(sample));
    await until(() => queue.length >= 50);
    await sleep(300);
    expect(queue.length).toBe(50);
    subscription.unsubscribe();
    await until(() => liveChildren() === 0);
    for (let tries = 0; (await server.connections()) > 0 && tries < 200; tries++) await sleep(10);
    expect(await server.connections()).toBe(0);
  });

  it('reads a file by its URL as a file', async () => {
    const url = pathToFileURL(media.path('song.opus'));
    const { values, error } = await collect(fromUrl(url, { ffmpegPath: '/no/such/ffmpeg' }));
    expect(error).toBeUndefined();
    expect(values.length).toBeGreaterThan(290);
    expect(() => fromUrl('file:///a%2Fb.opus')).toThrow(OptionError);
  });
});
