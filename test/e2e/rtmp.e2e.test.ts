import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import type { RtmpCall } from '../../src/calls/rtmp-call.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { expectNoChildren } from '../ffmpeg/processes.ts';
import { requires } from '../requires.ts';
import { createRtmpServer, isOrdered, largestStepMs, type Recording, readRecording } from '../sinks/rtmp-server.ts';
import { beepsInPcm, flashAndBeep, onsets } from '../sources/flash-and-beep.ts';
import { serveMedia, withRanges } from '../sources/media-server.ts';
import { createMediaFolder, type MediaFolder, sleep, tone, until } from './stage.ts';

const here = requires('nginx') && requires('ffprobe');
/** In one packet. */
const AAC_SAMPLES = 1024;

describe.runIf(here)('an RTMP call', () => {
  let media: MediaFolder;
  let film: string;
  let song: string;

  beforeAll(() => {
    media = createMediaFolder();
    film = media.make('film.mkv', ...flashAndBeep(60), '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'libmp3lame');
    song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  it('is one stream through play, pause, resume, seek, switch, mute, a shell source and stop', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    const told: string[] = [];
    client.events$.subscribe(({ type }) => type !== 'mediaState' && told.push(type));
    const call = await client.createRtmpCall('one', server.url());
    const times = stopwatch(call);
    await expect(call.play('film.mkv' as never)).rejects.toMatchObject({ code: 'ERR_OPTION' });

    await call.play(fromFile(film, { video: true }));
    await sleep(3500);
    times.mark('pause');
    expect([call.pause(), call.pause()]).toEqual([true, false]);
    const pausedMs = call.positionMs;
    await sleep(3000);
    expect(call.positionMs).toBe(pausedMs);
    times.mark('resume');
    expect(call.resume()).toBe(true);
    await sleep(2500);
    expect(call.positionMs).toBeGreaterThan(pausedMs + 1500);
    expect(call.positionMs).toBeLessThan(pausedMs + 3500);
    await call.seekTo(30_000);
    times.mark('sought');
    await sleep(2500);
    expect(call.positionMs).toBeGreaterThan(31_500);
    await call.play(fromFile(song));
    times.mark('song');
    await sleep(2500);
    times.mark('muted');
    call.mute();
    await sleep(1000);
    call.unmute();
    times.mark('unmuted');
    await sleep(500);
    await call.play(fromShell('ffmpeg -re -f lavfi -i sine=frequency=880:sample_rate=44100 -ac 1 -c:a aac -b:a 96k -'));
    times.mark('shell');
    await sleep(1500);
    call.stop();
    times.mark('stopped');
    await sleep(800);
    expect(call.getStats()).toMatchObject({ status: 'active', publishes: 1, droppedFrames: 0 });
    // Film, song and command have begun, and nothing has ended by itself.
    expect(told).toEqual(['connectionChange', 'started', 'started', 'started']);
    await call.close();

    expect(server.publishes).toEqual(['stream-key']);
    expect(server.recordings()).toHaveLength(1);
    const recording = readRecording(server.recordings()[0]!);
    expectContinuous(recording);
    const at = times.on(recording);

    // Flash and beep coincide before the pause, after it, and after the seek.
    for (const [from, to] of [
      [0, at('pause') - 200],
      [at('resume'), at('sought') - 200],
      [at('sought') + 500, at('song') - 200],
    ] as const) {
      const offsets = avOffsets(recording, from, to);
      expect(offsets.length).toBeGreaterThan(0);
      expect(Math.max(...offsets)).toBeLessThanOrEqual(50);
    }
    // In the pause it is silent, and the picture stands still, in keyframes that follow each other.
    expect(loudness(recording, at('pause') + 500, at('resume') - 200)).toBeLessThan(50);
    const held = within(recording.pictures, at('pause') + 1200, at('resume') - 200);
    expect(held.length).toBeGreaterThan(3);
    expect(spread(held.map(({ brightness }) => brightness))).toBeLessThan(3);
    expect(largestStepMs(recording.keyframesMs)).toBeLessThan(3500);
    // A song has no picture of its own: two seconds later that of the film is gone.
    expect(within(recording.pictures, at('song') + 1800, at('muted'))[0]!.brightness).toBeLessThan(20);
    expect(loudness(recording, at('song') + 500, at('muted') - 200)).toBeGreaterThan(1000);
    expect(loudness(recording, at('muted') + 300, at('unmuted') - 200)).toBeLessThan(50);
    expect(loudness(recording, at('shell') + 500, at('stopped') - 300)).toBeGreaterThan(1000);
    expect(loudness(recording, at('stopped') + 400, at('stopped') + 700)).toBeLessThan(50);
  });

  it('shows the cover in place of a film while a song plays, from a file with a picture and from an address', async () => {
    const cover = media.make('cover.png', '-f', 'lavfi', '-i', 'color=gray:s=64x36', '-frames:v', '1');
    const picture = ['-i', cover, '-map', '0:a', '-map', '1:v', '-c', 'copy', '-disposition:v', 'attached_pic'];
    const withPicture = media.make('picture.mp3', '-i', song, ...picture);
    await using web = await serveMedia({ song: readFileSync(song) }, { ranges: withRanges });
    await using server = await createRtmpServer();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url(), { cover, coverWidth: 320, coverHeight: 240 });
    const times = stopwatch(call);
    await call.play(fromFile(film, { video: true }));
    await sleep(1500);
    times.mark('file');
    await call.play(fromFile(withPicture, { video: true }));
    await sleep(3500);
    times.mark('film');
    await call.play(fromFile(film, { video: true }));
    await sleep(1500);
    times.mark('url');
    await call.play(fromUrl(web.url('ranges/song')));
    await sleep(3500);
    await call.close();

    const recording = readRecording(server.recordings()[0]!);
    expectContinuous(recording);
    const at = times.on(recording);
    for (const [from, to] of [
      [at('file') + 1800, at('film') - 500],
      [at('url') + 1800, Infinity],
    ] as const) {
      const seen = within(recording.pictures, from, to).map(({ brightness }) => brightness);
      expect(seen.length).toBeGreaterThan(1);
      // 4:3 around 16:9: three quarters of it are gray.
      expect(Math.min(...seen)).toBeGreaterThan(85);
      expect(Math.max(...seen)).toBeLessThan(110);
    }
  });

  const pauses: [seconds: number, isRun: boolean][] = [
    [12, true],
    [60, process.env['RXCALL_LONG'] !== undefined],
  ];
  it.each(pauses.filter(([, isRun]) => isRun))(
    'outlasts a pause of %i s on a server that drops who is idle',
    async (seconds) => {
      await using server = await createRtmpServer();
      await using client = createClient();
      const call = await client.createRtmpCall('one', server.url());
      const times = stopwatch(call);
      await call.play(fromFile(film, { video: true }));
      await sleep(2500);
      call.pause();
      const pausedMs = call.positionMs;
      await sleep(seconds * 1000);
      times.mark('resume');
      call.resume();
      await sleep(2500);
      expect(call.positionMs).toBeGreaterThan(pausedMs + 1500);
      expect(call.positionMs).toBeLessThan(pausedMs + 4000);
      await call.close();
      expect(server.publishes).toHaveLength(1);
      const recording = readRecording(server.recordings()[0]!);
      expectContinuous(recording);
      expect(recording.audioMs.at(-1)).toBeGreaterThan((seconds + 4.5) * 1000);
      const at = times.on(recording);
      expect(avOffsets(recording, at('resume'), Infinity).length).toBeGreaterThan(1);
      const offsets = avOffsets(recording, 0, Infinity);
      expect(offsets.length).toBeGreaterThan(3);
      expect(Math.max(...offsets)).toBeLessThanOrEqual(50);
    },
  );

  it('holds what plays while the server is gone, and goes on where it was when it is back', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    const call = await client.createRtmpCall('one', server.url(), { reconnect: { firstDelayMs: 200 } });
    const statuses: string[] = [];
    call.status$.subscribe(({ status }) => statuses.push(status));
    await call.play(fromFile(film, { video: true }));
    await sleep(2500);
    await server.stop();
    await until(() => call.status.status === 'reconnecting', 20_000);
    expect(call.status).toMatchObject({ error: { code: 'ERR_RTMP_LOST', retryable: true } });
    expect(call.state.connection).toMatchObject({ status: 'failed', rejoining: true });
    await sleep(300);
    const heldMs = call.positionMs;
    await sleep(2000);
    expect(call.positionMs).toBe(heldMs);
    await server.start();
    await until(() => call.status.status === 'active', 20_000);
    await sleep(3500);
    expect(call.state.playback).toMatchObject({ status: 'playing' });
    expect(call.positionMs).toBeGreaterThan(heldMs + 1500);
    expect(call.positionMs).toBeLessThan(heldMs + 6000);
    expect(call.getStats().publishes).toBe(2);
    await call.close();

    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual([
      ...['active', 'reconnecting', 'active', 'closed'],
    ]);
    expect(server.publishes).toHaveLength(2);
    const recording = readRecording(server.recordings()[1]!);
    expectContinuous(recording);
    const offsets = avOffsets(recording, 0, Infinity);
    expect(offsets.length).toBeGreaterThan(1);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(50);
  });
});

