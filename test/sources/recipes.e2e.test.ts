import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FfmpegError } from '../../src/core/errors.ts';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { dominantFrequency } from '../../src/testing/measurement/dominant-frequency.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { vp8Size } from '../media/vp8.ts';
import { ffmpeg } from '../media/ffmpeg.ts';
import { writeIvf } from '../media/ivf.ts';
import { findPart, requires } from '../requires.ts';
import { freePort } from './free-port.ts';
import { has, skipIfCrashed } from './ffmpeg-builds.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import { type MediaServer, radio, serveMedia, type Treatment, withoutRanges, withRanges } from './media-server.ts';
import { listen, type Names, readRecipes, sourceOf } from './recipe-book.ts';
import { serveRtsp } from './rtsp-server.ts';

const only = (samples: readonly Sample[], kind: MediaKind): Sample[] => samples.filter((it) => it.kind === kind);
const seconds = (samples: readonly Sample[]): number =>
  samples.reduce((total, { durationUs }) => total + durationUs, 0) / 1e6;

/** Loudness between two moments, as a part of full scale. */
function loudness(samples: readonly Sample[], fromS = 0.1, toS = seconds(samples) - 0.1): number {
  const pcm = decodeSamples(samples).subarray(fromS * 48_000, toS * 48_000);
  return Math.sqrt(pcm.reduce((sum, value) => sum + (value / 32_768) ** 2, 0) / pcm.length);
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Mean of a part of it, red, green and blue. */
  mean(x: number, y: number, width: number, height: number): [number, number, number];
}

