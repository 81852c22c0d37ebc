import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import { vp8Size } from '../media/vp8.ts';
import { beepsMs, brightness, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { chirp, createMediaFolder, type MediaFolder } from './media-folder.ts';

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast'];
const CLIP = [...X264, '-g', '75', '-c:a', 'aac'];
/** Small, so that encoding takes little time. */
const SMALL: FromFileOptions = { video: true, videoWidth: 320, videoHeight: 240 };

async function play(path: string, options: FromFileOptions = SMALL): Promise<Sample[]> {
  const { values, error } = await collect(fromFile(path, options));
  expect(error).toBeUndefined();
  return values;
}

const ofKind = (samples: readonly Sample[], kind: 'audio' | 'video'): Sample[] =>
  samples.filter((sample) => sample.kind === kind);

describe('fromFile, with video', () => {
  let media: MediaFolder;
  let clip: string;
  let late: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.mp4', ...flashAndBeep(8), ...CLIP);
    late = media.make('late.mp4', ...flashAndBeep(8, { soundFrom: 0.7 }), ...CLIP);
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  it('gives both kinds in one segment, from the start, without a gap, a keyframe every second', async () => {
    const samples = await play(clip);
    const audio = ofKind(samples, 'audio');
    const video = ofKind(samples, 'video');
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    expect(audio.every(({ ptsUs }, index) => ptsUs === index * 20_000)).toBe(true);
    expect(video.every(({ ptsUs }, index) => Math.abs(ptsUs - (index * 1e6) / 30) < 2)).toBe(true);
    expect(Math.abs(video.length - 240)).toBeLessThan(3);
    expect(Math.abs(audio.length - 400)).toBeLessThan(5);
    const keyframes = video.filter(({ keyframe }) => keyframe).map(({ ptsUs }) => ptsUs);
    for (let second = 0; second < 8; second++)
      expect(keyframes.some((ptsUs) => Math.abs(ptsUs - second * 1e6) < 2)).toBe(true);
    expect(brightness(video)).toHaveLength(video.length);
    expect(vp8Size(video[0]!.data)).toMatchObject({ width: 320, height: 240 });
  });

  it.each([
    ['from the start', 0, 'one'],
    ['from the middle', 2300, 'one'],
    ['in two processes', 2300, 'two'],
    ['as H.264', 2300, 'h264'],
  ] as const)('keeps sound and picture together %s', async (_name, startMs, how) => {
    const options: FromFileOptions = how === 'h264' ? { codec: 'h264' } : { processes: how };
    for (const path of [clip, late]) {
      const samples = await play(path, { ...SMALL, ...options, startMs });
      expect(ofKind(samples, 'audio')[0]!.ptsUs).toBe(startMs * 1000);
      expect(ofKind(samples, 'video')[0]!.ptsUs).toBe(startMs * 1000);
      const flashes = flashesMs(samples);
      const offsets = offsetsMs(flashes, beepsMs(samples));
      expect(offsets.length).toBeGreaterThanOrEqual(startMs === 0 ? 6 : 5);
      expect(Math.max(...offsets)).toBeLessThan(40);
      for (const flash of flashes) expect(Math.abs(flash - Math.round(flash / 1000) * 1000)).toBeLessThan(40);
    }
  });

  it('changes speed of sound and picture together', async () => {
    const samples = await play(clip, { ...SMALL, filters: { tempo: 1.25 } });
    expect(Math.abs(ofKind(samples, 'video').length - 192)).toBeLessThan(3);
    expect(Math.abs(ofKind(samples, 'audio').length - 320)).toBeLessThan(8);
    const flashes = flashesMs(samples);
    expect(flashes.length).toBeGreaterThanOrEqual(6);
    expect(Math.abs(flashes[2]! - flashes[1]! - 800)).toBeLessThan(40);
    expect(Math.max(...offsetsMs(flashes, beepsMs(samples)))).toBeLessThan(60);
    // The position is that in the film.
    for (const flash of flashes) {
      const positionMs = samples[0]!.segment!.positionUs(flash * 1000) / 1000;
      expect(Math.abs(positionMs - Math.round(positionMs / 1000) * 1000)).toBeLessThan(60);
    }
  });

  it('never enlarges, keeps the proportions, and has even sizes', async () => {
    const sizeOf = async (path: string, options: FromFileOptions): Promise<unknown> => {
      const first = ofKind(await play(path, { video: true, ...options }), 'video')[0]!;
      const { width, height } = vp8Size(first.data);
      return [width, height];
    };
    const still = (name: string, size: string, filter = 'null'): string =>
      media.make(
        name,
        '-f',
        'lavfi',
        '-i',
        `testsrc=s=${size}:d=0.3:r=10`,
        '-vf',
        filter,
        ...X264,
        '-pix_fmt',
        'yuv444p',
      );
    const wide = still('wide.mp4', '1601x401');
    const odd = still('odd.mp4', '127x93');
    const anamorphic = still('anamorphic.mp4', '360x288', 'setsar=16/15');
    expect(await sizeOf(wide, {})).toEqual([1280, 320]);
    expect(await sizeOf(odd, {})).toEqual([128, 94]);
    expect(await sizeOf(anamorphic, {})).toEqual([384, 288]);
    expect(await sizeOf(wide, { videoWidth: 200, videoHeight: 300, videoFit: 'pad' })).toEqual([200, 300]);
    expect(await sizeOf(odd, { videoWidth: 200, videoHeight: 100, videoFit: 'stretch' })).toEqual([200, 100]);
  });

  describe('of a file that lacks one of the tracks', () => {
    it('plays what there is, a cover picture not being a video', async () => {
      const song = media.make('song.mp3', ...chirp(2));
      const silent = media.make('silent.mp4', '-f', 'lavfi', '-i', 'testsrc=duration=2:size=160x120', ...X264);
      const picture = ['-f', 'lavfi', '-i', 'color=red:s=64x64:d=0.04'];
      const cover = ['-map', '0', '-map', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic'];
      const covered = media.make('cover.mp3', ...chirp(2), ...picture, ...cover, '-id3v2_version', '3');
      expect(new Set((await play(song)).map(({ kind }) => kind))).toEqual(new Set(['audio']));
      expect(new Set((await play(covered)).map(({ kind }) => kind))).toEqual(new Set(['audio']));
      expect(new Set((await play(silent)).map(({ kind }) => kind))).toEqual(new Set(['video']));
      expect(new Set((await play(silent, { ...SMALL, processes: 'two' })).map(({ kind }) => kind))).toEqual(
        new Set(['video']),
      );
    });

    it('fails when that is required, and names it', async () => {
      const song = media.make('tone.mp3', ...chirp(1));
      const silent = media.make('mute.mp4', '-f', 'lavfi', '-i', 'testsrc=duration=1:size=160x120', ...X264);
      const failure = async (path: string, tracks: FromFileOptions['tracks']): Promise<unknown> =>
        (await collect(fromFile(path, { tracks }))).error;
      expect(await failure(song, { video: 'required' })).toMatchObject({
        code: 'ERR_SOURCE_NO_TRACK',
        message: expect.stringContaining('no video') as string,
      });
      expect(await failure(silent, { audio: 'required', video: 'auto' })).toMatchObject({
        code: 'ERR_SOURCE_NO_TRACK',
        message: expect.stringContaining('no audio') as string,
      });
      expect(await failure(song, { audio: 'off', video: 'auto' })).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
    });

    it('ends with the longer of both, and drops no sound for the sake of a picture that is over', async () => {
      const short = media.make('short-picture.mkv', ...chirp(6), '-f', 'lavfi', '-i', 'testsrc=d=1:s=160x120', ...CLIP);
      const samples = await play(short);
      expect(ofKind(samples, 'audio').length).toBeGreaterThan(295);
      expect(ofKind(samples, 'video').at(-1)!.ptsUs).toBeLessThan(1_100_000);
      expect(ofKind(samples, 'audio').at(-1)!.ptsUs).toBeGreaterThan(5_900_000);
    });
  });

  it('leaves out what the sink does not take, unless it is required', async () => {
    const accepts = { audio: ['opus'], video: [] } as const;
    const { values } = await collect(fromFile(clip, SMALL).open({ accepts }));
    expect(ofKind(values, 'video')).toEqual([]);
    expect(values.length).toBeGreaterThan(390);
    const required = fromFile(clip, { tracks: { video: 'required' } });
    expect((await collect(required.open({ accepts }))).error).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
    const h264 = fromFile(clip, { ...SMALL, codec: 'h264' });
    const { error } = await collect(h264.open({ accepts: { audio: ['opus'], video: ['vp8'] } }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK', message: expect.stringContaining('vp8') as string });
  });

  it('holds back, each kind for itself, and goes on as each is taken', async () => {
    const film = media.make('film.mp4', ...flashAndBeep(60), ...X264, '-g', '75', '-c:a', 'aac');
    const held = { audio: new SampleQueue(), video: new SampleQueue() };
    const seen = { audio: 0, video: 0 };
    const subscription = fromFile(film, SMALL).subscribe((sample) => {
      seen[sample.kind]++;
      held[sample.kind].push(sample);
    });
    const stands = async (audio: number, video: number): Promise<void> => {
      await until(() => seen.audio >= audio && seen.video >= video);
      await sleep(300);
      expect(seen).toEqual({ audio, video });
    };
    await stands(50, 60);
    for (let i = 0; i < 25; i++) held.audio.shift();
    await stands(75, 60);
    for (let i = 0; i < 30; i++) held.video.shift();
    await stands(75, 90);
    // One that is never taken again does not keep the other from going on, for as long as is reasonable.
    for (let taken = 0; taken < 300; taken++) {
      await until(() => held.audio.length > 0);
      held.audio.shift();
    }
    expect(seen.video).toBe(90);
    expect(liveChildren()).toBe(1);
    subscription.unsubscribe();
  });

  it('runs one process, or two if asked', async () => {
    for (const processes of ['one', 'two'] as const) {
      const pids: unknown[] = [];
      const note = (message: unknown): unknown => pids.push(message);
      subscribe('rxcall:ffmpeg:spawn', note);
      await play(clip, { ...SMALL, processes });
      unsubscribe('rxcall:ffmpeg:spawn', note);
      expect(pids).toHaveLength(processes === 'one' ? 1 : 2);
    }
  });
});
