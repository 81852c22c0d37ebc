import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { shell } from '../../src/ffmpeg/shell.ts';
import { fromShells, type FromShellsOptions, type ShellCommands } from '../../src/sources/from-shells.ts';
import { collect, expectNoChildren, fixture, sleep, until } from '../ffmpeg/processes.ts';
import { beepsMs, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';

const only = (samples: readonly Sample[], kind: MediaKind): Sample[] => samples.filter((it) => it.kind === kind);
const endMs = (samples: readonly Sample[]): number => {
  const { ptsUs, durationUs } = samples.at(-1)!;
  return (ptsUs + durationUs) / 1000;
};

/** The command lines of all programs that are started meanwhile, in order. */
function watchStarts(): Disposable & { readonly argvs: string[] } {
  const argvs: string[] = [];
  const note = (message: unknown): unknown => argvs.push((message as { argv: string[] }).argv.join(' '));
  subscribe('rxcall:ffmpeg:spawn', note);
  return { argvs, [Symbol.dispose]: () => void unsubscribe('rxcall:ffmpeg:spawn', note) };
}

describe('fromShells', () => {
  let media: MediaFolder;
  let film: string;
  let cover: string;

  beforeAll(() => {
    media = createMediaFolder();
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=6'];
    film = media.make('film.mkv', ...picture, ...chirp(6), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'flac');
    cover = media.make('cover.jpg', '-f', 'lavfi', '-i', 'color=green:size=160x120', '-frames:v', '1');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  const play = (commands: ShellCommands, options?: FromShellsOptions) => collect(fromShells(commands, options));

  it.for([false, true])('plays both in one segment, from the same moment (parallel: %s)', async (parallel) => {
    const { values: samples, error } = await play(
      { audio: shell`ffmpeg -i ${film}`, video: shell`ffmpeg -i ${film} -b:v 300k` },
      { parallel },
    );
    expect(error).toBeUndefined();
    const [audio, video] = [only(samples, 'audio'), only(samples, 'video')];
    expect([audio[0]!.ptsUs, video[0]!.ptsUs]).toEqual([0, 0]);
    expect(video).toHaveLength(150);
    expect(Math.abs(endMs(audio) - 6000)).toBeLessThan(60);
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
  });

  it('starts the video when audio has come, unless told otherwise', async () => {
    // Which order two programs say something in does not show when they are started; that one says nothing does.
    for (const parallel of [false, true]) {
      const silent = [process.execPath, fixture('never-writes.mjs')];
      const source = fromShells({ audio: silent, video: shell`ffmpeg -i ${film}` }, { parallel });
      const subscription = source.subscribe();
      await until(() => liveChildren() === (parallel ? 2 : 1));
      await sleep(100);
      expect(liveChildren()).toBe(parallel ? 2 : 1);
      subscription.unsubscribe();
      await expectNoChildren();
    }
  });

  it.for([0, 0.6])('keeps picture and sound together, the sound beginning %d s later', async (soundFrom) => {
    const clip = media.make(
      `clip-${soundFrom}.mkv`,
      ...flashAndBeep(5, { soundFrom }),
      ...['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'flac'],
    );
    const source = fromShells({ audio: shell`ffmpeg -i ${clip}`, video: shell`ffmpeg -i ${clip} -b:v 300k` });
    for (const startMs of [0, 1500]) {
      const { values: samples } = await collect(source.open({ startMs }));
      const [flashes, beeps] = [flashesMs(samples), beepsMs(samples)];
      expect(flashes.length).toBeGreaterThanOrEqual(3);
      const offsets = offsetsMs(flashes, beeps);
      expect(offsets.length).toBeGreaterThanOrEqual(3);
      expect(Math.max(...offsets)).toBeLessThanOrEqual(40);
    }
  });

  it('seeks in both', async () => {
    const source = fromShells({ audio: shell`ffmpeg -ss 1 -i ${film}`, video: shell`ffmpeg -ss 1 -i ${film}` });
    const { values: samples } = await collect(source.open({ startMs: 4000, reason: 'seek' }));
    const [audio, video] = [only(samples, 'audio'), only(samples, 'video')];
    expect([audio[0]!.ptsUs, video[0]!.ptsUs]).toEqual([4_000_000, 4_000_000]);
    expect(video).toHaveLength(50);
    const heard = findInChirp(decodeSamples(audio).subarray(4800), 4100);
    expect(Math.abs(heard.startMs - 4100)).toBeLessThan(30);
  });

  it('ends an endless cover with the music', async () => {
    const video = shell`ffmpeg -loop 1 -framerate 1 -i ${cover} -vf "scale=128:72" -r 1 -b:v 200k`;
    const source = fromShells({ audio: shell`ffmpeg -i ${film}`, video });
    expect(source.live).toBe(false);
    const { values: samples, error } = await collect(source);
    expect(error).toBeUndefined();
    expect(only(samples, 'video').map(({ ptsUs }) => ptsUs / 1e6)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].slice(0, only(samples, 'video').length),
    );
    expect(only(samples, 'video').length).toBeGreaterThanOrEqual(6);
    expect(Math.abs(endMs(only(samples, 'audio')) - 6000)).toBeLessThan(60);

    const { values: rest } = await collect(source.open({ startMs: 5000 }));
    expect(rest.filter(({ kind }) => kind === 'video').map(({ ptsUs }) => ptsUs / 1e6)[0]).toBe(5);
    expect(Math.abs(endMs(only(rest, 'audio')) - 6000)).toBeLessThan(60);
    expect(await collect(source.open({ startMs: 60_000 }))).toEqual({ values: [], error: undefined });
  });

  it('plays on with what lasts longer', async () => {
    const { values: samples } = await play({ audio: shell`ffmpeg -t 1 -i ${film}`, video: shell`ffmpeg -i ${film}` });
    expect(Math.abs(endMs(only(samples, 'audio')) - 1000)).toBeLessThan(60);
    expect(only(samples, 'video')).toHaveLength(150);
  });

  it('fails with the one that fails, and ends the other', async () => {
    const fine = 'ffmpeg -f lavfi -i sine';
    const missing = shell`ffmpeg -i ${media.path('nowhere.mkv')}`;
    for (const parallel of [false, true]) {
      const { values, error } = await play({ audio: fine, video: missing }, { parallel });
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
      expect((error as Error).message).toContain('nowhere.mkv');
      expect(values).toEqual([]);
      await expectNoChildren();
    }
    using starts = watchStarts();
    const { error } = await play({ audio: missing, video: fine });
    expect((error as Error).message).toContain('nowhere.mkv');
    expect(starts.argvs).toHaveLength(1);
  });

  it('fails with the one that dies while both play', async () => {
    const source = fromShells({
      audio: 'ffmpeg -f lavfi -i sine',
      video: 'ffmpeg -f lavfi -i testsrc=size=64x48:rate=25',
    });
    const pids: number[] = [];
    const note = (message: unknown): unknown => pids.push((message as { pid: number }).pid);
    subscribe('rxcall:ffmpeg:spawn', note);
    const queue = new SampleQueue();
    let error: unknown;
    source.subscribe({ next: (sample) => queue.push(sample), error: (reason: unknown) => (error = reason) });
    await until(() => queue.length > 60);
    unsubscribe('rxcall:ffmpeg:spawn', note);
    process.kill(pids[1]!, 'SIGKILL');
    await until(() => {
      queue.shift();
      return error !== undefined;
    });
    expect(error).toMatchObject({ signal: 'SIGKILL', retryable: true });
  });

  it('reads each no faster than its samples are taken', async () => {
    const queues = { audio: new SampleQueue(), video: new SampleQueue() };
    const source = fromShells({
      audio: 'ffmpeg -f lavfi -i sine',
      video: 'ffmpeg -f lavfi -i testsrc=size=64x48:rate=25 -t 3600',
    });
    const subscription = source.subscribe((sample) => queues[sample.kind].push(sample));
    await until(() => queues.audio.length >= 50 && queues.video.length >= 50);
    await sleep(300);
    expect([queues.audio.length, queues.video.length]).toEqual([50, 50]);
    for (let i = 0; i < 25; i++) queues.video.shift(); // no more than half is left
    await until(() => queues.video.length === 50);
    expect(queues.audio.length).toBe(50);
    subscription.unsubscribe();
  });

  it('lets ffmpeg read in real time what goes along with something live', async () => {
    using starts = watchStarts();
    const source = fromShells(
      {
        audio: shell`ffmpeg -re -f lavfi -i sine -t 1`,
        video: shell`ffmpeg -loop 1 -i ${cover} -i ${film} -filter_complex overlay`,
      },
      { live: true },
    );
    expect(source.live).toBe(true);
    const { values: samples, error } = await collect(source);
    expect(error).toBeUndefined();
    expect(samples[0]!.segment!.live).toBe(true);
    expect(starts.argvs[0]).toMatch(/ -re -f lavfi -i sine /);
    expect(starts.argvs[1]).toMatch(/ -loop 1 -re -i \S+cover.jpg -re -i \S+film.mkv /);
    expect(Math.abs(endMs(only(samples, 'audio')) - 1000)).toBeLessThan(60);
  });

  it('makes what the sink takes', async () => {
    const source = fromShells({ audio: shell`ffmpeg -i ${film}`, video: shell`ffmpeg -i ${film} -r 25 -t 1` });
    const { values: samples } = await collect(source.open({ accepts: { audio: ['opus'], video: ['h264', 'vp8'] } }));
    expect(new Set(samples.map(({ codec }) => codec))).toEqual(new Set(['opus', 'h264']));

    const { values: pictures } = await collect(source.open({ accepts: { audio: [], video: ['vp8'] } }));
    expect(new Set(pictures.map(({ codec }) => codec))).toEqual(new Set(['vp8']));
    const { error } = await collect(source.open({ accepts: { audio: [], video: [] } }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
  });
});
