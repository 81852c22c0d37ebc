import { channel } from 'node:diagnostics_channel';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { EMPTY, NEVER, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import type { Logger } from '../../src/core/logger.ts';
import { pace } from '../../src/operators/pace.ts';
import { toRtmp } from '../../src/sinks/to-rtmp.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromShells } from '../../src/sources/from-shells.ts';
import { expectNoChildren } from '../ffmpeg/processes.ts';
import { requires } from '../requires.ts';
import { createRtmpServer, freePort, isOrdered, readRecording } from '../sinks/rtmp-server.ts';
import { createMediaFolder, type MediaFolder, sleep, tone, until } from './stage.ts';

const here = requires('nginx') && requires('ffprobe');
const KEY = 'very-secret-key-1234';
const QUICK = { reconnect: { firstDelayMs: 100 } };

/** Writes everything down that is logged or published. */
function eavesdrop(): { logger: Logger; heard: () => string; pids: (what: string) => number[] } & Disposable {
  const heard: unknown[] = [];
  const started: { pid: number; argv: readonly string[] }[] = [];
  const hear = (data: object, message?: string): unknown => heard.push([data, message]);
  const onSpawn = (message: unknown): void => {
    heard.push(message);
    started.push(message as (typeof started)[0]);
  };
  const spawned = channel('rxcall:ffmpeg:spawn');
  spawned.subscribe(onSpawn);
  return {
    logger: { debug: hear, info: hear, warn: hear, error: hear },
    heard: () => inspect(heard, { depth: 20, maxStringLength: null, maxArrayLength: null }),
    pids: (what) => started.filter(({ argv }) => argv.includes(what)).map(({ pid }) => pid),
    [Symbol.dispose]: () => spawned.unsubscribe(onSpawn),
  };
}

describe.runIf(here)('an RTMP call, when something is wrong', () => {
  let media: MediaFolder;
  let song: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  it('rejects with what is wrong, and shows the key nowhere', async () => {
    await using server = await createRtmpServer();
    using ears = eavesdrop();
    await using client = createClient({ logger: ears.logger });
    const cases = [
      [`https://host/${KEY}`, 'ERR_OPTION', false],
      [`rtmp://127.0.0.1:${await freePort()}/live/${KEY}`, 'ERR_RTMP_UNREACHABLE', true],
      [server.url(`wrong-${KEY}`), 'ERR_RTMP_REFUSED', false],
      [`rtmp://127.0.0.1:${server.port}/nothing/${KEY}`, 'ERR_RTMP_REFUSED', false],
    ] as const;
    const errors: unknown[] = [];
    for (const [url, code, retryable] of cases) {
      const error: unknown = await client.createRtmpCall('one', url).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, retryable });
      errors.push(error);
      expect(client.calls).toEqual([]);
    }
    // One that is taken, plays, loses its server and is closed; with all that can be asked of it.
    const call = await client.createRtmpCall('one', server.url(KEY), QUICK);
    await call.play(fromFile(song));
    await server.stop();
    await until(() => call.status.status === 'reconnecting', 20_000);
    const said = [errors, call.status, call.state, call.getStats(), await call.seekTo(NaN).catch((e: unknown) => e)];
    await call.close();
    expect(ears.heard()).toContain('-progress');
    expect(ears.heard() + inspect(said, { depth: 20 })).not.toContain(KEY);
  });

  it('gives a server that answers nothing up in time, and one that takes nothing any more', async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    await using client = createClient();
    const { port } = mute.address() as { port: number };
    const started = performance.now();
    await expect(
      client.createRtmpCall('one', `rtmp://127.0.0.1:${port}/live/key`, { connectTimeoutMs: 1500 }),
    ).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT', retryable: true });
    expect(performance.now() - started).toBeLessThan(10_000);
    mute.close();

    await using server = await createRtmpServer();
    const call = await client.createRtmpCall('one', server.url(), { ...QUICK, stallMs: 1500 });
    // Noise, so that what the kernel keeps is soon full.
    const noise = 'ffmpeg -f lavfi -i "nullsrc=s=640x360:r=25,geq=random(1)*255:128:128" -b:v 8M -g 25 -';
    await call.play(fromShell(noise, { track: 'video' }));
    server.freeze(true);
    await until(() => call.status.status === 'reconnecting', 40_000);
    expect(call.status).toMatchObject({ error: { code: 'ERR_RTMP_STALLED', retryable: true } });
    server.freeze(false);
    await until(() => call.status.status === 'active', 20_000);
    expect(call.getStats().publishes).toBe(2);
    await call.close();
  });

  it('goes on when its ffmpeg is killed, and only then publishes again', async () => {
    await using server = await createRtmpServer();
    using ears = eavesdrop();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url(), QUICK);
    await call.play(fromFile(song));
    await sleep(1000);
    expect(server.publishes).toHaveLength(1);
    process.kill(ears.pids('-progress')[0]!, 'SIGKILL');
    await until(() => call.status.status === 'reconnecting');
    await until(() => call.status.status === 'active', 20_000);
    await sleep(1000);
    expect(call.state.playback.status).toBe('playing');
    await call.close();
    expect(server.publishes).toHaveLength(2);
    expect(isOrdered(readRecording(server.recordings()[1]!).audioMs)).toBe(true);
  });

  it('gives up after as many attempts as it may make', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url(), { reconnect: { firstDelayMs: 50, maxAttempts: 2 } });
    const ends: string[] = [];
    call.playback$.subscribe((event) => event.type === 'ended' && ends.push(event.reason));
    const told: string[] = [];
    client.on('connectionChange', ({ state, rejoining }) => void told.push(rejoining ? `${state}, rejoining` : state));
    client.on('streamEnd', ({ reason }) => void told.push(`streamEnd ${reason}`));
    await call.play(fromFile(song));
    await server.stop();
    await until(() => call.status.status === 'failed', 30_000);
    expect(call.status).toMatchObject({ error: { code: 'ERR_RTMP_UNREACHABLE' } });
    expect(ends).toEqual(['disconnected']);
    await until(() => told.length === 4);
    expect(told).toEqual(['connected', 'failed, rejoining', 'failed', 'streamEnd disconnected']);
    await expect(call.play(fromFile(song))).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    // One that failed is replaced without being closed.
    await server.start();
    const next = await client.createRtmpCall('one', server.url());
    expect(client.get('one')).toBe(next);
  });

  it('is one a chat, can be called off, and closes at any time', async () => {
    await using server = await createRtmpServer();
    await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
    const first = client.createRtmpCall('one', server.url('first'));
    await expect(client.createRtmpCall('one', server.url('second'))).rejects.toMatchObject({ code: 'ERR_CALL_EXISTS' });
    await expect(client.createCall('one')).rejects.toMatchObject({ code: 'ERR_CALL_EXISTS' });
    const call = await first;
    expect(server.publishes).toEqual(['first']);
    const closings: Promise<void>[] = [];
    call.playback$.subscribe(() => closings.push(call.close()));
    await expect(call.play(fromFile(song))).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await Promise.all([...closings, call.close(), call.closed]);
    expect(call.status.status).toBe('closed');

    const aborter = new AbortController();
    const aborted = client.createRtmpCall('two', server.url('aborted'), { signal: aborter.signal });
    aborter.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const closed = expect(client.createRtmpCall('three', server.url('closed'))).rejects.toMatchObject({
      code: 'ERR_CALL_CLOSED',
    });
    await sleep(50);
    await client.close();
    await closed;
  });

  it('plays what is live with its picture, at its edge after a pause', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url());
    const camera = fromShells(
      {
        audio: 'ffmpeg -re -f lavfi -i sine=frequency=440 -',
        video: 'ffmpeg -re -f lavfi -i testsrc2=s=320x240:r=25 -c:v libx264 -r 25 -g 25 -',
      },
      { live: true },
    );
    await call.play(camera);
    await sleep(2000);
    const before = call.positionMs;
    call.pause();
    await sleep(2500);
    call.resume();
    await sleep(2500);
    expect(call.positionMs).toBeGreaterThan(before + 3500);
    await call.close();
    expect(server.publishes).toHaveLength(1);
    const recording = readRecording(server.recordings()[0]!);
    expect(recording.complaints).toBe('');
    expect(isOrdered(recording.videoMs)).toBe(true);
    expect(recording.videoMs.length).toBeGreaterThan(80);
  });

  it('plays on when a source fails, and refuses what it cannot send', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url());
    await call.play(fromFile(song));
    await expect(call.play(fromFile('missing.mp3'))).rejects.toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    const opus = { kind: 'audio', codec: 'opus', data: new Uint8Array(3), ptsUs: 0, durationUs: 20_000 } as const;
    await expect(call.play(of({ ...opus, keyframe: true }))).rejects.toThrow('brings opus');
    const shell = fromShell('ffmpeg -f lavfi -i sine -c:a libopus -');
    await expect(call.play(shell)).rejects.toThrow('-c:a libopus, which does not make AAC: leave it out');
    await expect(call.play(EMPTY)).rejects.toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
    const aborter = new AbortController();
    const aborted = call.play(NEVER, { signal: aborter.signal });
    aborter.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(call.state.playback).toMatchObject({ status: 'playing', playback: { label: song } });
    expect(call.status.status).toBe('active');
  });
});

