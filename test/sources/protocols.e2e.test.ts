import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { reconnect, type ReconnectStatus } from '../../src/operators/reconnect.ts';
import { fromUrl, type FromUrlOptions } from '../../src/sources/from-url.ts';
import { dominantFrequency } from '../../src/testing/measurement/dominant-frequency.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { ffmpeg } from '../media/ffmpeg.ts';
import { requires } from '../requires.ts';
import { has, skipIfCrashed } from './ffmpeg-builds.ts';
import { beepsMs, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { freePort } from './free-port.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import * as treat from './media-server.ts';
import { listen } from './recipe-book.ts';
import { serveRtmp } from './rtmp-server.ts';
import { serveRtsp } from './rtsp-server.ts';

const SMALL = { video: true, videoWidth: 320, videoHeight: 240 } as const;
const FILM = [...flashAndBeep(60, { fps: 25, size: '160x120' })];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'];
const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];

const senders = new Set<ChildProcess>();

/** An ffmpeg that sends in real time. */
function send(...args: string[]): void {
  const sender = spawn(process.env['FFMPEG_PATH'] ?? 'ffmpeg', ['-loglevel', 'error', ...args], { stdio: 'ignore' });
  senders.add(sender);
  sender.once('exit', () => senders.delete(sender));
}

/** The other side may not be there yet: as many attempts as it takes. */
const patient = (source: MediaSource): MediaSource =>
  source.pipe(reconnect({ firstDelayMs: 200, maxDelayMs: 500 })) as MediaSource;

function hertz(samples: readonly Sample[]): number {
  const pcm = decodeSamples(samples.filter(({ kind }) => kind === 'audio'));
  return dominantFrequency(
    Float32Array.from(pcm, (value) => value / 32_768),
    48_000,
  );
}

function expectLipsToMatch(samples: readonly Sample[]): void {
  const offsets = offsetsMs(flashesMs(samples), beepsMs(samples));
  expect(offsets.length).toBeGreaterThanOrEqual(2);
  expect(Math.max(...offsets)).toBeLessThan(80);
}