/** No hole, no step back, and nothing that a decoder complains of. */
function expectContinuous(recording: Recording): void {
  expect(recording.complaints).toBe('');
  expect(isOrdered(recording.audioMs)).toBe(true);
  expect(isOrdered(recording.videoMs)).toBe(true);
  expect(largestStepMs(recording.audioMs)).toBeLessThanOrEqual(24);
  expect(largestStepMs(recording.videoMs)).toBeLessThan(2000);
}

/** When something was done, on the time line of what was recorded: its end is known in both. */
function stopwatch(call: RtmpCall) {
  const marks = new Map<string, number>();
  let endMs = 0;
  call.status$.subscribe(({ status }) => {
    if (status === 'closed') endMs = performance.now();
  });
  return {
    mark: (name: string): unknown => marks.set(name, performance.now()),
    // Silence is sent 220 ms after it is due.
    on: (recording: Recording) => (name: string) => marks.get(name)! - endMs + recording.audioMs.at(-1)! + 240,
  };
}

function within<T extends { readonly atMs: number }>(items: readonly T[], fromMs: number, toMs: number): T[] {
  return items.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

/** How far from the nearest beep each flash is, in milliseconds, as somebody sees and hears it. */
function avOffsets(recording: Recording, fromMs: number, toMs: number): number[] {
  const { pictures, pcm, audioMs } = recording;
  // What a film builds upon is gone through once more after a pause, a millisecond each: nobody sees that.
  const seen = pictures.filter(({ atMs }, index) => (pictures[index + 1]?.atMs ?? Infinity) - atMs >= 20);
  const flashes = onsets(
    seen.map(({ brightness }) => brightness),
    (index) => seen[index]!.atMs,
  ).filter((ms) => ms >= fromMs && ms < toMs);
  expect(pcm).toHaveLength(audioMs.length * AAC_SAMPLES);
  const beeps = beepsInPcm(pcm).map((ms) => {
    const packet = Math.floor((ms * 48) / AAC_SAMPLES);
    return audioMs[packet]! + ms - (packet * AAC_SAMPLES) / 48;
  });
  return flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(flash - beep))));
}

/** Root mean square of the samples. */
function loudness({ pcm }: Recording, fromMs: number, toMs: number): number {
  const piece = pcm.subarray(Math.round(fromMs * 48), Math.round(toMs * 48));
  return Math.sqrt(piece.reduce((sum, value) => sum + value * value, 0) / piece.length);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
