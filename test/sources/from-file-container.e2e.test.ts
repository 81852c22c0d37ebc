import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RxcallError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import { beepsMs, brightness, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';

const VP8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-threads', '1', '-b:v', '500k'];
const WEBM = [...VP8, '-g', '30', '-c:a', 'libopus', '-b:a', '64k'];
/** No such program: whoever needs ffmpeg fails. */
const NO_FFMPEG = { ffmpegPath: '/no/such/ffmpeg' };

const ofKind = (samples: readonly Sample[], kind: 'audio' | 'video'): Sample[] =>
  samples.filter((sample) => sample.kind === kind);

/** How often this process has a file open; 0 where that cannot be known. */
function timesOpen(path: string): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

describe('fromFile, of Opus and VP8 in a container, without ffmpeg', () => {
  let media: MediaFolder;
  let clip: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.webm', ...flashAndBeep(8, { fps: 30 }), ...WEBM);
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  async function play(path: string, options: FromFileOptions = {}): Promise<Sample[]> {
    const { values, error } = await collect(fromFile(path, { ...NO_FFMPEG, ...options }));
    expect(error).toBeUndefined();
    return values;
  }

  it('sends every packet as it is', async () => {
    const samples = await play(clip, { video: true });
    const sizes = (stream: string): number[] => {
      const { stdout } = spawnSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', [
        '-v',
        'error',
        '-i',
        clip,
        '-map',
        stream,
        '-c',
        'copy',
        '-f',
        'framemd5',
        '-',
      ]);
      return stdout
        .toString()
        .split('\n')
        .filter((line) => /^\d/.test(line))
        .map((line) => Number(line.split(',')[4]));
    };
    expect(ofKind(samples, 'video').map(({ data }) => data.length)).toEqual(sizes('0:v'));
    expect(ofKind(samples, 'audio').map(({ data }) => data.length)).toEqual(sizes('0:a'));
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    expect(brightness(ofKind(samples, 'video'))).toHaveLength(240);
    expect(Math.max(...offsetsMs(flashesMs(samples), beepsMs(samples)))).toBeLessThan(40);
  });

  it('plays the sound alone when nobody asks for more, also of Matroska and MP4', async () => {
    for (const name of ['sound.webm', 'sound.mkv', 'sound.mp4']) {
      const path = media.make(name, ...chirp(6), '-c:a', 'libopus', '-b:a', '96k', '-strict', '-2');
      const samples = await play(path);
      expect(ofKind(samples, 'video')).toEqual([]);
      expect(samples.every(({ ptsUs }, index) => Math.abs(ptsUs - samples[0]!.ptsUs - index * 20_000) < 2)).toBe(true);
      expect(findInChirp(decodeSamples(samples), 0).purity).toBeGreaterThan(0.9);
      expect(Math.abs(samples.length - 300)).toBeLessThan(4);
      const later = await play(path, { startMs: 2513 });
      expect(later[0]!.ptsUs).toBeGreaterThan(2_490_000);
      expect(later[0]!.ptsUs).toBeLessThanOrEqual(2_513_000);
      const { startMs, purity } = findInChirp(decodeSamples(later), later[0]!.ptsUs / 1000);
      expect(Math.abs(startMs - later[0]!.ptsUs / 1000)).toBeLessThan(10);
      expect(purity).toBeGreaterThan(0.8);
      expect(await play(path, { startMs: 3_600_000 })).toEqual([]);
    }
    expect(ofKind(await play(clip), 'video')).toEqual([]);
  });

  it('begins at the keyframe before the start, the sound beside it', async () => {
    const samples = await play(clip, { video: true, startMs: 3700 });
    const [video] = ofKind(samples, 'video');
    expect(video).toMatchObject({ keyframe: true });
    expect(Math.abs(video!.ptsUs - 3_000_000)).toBeLessThan(20_000);
    expect(Math.abs(ofKind(samples, 'audio')[0]!.ptsUs - video!.ptsUs)).toBeLessThan(21_000);
    expect(brightness(ofKind(samples, 'video'))).toHaveLength(150);
    expect(Math.max(...offsetsMs(flashesMs(samples), beepsMs(samples)))).toBeLessThan(40);
  });

  it('leaves to ffmpeg what has to change: size, codec, tracks, a start far behind a keyframe', async () => {
    const needsFfmpeg = async (path: string, options: FromFileOptions): Promise<void> => {
      const { error } = await collect(fromFile(path, { ...NO_FFMPEG, ...options }));
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    };
    await needsFfmpeg(clip, { video: true, videoWidth: 160, videoHeight: 120 });
    await needsFfmpeg(clip, { video: true, codec: 'h264' });
    await needsFfmpeg(clip, { audioBitrateKbps: 32 });
    await needsFfmpeg(clip, { filters: { volume: 2 } });
    await needsFfmpeg(clip, { passthrough: false });
    const seldom = media.make('seldom.webm', ...flashAndBeep(8, { fps: 30 }), ...VP8, '-g', '999', '-c:a', 'libopus');
    expect((await play(seldom, { video: true, startMs: 1500 }))[0]!.ptsUs).toBeLessThan(30_000);
    await needsFfmpeg(seldom, { video: true, startMs: 5000 });
    const large = media.make('large.webm', '-f', 'lavfi', '-i', 'color=s=1920x1080:d=0.2', ...VP8);
    await needsFfmpeg(large, { video: true });
    const vorbis = media.make('vorbis.webm', ...chirp(1), '-c:a', 'libvorbis');
    await needsFfmpeg(vorbis, {});
    const surround = media.make('surround.webm', '-f', 'lavfi', '-i', 'anoisesrc=d=1', '-ac', '6', '-c:a', 'libopus');
    await needsFfmpeg(surround, {});
    const silent = media.make('silent.webm', '-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1', ...VP8);
    await needsFfmpeg(silent, { tracks: { audio: 'required', video: 'auto' } });
    expect((await play(silent, { video: true })).length).toBeGreaterThan(20);
  });

  it('holds back, each kind for itself, and lets the file go when it is unsubscribed from', async () => {
    const film = media.make('film.webm', ...flashAndBeep(30, { fps: 30 }), ...WEBM);
    const held = { audio: new SampleQueue(), video: new SampleQueue() };
    const seen = { audio: 0, video: 0 };
    const subscription = fromFile(film, { ...NO_FFMPEG, video: true }).subscribe((sample) => {
      seen[sample.kind]++;
      held[sample.kind].push(sample);
    });
    const stands = async (audio: number, video: number): Promise<void> => {
      await until(() => seen.audio >= audio && seen.video >= video);
      await sleep(100);
      expect(Math.abs(seen.audio - audio)).toBeLessThan(2);
      expect(Math.abs(seen.video - video)).toBeLessThan(3);
    };
    await stands(50, 60);
    for (let i = 0; i < 25; i++) held.audio.shift();
    await stands(75, 60);
    for (let i = 0; i < 31; i++) held.video.shift(); // no more than half is left
    await stands(75, 91);
    if (process.platform === 'linux') expect(timesOpen(film)).toBe(1);
    subscription.unsubscribe();
    await until(() => timesOpen(film) === 0);
    held.audio.clear();
    await sleep(50);
    expect(seen.audio).toBeLessThan(77);
  });

  it('plays what is there of a file that is cut off', async () => {
    const cut = media.make('cut.webm', ...flashAndBeep(8, { fps: 30 }), ...WEBM);
    truncateSync(cut, Math.round(readFileSync(cut).length / 2));
    const { values } = await collect(fromFile(cut, { video: true }));
    expect(ofKind(values, 'audio').length).toBeGreaterThan(100);
    expect(ofKind(values, 'video').length).toBeGreaterThan(60);
  });

  it('says that the very first packet is none, and lets the file go', async () => {
    const path = media.make('sound-of-nothing.webm', ...chirp(1), '-c:a', 'libopus');
    const bytes = readFileSync(path);
    const block = bytes.indexOf(0xa3, bytes.indexOf(Buffer.from('1f43b675', 'hex')) + 8);
    bytes.set([0xff, 0], block + 1 + (Math.clz32(bytes[block + 1]!) - 23) + 4); // the first of frames, of which there are 0
    writeFileSync(path, bytes);
    const { values, error } = await collect(fromFile(path, NO_FFMPEG));
    expect(values).toEqual([]);
    expect(error).toMatchObject({ code: 'ERR_MEDIA_FORMAT' });
    await until(() => timesOpen(path) === 0);
  });

  it('gives up on a file that ends eight bytes into damage, where its reader would look for ever', async () => {
    const whole = readFileSync(clip);
    const segment = whole.indexOf(Buffer.from('18538067', 'hex')) + 12;
    const path = media.path('eight.webm');
    writeFileSync(path, Buffer.concat([whole.subarray(0, segment), Buffer.alloc(8)]));
    const { values, error } = await collect(fromFile(path, { ...NO_FFMPEG, video: true }));
    expect(values).toEqual([]);
    expect(error).toBeInstanceOf(RxcallError);
  });

  it('of a file with bytes changed anywhere gives samples or an error of ours, and ends', async () => {
    const short = readFileSync(media.make('short.webm', ...flashAndBeep(1, { fps: 30 }), ...WEBM));
    const path = media.path('broken.webm');
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    // Most of the changes in the first kilobyte, where the structure is.
    const place = fc.oneof(fc.nat(1000), fc.nat(short.length - 1));
    const changes = fc.array(fc.tuple(place, bytes), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(short.length), fc.nat(800), async (changed, cutBy, startMs) => {
        const broken = Buffer.from(short.subarray(0, cutBy % 3 === 0 ? short.length - cutBy : short.length));
        for (const [at, replacement] of changed)
          broken.set(replacement.subarray(0, Math.max(0, broken.length - at)), Math.min(at, broken.length));
        writeFileSync(path, broken);
        const { values, error } = await collect(fromFile(path, { ...NO_FFMPEG, video: true, startMs }));
        expect(values.length).toBeLessThan(1000);
        if (error !== undefined) expect(error).toBeInstanceOf(RxcallError);
      }),
      { numRuns: Number(process.env['RXCALL_FUZZ_RUNS'] ?? 150) },
    );
    await until(() => timesOpen(path) === 0);
  });
});