describe('fromUrl, live', () => {
  afterEach(async () => {
    const ends = [...senders].map((sender) => once(sender, 'exit'));
    for (const sender of senders) sender.kill('SIGKILL');
    await Promise.all(ends);
    await expectNoChildren();
  });

  it.runIf(requires('nginx'))('plays RTMP, sound and picture', async () => {
    await using server = await serveRtmp();
    send('-re', ...FILM, ...X264, '-f', 'flv', server.url('film'));
    const source = fromUrl(server.url('film'), SMALL);
    expect(source).toMatchObject({ live: true, seekable: false });
    const samples = await listen(patient(source), 4, 2);
    expectLipsToMatch(samples);
    expect(samples[0]!.segment).toMatchObject({ live: true });
  });

  it('plays RTSP over TCP, with the credentials of its address', async () => {
    const args = [...TONE, '-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1'];
    await using rtsp = await serveRtsp({ args, media: ['m=audio 0 RTP/AVP 0'], credentials: 'user:pass' });
    const source = fromUrl(`rtsp://user:pass@${rtsp.host}/sound`);
    expect(source).toMatchObject({ live: true, seekable: false });
    expect(source.label).not.toContain('pass');
    expect(hertz(await listen(source, 2))).toBeCloseTo(440, 0);
    const { error } = await collect(fromUrl(`rtsp://user:wrong@${rtsp.host}/sound`));
    expect(error).toMatchObject({ retryable: false });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('wrong');
  });

  it.runIf(has('-protocols', 'srt'))('plays SRT', async (test) => {
    const port = await freePort('udp');
    send('-re', ...FILM, ...X264, '-f', 'mpegts', `srt://127.0.0.1:${port}?mode=listener`);
    const source = fromUrl(`srt://127.0.0.1:${port}`, SMALL);
    expect(source.live).toBe(true);
    expectLipsToMatch(await listen(patient(source), 4, 2).catch(skipIfCrashed(test)));
  });

  it('plays UDP, and joins what has begun long before', async (test) => {
    const port = await freePort('udp');
    send('-re', ...FILM, ...X264, '-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`);
    const source = fromUrl(`udp://127.0.0.1:${port}`, SMALL);
    expect(source.live).toBe(true);
    expectLipsToMatch(await listen(source, 4, 2).catch(skipIfCrashed(test)));
  });

  it('plays the pictures of a camera that sends JPEG over HTTP, at the pace at which they come', async () => {
    const jpeg = ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=160x120', '-frames:v', '1', '-f', 'mjpeg']);
    const camera: treat.Treatment = (_request, response) => {
      response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=part' });
      const head = `--part\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
      const timer = setInterval(
        () => response.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')])),
        100,
      );
      response.on('close', () => clearInterval(timer));
    };
    await using server = await treat.serveMedia({}, { camera });
    const source = fromUrl(server.url('camera/live.mjpg'), SMALL);
    expect(source.live).toBe(true);
    const started = performance.now();
    const samples = await listen(source, 3);
    expect(samples.every(({ kind }) => kind === 'video')).toBe(true);
    // Ten a second come, and not the 25 that ffmpeg would take them for.
    expect(performance.now() - started).toBeGreaterThan(2500);
  });

  it('never hangs on a server that says nothing', async () => {
    await using server = await mute();
    const started = performance.now();
    const urls = ['rtmp://HOST/live/x', 'rtsp://HOST/x', 'tcp://HOST', 'http://HOST/song.mp3', 'http://HOST/list.m3u8'];
    const ends = urls.map((url) => collect(fromUrl(url.replace('HOST', server.host))));
    for (const { error } of await Promise.all(ends)) {
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
    }
    expect(performance.now() - started).toBeLessThan(40_000);
  });

  it.each(['rtmp://127.0.0.1:1/live/x', 'rtsp://127.0.0.1:1/x', 'tcp://127.0.0.1:1', 'http://127.0.0.1:1/list.m3u8'])(
    'fails when nobody is there, which may be tried again: %s',
    async (address) => {
      expect((await collect(fromUrl(address))).error).toMatchObject({ retryable: true });
    },
  );

  it('fails when not a datagram comes, also of a group', async () => {
    const addresses = [`udp://127.0.0.1:${await freePort('udp')}`, `udp://239.255.77.77:${await freePort('udp')}`];
    const ends = addresses.map((url) => collect(fromUrl(url)));
    for (const { error } of await Promise.all(ends)) {
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
    }
  });
});

describe('fromUrl, over HTTP', () => {
  let media: MediaFolder;
  let server: treat.MediaServer;
  const headers: Record<string, unknown>[] = [];

  beforeAll(async () => {
    media = createMediaFolder();
    const read = (name: string, ...args: string[]): [string, Buffer] => [name, readFileSync(media.make(name, ...args))];
    const film = [...flashAndBeep(8, { size: '160x120' }), ...X264];
    const files = Object.fromEntries([
      read('song.mp3', ...chirp(8), '-c:a', 'libmp3lame'),
      read('song.m4a', ...chirp(8), '-c:a', 'aac', '-movflags', '+faststart'),
      read('song.flac', ...chirp(8)),
      read('song.opus', ...chirp(8), '-c:a', 'libopus'),
      read('song.webm', ...chirp(8), '-c:a', 'libopus'),
      read('song.mkv', ...chirp(8), '-c:a', 'aac'),
      read('film.mkv', ...film),
      read('film.mp4', ...film, '-movflags', '+faststart'),
    ]);
    let cuts = 0;
    server = await treat.serveMedia(files, {
      plain: treat.withoutRanges,
      ranges: treat.withRanges,
      moved: treat.redirectTo('ranges'),
      round: treat.redirectTo('round'),
      noted(request, response, body) {
        headers.push(request.headers);
        treat.withRanges(request, response, body);
      },
      // Once, and not for ever.
      cut: (request, response, body) =>
        cuts++ === 0
          ? treat.firstOf(60_000, 'cut')(request, response, body)
          : treat.withRanges(request, response, body),
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(async () => {
    await expectNoChildren();
    headers.length = 0;
  });

  const play = async (path: string, options?: FromUrlOptions): Promise<Sample[]> => {
    const { values, error } = await collect(fromUrl(server.url(path), options));
    expect(error).toBeUndefined();
    return values;
  };

  it.each(['song.mp3', 'song.m4a', 'song.flac', 'song.opus', 'song.webm', 'song.mkv'])(
    'begins where it is told on a server without byte ranges: %s',
    async (name) => {
      const samples = await play(`plain/${name}`, { startMs: 4300 });
      expect(samples[0]!.ptsUs).toBe(4_300_000);
      expect(Math.abs(samples.length - 185)).toBeLessThan(5);
      const { startMs, purity } = findInChirp(decodeSamples(samples), 4300);
      expect(Math.abs(startMs - 4300)).toBeLessThan(30);
      expect(purity).toBeGreaterThan(0.8);
    },
  );

  it.each(['film.mkv', 'film.mp4'])('begins there with sound and picture, in sync, filtered: %s', async (name) => {
    const samples = await play(`plain/${name}`, { ...SMALL, startMs: 3500, filters: { tempo: 1.25, volume: 0.9 } });
    expect(new Set(samples.filter(({ ptsUs }) => ptsUs === 3_500_000).map(({ kind }) => kind)).size).toBe(2);
    expect(Math.max(...offsetsMs(flashesMs(samples), beepsMs(samples)))).toBeLessThan(60);
    const flash = flashesMs(samples)[0]!; // the one of second 4, half a second on, a quarter faster
    expect(Math.abs(flash - 3900)).toBeLessThan(60);
  });

  it('follows redirects, and does not go round in circles', async () => {
    expect((await play('moved/song.mp3')).length).toBeGreaterThan(390);
    expect((await play('moved/song.mp3', { startMs: 4000 })).length).toBeLessThan(210);
    const { error } = await collect(fromUrl(server.url('round/song.mp3')));
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
  });

  it('sends headers, user agent and cookies', async () => {
    const http = { headers: { Referer: 'https://site/' }, userAgent: 'bot/1', cookies: { session: '1', theme: 'x=y' } };
    for (const startMs of [0, 2000]) await play('noted/song.mp3', { ...http, startMs });
    expect(headers.length).toBeGreaterThanOrEqual(3);
    for (const sent of headers) {
      expect(sent).toMatchObject({ referer: 'https://site/', 'user-agent': 'bot/1', cookie: 'session=1; theme=x=y' });
    }
  });

  it('goes on after a cut, with a break that says so', async (test) => {
    const states: ReconnectStatus['status'][] = [];
    const source = fromUrl(server.url('cut/song.mp3'));
    const again = source.pipe(reconnect({ firstDelayMs: 10, onStatus: ({ status }) => states.push(status) }));
    const { values: samples, error } = await collect(again);
    expect(error).toBeUndefined();
    if (states.length === 0) test.skip('this ffmpeg takes a cut download for the end of the file');
    expect(states).toEqual(['waiting', 'connecting', 'connected']);
    const reasons = [...new Set(samples.map(({ segment }) => segment))].map((segment) => segment!.reason);
    expect(reasons).toEqual(['fresh', 'reconnect']);
    const gaps = samples.slice(1).map(({ ptsUs }, i) => ptsUs - samples[i]!.ptsUs - samples[i]!.durationUs);
    expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(2);
    expect(Math.abs(samples.length - 400)).toBeLessThan(5);
  });
});

/** A server that lets everybody in, and says nothing. */
async function mute(): Promise<AsyncDisposable & { readonly host: string }> {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
