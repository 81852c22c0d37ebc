import { mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FfmpegError, SourceError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { FfmpegNotFoundError } from '../../src/ffmpeg/ffmpeg-not-found.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import {
  chirp,
  createMediaFolder,
  decodeSamples,
  findInChirp,
  longestSilenceMs,
  type MediaFolder,
} from './media-folder.ts';

/** Pids of the processes that are started while `run` runs. */
async function pidsDuring(run: () => Promise<void>): Promise<number[]> {
  const pids: number[] = [];
  const note = (message: unknown): unknown => pids.push((message as { pid: number }).pid);
  subscribe('rxcall:ffmpeg:spawn', note);
  await run().finally(() => unsubscribe('rxcall:ffmpeg:spawn', note));
  return pids;
}

describe('fromFile', () => {
  let media: MediaFolder;
  let mp3: string;

  beforeAll(() => {
    media = createMediaFolder();
    mp3 = media.make('song.mp3', ...chirp(6), '-c:a', 'libmp3lame', '-b:a', '128k');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  const video = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=6'];
  const formats: [string, string[]][] = [
    ['a.mp3', ['-c:a', 'libmp3lame', '-b:a', '128k']],
    ['vbr.mp3', ['-c:a', 'libmp3lame', '-q:a', '5']],
    ['a.flac', ['-c:a', 'flac']],
    ['a.wav', ['-c:a', 'pcm_s16le', '-ar', '44100']],
    ['moov-at-the-end.m4a', ['-c:a', 'aac', '-b:a', '128k']],
    ['moov-at-the-start.m4a', ['-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart']],
    ['a.opus', ['-c:a', 'libopus', '-b:a', '96k']],
    ['one-packet-a-page.ogg', ['-c:a', 'libopus', '-b:a', '96k', '-page_duration', '20000']],
    ['vorbis.ogg', ['-c:a', 'libvorbis']],
    ['a.webm', ['-c:a', 'libopus', '-b:a', '96k']],
    ['film.mp4', [...video, '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-b:a', '128k']],
    ['8khz-mono.wav', ['-c:a', 'pcm_s16le', '-ar', '8000', '-ac', '1']],
  ];

  it.each(formats)('plays %s from its very first sample to its last', async (name, args) => {
    const file = media.make(name, ...chirp(6), ...args);
    const { values: samples, error } = await collect(fromFile(file));
    expect(error).toBeUndefined();
    expect(samples[0]).toMatchObject({ kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true });
    expect(samples.every(({ ptsUs }, index) => ptsUs === index * 20_000)).toBe(true);
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    expect(samples.length).toBeGreaterThanOrEqual(300);
    expect(samples.length).toBeLessThanOrEqual(304);

    const pcm = decodeSamples(samples);
    const { startMs, purity } = findInChirp(pcm, 0);
    expect(Math.abs(startMs)).toBeLessThan(1);
    expect(purity).toBeGreaterThan(0.9);
    expect(longestSilenceMs(pcm.subarray(0, 5.9 * 48_000))).toBeLessThan(20);
  });

  it.each(formats)('begins %s where it is told', async (name, args) => {
    const file = media.make(name, ...chirp(6), ...args);
    for (const askedMs of [300, 2500, 4013]) {
      const { values: samples, error } = await collect(fromFile(file).open({ startMs: askedMs, reason: 'seek' }));
      expect(error).toBeUndefined();
      const landedMs = samples[0]!.ptsUs / 1000;
      expect(landedMs).toBeGreaterThan(askedMs - 20);
      expect(landedMs).toBeLessThanOrEqual(askedMs);
      expect(samples[0]!.segment).toMatchObject({ reason: 'seek', live: false });
      const { startMs, purity } = findInChirp(decodeSamples(samples), landedMs);
      expect(Math.abs(startMs - landedMs)).toBeLessThan(10);
      expect(purity).toBeGreaterThan(0.8);
      const end = samples.at(-1)!;
      expect(Math.abs(end.ptsUs + end.durationUs - 6_000_000)).toBeLessThan(60_000);
    }
  });

  it('finds the audio behind a large cover picture', async () => {
    const noise = ['-f', 'lavfi', '-i', 'nullsrc=s=700x700:d=0.04,geq=random(1)*255:128:128'];
    const tags = ['-map', '0', '-map', '1', '-c:v', 'mjpeg', '-q:v', '1', '-disposition:v', 'attached_pic'];
    for (const name of ['cover.mp3', 'cover.flac']) {
      const file = media.make(
        name,
        ...chirp(2),
        ...noise,
        ...tags,
        ...(name === 'cover.mp3' ? ['-id3v2_version', '3'] : []),
      );
      expect(readFileSync(file).length).toBeGreaterThan(200_000);
      const { values: samples } = await collect(fromFile(file));
      expect(findInChirp(decodeSamples(samples), 0)).toMatchObject({ startMs: expect.closeTo(0, 0) as number });
    }
  });

  it('completes at once when it is to begin behind the end', async () => {
    for (const name of ['song.mp3', 'behind.opus', 'behind.webm', 'behind.m4a']) {
      const file = name === 'song.mp3' ? mp3 : media.make(name, ...chirp(6));
      expect(await collect(fromFile(file, { startMs: 3_600_000 }))).toEqual({ values: [], error: undefined });
    }
  });

  it('encodes as it is told', async () => {
    const bytes = async (audioBitrateKbps: number, audioChannels: 1 | 2): Promise<number> => {
      const { values } = await collect(fromFile(mp3, { audioBitrateKbps, audioChannels }));
      expect((values[0]!.data[0]! & 4) !== 0).toBe(audioChannels === 2);
      return values.reduce((sum, { data }) => sum + data.length, 0);
    };
    const small = await bytes(16, 1);
    const large = await bytes(192, 2);
    expect(small).toBeLessThan((6 * 24_000) / 8);
    expect(large).toBeGreaterThan(4 * small);
  });

  it('is cold: nothing runs before it is subscribed to, and each subscription opens it anew, asynchronously', async () => {
    const song = fromFile(mp3);
    expect(song).toMatchObject({ label: mp3, seekable: true, live: false, startMs: 0 });
    expect(liveChildren()).toBe(0);
    let emitted = 0;
    const subscription = song.subscribe(() => emitted++);
    expect(emitted).toBe(0);
    subscription.unsubscribe();
    const [first, second] = await Promise.all([collect(song), collect(song)]);
    expect(first.values).toHaveLength(second.values.length);
    expect(first.values[0]!.segment).not.toBe(second.values[0]!.segment);
  });

  it('takes names that ffmpeg could mistake for something else', async () => {
    for (const name of ['-i.mp3', 'concat:a|b.mp3', 'a%03d b.mp3', 'it\'s "quoted" $HOME.mp3', 'ünïcödé – 音楽.mp3']) {
      const file = media.write(name, readFileSync(mp3));
      const { values, error } = await collect(fromFile(file));
      expect(error).toBeUndefined();
      expect(values.length).toBeGreaterThan(290);
    }
  });

  it('ends ffmpeg when it is unsubscribed from, at any moment', async () => {
    for (const afterMs of [0, 1, 20, 60, 120, 200]) {
      const subscription = fromFile(mp3).subscribe();
      await sleep(afterMs);
      subscription.unsubscribe();
    }
    const subscription = fromFile(mp3).subscribe(() => subscription.unsubscribe());
    await until(() => subscription.closed);
  });

  describe('fails', () => {
    const failure = async (path: string, options = {}): Promise<unknown> =>
      (await collect(fromFile(path, options))).error;

    it('when there is no such file, naming it', async () => {
      const path = media.path('nothing.mp3');
      const error = await failure(path);
      expect(error).toBeInstanceOf(SourceError);
      expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', source: path, retryable: false });
      expect((error as Error).message).toContain(path);
      expect(await failure(`${mp3}/inside.mp3`)).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
      const relative = await failure('nothing-here.mp3');
      expect((relative as Error).message).toContain(process.cwd());
    });

    it('when it is a folder, empty, or has no audio', async () => {
      mkdirSync(media.path('folder'));
      expect(await failure(media.path('folder'))).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE' });
      expect(await failure(media.write('empty.mp3', ''))).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
      const silent = media.make('silent.mp4', '-f', 'lavfi', '-i', 'testsrc=duration=1:size=64x64', '-c:v', 'libx264');
      expect(await failure(silent)).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK', source: silent, retryable: false });
    });

    it.skipIf(process.platform === 'win32' || process.getuid!() === 0)('when it may not be read', async () => {
      const file = media.write('secret.mp3', readFileSync(mp3));
      execFileSync('chmod', ['000', file]);
      expect(await failure(file)).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE' });
    });

    it('when it is no media, with what ffmpeg has to say', async () => {
      const error = await failure(media.write('noise.mp3', Buffer.alloc(5000, 7)));
      expect(error).toBeInstanceOf(FfmpegError);
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: false, signal: null });
      const { exitCode, stderrTail, argv, message } = error as FfmpegError;
      expect(exitCode).not.toBe(0);
      expect(stderrTail).toContain('noise.mp3');
      expect(argv.join(' ')).toContain('noise.mp3 -map 0:a:0');
      expect(message).toContain(media.path('noise.mp3'));
    });

    it('when its index is cut off', async () => {
      const cut = media.make('cut.m4a', ...chirp(6), '-c:a', 'aac');
      truncateSync(cut, 20_000);
      expect(await failure(cut)).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: false });
    });

    it('after what is there when ffmpeg is killed in the middle', async () => {
      const long = media.make('long.mp3', '-f', 'lavfi', '-i', 'sine=440:duration=600', '-b:a', '64k');
      const samples: Sample[] = [];
      let error: unknown;
      const queue = new SampleQueue();
      const [pid] = await pidsDuring(async () => {
        fromFile(long).subscribe({
          next: (sample) => queue.push(sample),
          error: (reason: unknown) => (error = reason),
        });
        await until(() => queue.length >= 50);
      });
      process.kill(pid!, 'SIGKILL');
      await until(() => liveChildren() === 0);
      await sleep(100);
      expect(error).toBeUndefined(); // it has not been reached yet
      for (let sample = queue.shift(); sample; sample = queue.shift()) samples.push(sample);
      await until(() => {
        for (let sample = queue.shift(); sample; sample = queue.shift()) samples.push(sample);
        return error !== undefined;
      });
      expect(error).toBeInstanceOf(FfmpegError);
      expect(error).toMatchObject({ signal: 'SIGKILL', exitCode: null, retryable: true });
      expect(samples.length).toBeGreaterThan(50);
      expect(samples.every(({ ptsUs }, index) => ptsUs === index * 20_000)).toBe(true);
    });

    it('when the ffmpeg it was given is not there', async () => {
      expect(await failure(mp3, { ffmpegPath: '/no/such/ffmpeg' })).toBeInstanceOf(FfmpegNotFoundError);
      const { error } = await collect(fromFile(mp3).open({ ffmpegPath: '/no/such/ffmpeg' }));
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    });
  });

  describe('holds back', () => {
    it('two hours that nobody takes: less than 8 MiB is read, and ffmpeg stands still', async () => {
      const tone = ['-f', 'lavfi', '-i', 'sine=440:duration=7200:sample_rate=8000'];
      const film = media.make('two-hours.wav', ...tone, '-c:a', 'pcm_u8');
      expect(readFileSync(film).length).toBeGreaterThan(50_000_000);
      const queue = new SampleQueue();
      let seen = 0;
      let subscription: { unsubscribe(): void } | undefined;
      const [pid] = await pidsDuring(async () => {
        subscription = fromFile(film).subscribe((sample) => {
          seen++;
          queue.push(sample);
        });
        await until(() => seen >= 50);
      });
      const readBytes = (): number =>
        process.platform === 'linux' ? Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1]) : 0;
      let before = -1;
      await until(() => {
        const stands = before === readBytes();
        before = readBytes();
        execFileSync('sleep', ['0.3']);
        return stands;
      });
      await sleep(200);
      expect(seen).toBe(50); // one second
      expect(readBytes()).toBeLessThan(8 * 1024 * 1024);

      // Half of it taken, half of it comes after.
      for (let i = 0; i < 25; i++) queue.shift();
      await until(() => seen === 75);
      await sleep(100);
      expect(seen).toBe(75);
      queue.clear();
      await until(() => seen === 125);
      subscription!.unsubscribe();
    });

    it('nothing when nobody holds: it runs at full speed', async () => {
      const started = performance.now();
      const { values } = await collect(fromFile(media.make('minute.mp3', '-f', 'lavfi', '-i', 'sine=440:duration=60')));
      expect(values.length).toBeGreaterThan(2990);
      expect(performance.now() - started).toBeLessThan(20_000);
    });
  });

  it('lets a logger know what was run', async () => {
    const lines: [object, string?][] = [];
    const log = (...line: [object, string?]): unknown => lines.push(line);
    await collect(fromFile(mp3, { logger: { debug: log, info: log, warn: log, error: log } }));
    const started = lines.find(([, message]) => message === 'ffmpeg started');
    expect(JSON.stringify(started)).toContain(basename(mp3));
  });
});