/** The last of some pictures, decoded. */
function lastPicture(samples: readonly Sample[]): Picture {
  const { width, height } = vp8Size(samples[0]!.data);
  const ivf = writeIvf({ frames: samples.map(({ data }, index) => ({ pts: index, data })) });
  const rgb = ffmpeg(
    ['-f', 'ivf', '-i', 'pipe:0', '-vsync', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo'],
    ivf,
  );
  const last = rgb.subarray(rgb.length - width * height * 3);
  return {
    width,
    height,
    mean(x0, y0, w, h) {
      const sum: [number, number, number] = [0, 0, 0];
      for (let y = y0; y < y0 + h; y++) {
        for (let x = x0; x < x0 + w; x++) for (const c of [0, 1, 2] as const) sum[c] += last[(y * width + x) * 3 + c]!;
      }
      return sum.map((value) => value / (w * h)) as [number, number, number];
    },
  };
}

/** A display without a screen, and its name. */
async function openDisplay(): Promise<AsyncDisposable & { readonly name: string }> {
  const args = ['-displayfd', '3', '-screen', '0', '1920x1080x24', '-nolisten', 'tcp'];
  const server = spawn(findPart('xvfb')!, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = (await once(createInterface(server.stdio[3] as NodeJS.ReadableStream), 'line')) as [string];
  return {
    name: `:${number}.0`,
    async [Symbol.asyncDispose]() {
      server.kill();
      await once(server, 'exit');
    },
  };
}

describe('the recipes of the guide', () => {
  const recipes = readRecipes();
  let media: MediaFolder;
  let names: Names;
  let server: MediaServer;
  const headers: Record<string, unknown>[] = [];
  const noted =
    (treatment: Treatment): Treatment =>
    (request, response, body) => {
      headers.push(request.headers);
      treatment(request, response, body);
    };

  beforeAll(async () => {
    media = createMediaFolder();
    const mp3 = ['-ac', '2', '-c:a', 'libmp3lame', '-b:a', '192k'];
    const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    const picture = (size: string): string[] => ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=3`];
    media.make('music.mp3', ...chirp(5), ...mp3);
    media.make('tone.mp3', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=5', ...mp3);
    media.make('bass.mp3', '-f', 'lavfi', '-i', 'sine=frequency=60:sample_rate=48000:duration=5', ...mp3);
    media.make('long.mp3', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=190', ...mp3);
    media.make('ambient.mp3', '-f', 'lavfi', '-i', 'sine=frequency=100:duration=6', ...mp3);
    media.make('a.mp3', ...chirp(2), ...mp3);
    media.make('b.mp3', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3', ...mp3);
    media.write('list.txt', `file '${media.path('a.mp3')}'\nfile '${media.path('b.mp3')}'\n`);
    media.make('movie.mp4', ...picture('640x270'), ...chirp(3), ...x264);
    media.make('tall.mp4', ...picture('320x320'), ...chirp(3), ...x264);
    media.make('logo.png', '-f', 'lavfi', '-i', 'color=0xff0000:size=64x64', '-frames:v', '1');
    media.make('cover.jpg', '-f', 'lavfi', '-i', 'color=0x00ff00:size=320x180', '-frames:v', '1');
    media.make('live.m3u8', ...chirp(6), '-c:a', 'aac', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '0');
    const local = readdirSync(media.path('.'));
    const served = local.filter((name) => /\.(ts|m3u8|mp3)$/.test(name));
    const files = Object.fromEntries(served.map((name) => [name, readFileSync(media.path(name))]));
    server = await serveMedia(
      { ...files, 'radio.mp3': files['music.mp3']! },
      { plain: noted(withoutRanges), ranges: noted(withRanges), radio: radio(24_000, 24_000) },
    );
    names = {
      ...Object.fromEntries(local.map((name) => [name, media.path(name)])),
      'https://host/music.mp3': server.url('ranges/music.mp3'),
      'http://host/radio.mp3': server.url('radio/radio.mp3'),
    };
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(async () => {
    await expectNoChildren();
    headers.length = 0;
  });

  function recipe(title: string, others: Names = {}): Promise<MediaSource> {
    const found = recipes.find((it) => it.title === title);
    if (!found) throw new Error(`There is no recipe "${title}".`);
    return sourceOf(found, { ...names, ...others });
  }
  const play = async (title: string, others?: Names): Promise<Sample[]> => listen(await recipe(title, others));
  const music = (): Promise<Sample[]> => play('From the middle', { '90': '0' });

  describe('for sound', () => {
    it.for([
      ['Faster', 4],
      ['Much faster', 2],
      ['Everything equally loud', 5],
      ['Higher, but not faster', 5],
      ['Two at once', 6],
      ['One after the other', 5],
      ['A list of files', 5],
    ] as const)('%s: lasts %d s', async ([title, lasts]) => {
      expect(Math.abs(seconds(await play(title)) - lasts)).toBeLessThan(0.12);
    });

    it('Everything equally loud, Louder, Softer: are as loud as they say', async () => {
      const plain = loudness(await music());
      expect(loudness(await play('Louder')) / plain).toBeCloseTo(1.5, 1);
      expect(loudness(await play('Softer')) / plain).toBeCloseTo(0.5, 1);
      expect(loudness(await play('Everything equally loud')) / plain).toBeLessThan(0.8);
    });

    it('More bass: has more of it', async () => {
      const plain = loudness(await play('From the middle', { '90': '0', 'music.mp3': media.path('bass.mp3') }));
      expect(loudness(await play('More bass', { 'music.mp3': media.path('bass.mp3') })) / plain).toBeGreaterThan(1.4);
    });

    it.for([
      ['Faster', 440],
      ['Higher, but not faster', 440 * 1.06],
    ] as const)('%s: keeps or changes the pitch as it says', async ([title, hz]) => {
      const pcm = decodeSamples(await play(title, { 'music.mp3': media.path('tone.mp3') }));
      expect(
        dominantFrequency(
          Float32Array.from(pcm, (value) => value / 32_768),
          48_000,
        ),
      ).toBeCloseTo(hz, 0);
    });

    it('Fade in: begins softly', async () => {
      const [faded, plain] = [await play('Fade in'), await music()];
      expect(loudness(faded, 0, 0.2)).toBeLessThan(loudness(plain, 0, 0.2) * 0.15);
      expect(loudness(faded, 2.5, 4.5)).toBeCloseTo(loudness(plain, 2.5, 4.5), 2);
    });

    it('Fade out: ends softly, after three minutes', async () => {
      const samples = await play('Fade out', { 'music.mp3': media.path('long.mp3') });
      expect(Math.abs(seconds(samples) - 190)).toBeLessThan(0.12);
      const tail = samples.slice(175 * 50);
      const full = loudness(tail, 1, 4.5);
      expect(loudness(tail, 7, 8) / full).toBeCloseTo(0.5, 1);
      expect(loudness(tail, 11, 14)).toBeLessThan(0.001);
    });

    it('Two at once: are both there, the second one softer', async () => {
      const samples = await play('Two at once', { 'music.mp3': media.path('tone.mp3') });
      const pcm = decodeSamples(samples);
      const hz = (fromS: number, toS: number): number =>
        dominantFrequency(
          Float32Array.from(pcm.subarray(fromS * 48_000, toS * 48_000), (value) => value / 32_768),
          48_000,
        );
      expect(hz(0.5, 4.5)).toBeCloseTo(440, 0);
      expect(hz(5.3, 5.9)).toBeCloseTo(100, 0);
    });

    it('From the middle: begins there, and can be seeked in from there', async () => {
      const source = await recipe('From the middle', { 'music.mp3': media.path('long.mp3') });
      expect(source).toMatchObject({ startMs: 90_000, seekable: true });
      const samples = await listen(source);
      expect(samples[0]!.ptsUs).toBe(90_000_000);
      expect(Math.abs(seconds(samples) - 100)).toBeLessThan(0.12);
      const later = await listen(source.open({ startMs: 185_000 }));
      expect(Math.abs(seconds(later) - 5)).toBeLessThan(0.12);
    });

    it('Over and over: does not end', async () => {
      const source = await recipe('Over and over');
      expect(source.seekable).toBe(false);
      const samples = await listen(source, 12);
      expect(seconds(samples)).toBeGreaterThanOrEqual(12);
      const second = decodeSamples(samples).subarray(6 * 48_000);
      expect(findInChirp(second, 1000).purity).toBeGreaterThan(0.8);
    });

    it('One after the other, A list of files: are two', async () => {
      for (const title of ['One after the other', 'A list of files']) {
        const pcm = decodeSamples(await play(title));
        expect(findInChirp(pcm.subarray(48_000), 1000).purity).toBeGreaterThan(0.8);
        const rest = Float32Array.from(pcm.subarray(2.5 * 48_000), (value) => value / 32_768);
        expect(dominantFrequency(rest, 48_000)).toBeCloseTo(440, 0);
      }
    });

    it.for(['plain', 'ranges'])('HLS, with all that a picky server wants: plays (%s)', async (kind, test) => {
      const playlist = server.url(`${kind}/live.m3u8`);
      const source = await recipe('HLS, with all that a picky server wants', { 'https://host/live.m3u8': playlist });
      expect(source.live).toBe(true);
      const samples = await listen(source).catch(skipIfCrashed(test));
      expect(Math.abs(seconds(samples) - 6)).toBeLessThan(0.12);
      expect(headers[0]).toMatchObject({ 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' });
      expect(headers.length).toBeGreaterThanOrEqual(4);
    });

    it('Headers of your own: arrive', async () => {
      expect(Math.abs(seconds(await play('Headers of your own')) - 5)).toBeLessThan(0.12);
      expect(headers[0]).toMatchObject({ referer: 'https://site/', cookie: 'session=1' });
    });

    it('RTSP over TCP: plays', async () => {
      const args = ['-f', 'lavfi', '-i', 'sine=frequency=440', '-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1'];
      await using rtsp = await serveRtsp({ args, media: ['m=audio 0 RTP/AVP 0'] });
      const source = await recipe('RTSP over TCP', { 'rtsp://host': `rtsp://${rtsp.host}` });
      expect(source.live).toBe(true);
      const samples = await listen(source, 2);
      const pcm = Float32Array.from(decodeSamples(samples), (value) => value / 32_768);
      expect(dominantFrequency(pcm, 48_000)).toBeCloseTo(440, 0);
      expect(rtsp.requests.map(({ line }) => line)).toContain(`PLAY rtsp://${rtsp.host}/sound`);
    });

    it.runIf(has('-protocols', 'srt'))('SRT: plays', async (test) => {
      const port = await freePort();
      const sender = spawn(
        process.env['FFMPEG_PATH'] ?? 'ffmpeg',
        [
          ...['-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440', '-c:a', 'aac'],
          ...['-f', 'mpegts', `srt://127.0.0.1:${port}?mode=listener`],
        ],
        { stdio: 'ignore' },
      );
      test.onTestFinished(async () => {
        if (sender.exitCode !== null) return;
        sender.kill('SIGKILL');
        await once(sender, 'exit');
      });
      const source = await recipe('SRT', { 'srt://host:9000': `srt://127.0.0.1:${port}` });
      expect(source.live).toBe(true);
      let samples: Sample[] = [];
      // The other side may not be there yet.
      for (let attempt = 0; samples.length === 0; attempt++) {
        samples = await listen(source, 2)
          .catch(skipIfCrashed(test))
          .catch((error: unknown) => {
            if (attempt === 5 || !(error instanceof FfmpegError)) throw error;
            return [];
          });
      }
      const pcm = Float32Array.from(decodeSamples(samples), (value) => value / 32_768);
      expect(dominantFrequency(pcm, 48_000)).toBeCloseTo(440, 0);
    });
  });

  describe('for pictures', () => {
    const black = (rgb: readonly number[]): boolean => rgb.every((value) => value < 24);

    it('Size, frame rate and bitrate: are as they say', async () => {
      const samples = await play('Size, frame rate and bitrate');
      expect(vp8Size(samples[0]!.data)).toMatchObject({ width: 1280, height: 720 });
      expect(Math.abs(samples.length - 90)).toBeLessThanOrEqual(2);
      expect(Math.abs(seconds(samples) - 3)).toBeLessThan(0.1);
      const kbps = (samples.reduce((sum, { data }) => sum + data.length, 0) * 8) / 1000 / seconds(samples);
      expect(kbps).toBeGreaterThan(700);
      expect(kbps).toBeLessThan(3000);
    });

    it.for([
      ['Letterbox', 'movie.mp4', [1280, 80]],
      ['Letterbox or pillarbox', 'movie.mp4', [1280, 80]],
      ['Letterbox or pillarbox', 'tall.mp4', [270, 720]],
    ] as const)('%s: puts %s into 16:9', async ([title, file, [width, height]]) => {
      const picture = lastPicture(await play(title, { 'movie.mp4': media.path(file) }));
      expect(picture).toMatchObject({ width: 1280, height: 720 });
      expect(black(picture.mean(0, 0, width, height))).toBe(true);
      expect(black(picture.mean(640, 360, 100, 100))).toBe(false);
    });

    it('A logo: is there, after a seek as well', async () => {
      const source = await recipe('A logo');
      for (const startMs of [0, 1500]) {
        const samples = await listen(source.open({ startMs }));
        expect(samples[0]!.ptsUs).toBe(startMs * 1000);
        expect(Math.abs(seconds(samples) - (3 - startMs / 1000))).toBeLessThan(0.1);
        const { mean, width } = lastPicture(samples);
        const [red, green, blue] = mean(width - 74, 30, 40, 40);
        expect([red > 180, green < 80, blue < 80]).toEqual([true, true, true]);
      }
    });

    it.runIf(has('-filters', 'drawtext'))('The time of day: is written there', async () => {
      const title = 'The time of day';
      const filter = /drawtext=[^"]*/.exec(recipes.find((it) => it.title === title)!.code)![0];
      const plain = await play(title, { [filter]: 'null' });
      const dated = await play(title);
      expect(Math.abs(seconds(dated) - 3)).toBeLessThan(0.1);
      const inBox = (samples: readonly Sample[]): number[] => lastPicture(samples).mean(8, 8, 100, 24);
      const beside = (samples: readonly Sample[]): number[] => lastPicture(samples).mean(400, 100, 100, 24);
      const apart = (a: number[], b: number[]): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
      expect(apart(inBox(dated), inBox(plain))).toBeGreaterThan(20);
      expect(apart(beside(dated), beside(plain))).toBeLessThan(10);
    });

    it('A camera in the network: is let in with its password', async () => {
      const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10'];
      await using rtsp = await serveRtsp({
        args: [...picture, '-c:v', 'libvpx', '-deadline', 'realtime', '-g', '10'],
        media: ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 VP8/90000'],
        credentials: 'user:pass',
      });
      const camera = { 'rtsp://user:pass@host': `rtsp://user:pass@${rtsp.host}` };
      const source = await recipe('A camera in the network', camera);
      expect(source.live).toBe(true);
      expect(source.label).not.toContain('pass');
      const samples = await listen(source, 1.5);
      expect(lastPicture(samples)).toMatchObject({ width: 320, height: 240 });
      expect(rtsp.requests.some(({ authorization }) => authorization !== undefined)).toBe(true);
    });

    it.runIf(requires('xvfb'))('The screen, on Linux: is seen', async () => {
      await using display = await openDisplay();
      const source = await recipe('The screen, on Linux', { ':0.0': display.name });
      expect(source.live).toBe(true);
      const samples = await listen(source, 0.3);
      expect(vp8Size(samples[0]!.data)).toMatchObject({ width: 1920, height: 1080 });
    });

    it.for([
      ['The screen, on Windows', 'gdigrab', '-f gdigrab -framerate 30 -i desktop -b:v 2500k'],
      ['The screen, on macOS', 'avfoundation', '-f avfoundation -framerate 30 -i 1:none -b:v 2500k'],
      ['A webcam, on Linux', '/dev/none', '-f v4l2 -framerate 30 -video_size 1280x720 -i /dev/none -b:v 1500k'],
    ] as const)('%s: asks ffmpeg for what it should, where it cannot be had', async ([title, complaint, args]) => {
      const source = await recipe(title, { '/dev/video0': '/dev/none' });
      expect(source.live).toBe(true);
      const { error } = await collect(source);
      const { argv, stderrTail } = error as { argv: string[]; stderrTail: string };
      const filled = '-c:v libvpx -deadline realtime -pix_fmt yuv420p -f ivf pipe:1';
      expect(argv.slice(1).join(' ')).toBe(`-hide_banner -nostdin -loglevel repeat+level+warning ${args} ${filled}`);
      expect(stderrTail).toContain(complaint);
    });
  });

  describe('for both', () => {
    it('Music with a cover: shows it until the music ends', async () => {
      const samples = await play('Music with a cover');
      expect(Math.abs(seconds(only(samples, 'audio')) - 5)).toBeLessThan(0.12);
      const pictures = only(samples, 'video');
      expect(pictures.map(({ ptsUs }) => ptsUs / 1e6)).toEqual([0, 1, 2, 3, 4, 5].slice(0, pictures.length));
      expect(pictures.length).toBeGreaterThanOrEqual(5);
      const { mean, width, height } = lastPicture(pictures);
      expect([width, height]).toEqual([1280, 720]);
      expect(mean(640, 360, 100, 100)[1]).toBeGreaterThan(150);
    });

    it.runIf(requires('xvfb'))('A radio with a webcam: play together, a screen in place of the webcam', async () => {
      await using display = await openDisplay();
      const source = await recipe('A radio with a webcam', { v4l2: 'x11grab', '/dev/video0': display.name });
      expect(source.live).toBe(true);
      const samples = await listen(source, 0.3, 2);
      expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(['audio', 'video']));
      expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    });

    it('A film, faster: is so in sound and picture', async () => {
      const samples = await play('A film, faster');
      expect(Math.abs(seconds(only(samples, 'audio')) - 2.4)).toBeLessThan(0.12);
      expect(Math.abs(seconds(only(samples, 'video')) - 2.4)).toBeLessThan(0.12);
      expect(vp8Size(only(samples, 'video')[0]!.data)).toMatchObject({ width: 1280, height: 720 });
    });
  });

  it('are all tested here', () => {
    const tests = readFileSync(import.meta.filename, 'utf8');
    expect(recipes.map(({ title }) => title).filter((title) => !tests.includes(`'${title}'`))).toEqual([]);
    expect(recipes.length).toBeGreaterThan(25);
  });
});