describe.runIf(here)('toRtmp', () => {
  afterEach(expectNoChildren);

  it('takes a pipeline put together by hand, shows a cover, and ends when that ends', async () => {
    using media = createMediaFolder();
    const cover = media.make('cover.png', '-f', 'lavfi', '-i', 'color=white:s=300x300', '-frames:v', '1');
    const song = media.make('song.mp3', ...tone(440, 2));
    await using server = await createRtmpServer();
    const rtmp = toRtmp(server.url(), { cover, coverWidth: 640, coverHeight: 360 });
    await until(() => rtmp.status.status === 'active');
    fromFile(song).open(rtmp).pipe(pace()).subscribe(rtmp);
    await until(() => rtmp.status.status === 'closed');
    await rtmp.close();

    const recording = readRecording(server.recordings()[0]!);
    expect(recording.complaints).toBe('');
    // A white square of full height, and black around it.
    expect(recording.pictures[0]!.brightness).toBeGreaterThan(0.54 * 255);
    expect(recording.pictures[0]!.brightness).toBeLessThan(0.58 * 255);
    expect(recording.pcm.some((value) => Math.abs(value) > 1000)).toBe(true);
    expect(recording.audioMs.at(-1)).toBeGreaterThan(2000);
    expect(server.publishes).toHaveLength(1);
  });

  it('fails when it is given what it does not take', async () => {
    using media = createMediaFolder();
    const song = media.make('song.mp3', ...tone(440, 2));
    await using server = await createRtmpServer();
    const rtmp = toRtmp(server.url());
    await until(() => rtmp.status.status === 'active');
    fromFile(song).pipe(pace()).subscribe(rtmp);
    await until(() => rtmp.status.status === 'failed');
    expect(rtmp.status).toMatchObject({ error: { code: 'ERR_OPTION', path: 'sample.codec', value: 'opus' } });
    await rtmp.close();
  });

  it('fails when its cover cannot be read', async () => {
    const rtmp = toRtmp(`rtmp://127.0.0.1:${await freePort()}/live/key`, { cover: 'missing.png' });
    await until(() => rtmp.status.status === 'failed');
    expect(inspect(rtmp.status)).toContain('missing.png');
    await rtmp.close();
  });

  it.each([
    [{ cover: '' }, 'options.cover'],
    [{ caFile: '' }, 'options.caFile'],
    [{ coverWidth: 3 }, 'options.coverWidth'],
    [{ coverHeight: 9000 }, 'options.coverHeight'],
    [{ stallMs: 0 }, 'options.stallMs'],
    [{ connectTimeoutMs: NaN }, 'options.connectTimeoutMs'],
    [{ reconnect: { maxAttempts: -1 } }, 'options.reconnect.maxAttempts'],
  ])('refuses %o', (options, path) => {
    expect(() => toRtmp('rtmp://127.0.0.1/live/key', options)).toThrow(path);
  });
});
