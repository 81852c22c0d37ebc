import { readFileSync, truncateSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RxcallError } from '../../src/core/errors.ts';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { beepsMs, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { createMediaFolder, type MediaFolder } from './media-folder.ts';
import { type MediaServer, serveMedia, withoutRanges, withRanges } from './media-server.ts';

const SECONDS = 5;
/** Small, so that a matrix takes seconds and not minutes. */
const OPTIONS = { video: true, videoWidth: 320, videoHeight: 240 } as const;
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50'];
const AAC = ['-c:a', 'aac', '-b:a', '96k'];
const SOUND = ['-map', '-0:v'];
const PICTURE = ['-map', '-1:a'];

interface Input {
  readonly name: string;
  /** Output options of ffmpeg. */
  readonly args: readonly string[];
  readonly fps?: number;
  readonly kinds: readonly MediaKind[];
  /** MP4 that has its index at the end needs a server with byte ranges. */
  readonly needsRanges?: boolean;
}

const BOTH: readonly MediaKind[] = ['audio', 'video'];

const INPUTS: readonly Input[] = [
  { name: 'a.mp3', args: [...SOUND, '-c:a', 'libmp3lame'], kinds: ['audio'] },
  { name: 'a.flac', args: [...SOUND], kinds: ['audio'] },
  { name: 'a.wav', args: [...SOUND], kinds: ['audio'] },
  { name: 'a.m4a', args: [...SOUND, ...AAC], kinds: ['audio'], needsRanges: true },
  { name: 'vorbis.ogg', args: [...SOUND, '-c:a', 'libvorbis'], kinds: ['audio'] },
  { name: 'a.opus', args: [...SOUND, '-c:a', 'libopus'], kinds: ['audio'] },
  { name: 'mono.wav', args: [...SOUND, '-ac', '1'], kinds: ['audio'] },
  { name: 'surround.flac', args: [...SOUND, '-ac', '6'], kinds: ['audio'] },
  { name: '8khz.wav', args: [...SOUND, '-ar', '8000'], kinds: ['audio'] },
  { name: '96khz.flac', args: [...SOUND, '-ar', '96000'], kinds: ['audio'] },
  {
    name: 'vp8-opus.webm',
    args: ['-c:v', 'libvpx', '-deadline', 'realtime', '-threads', '1', '-c:a', 'libopus'],
    kinds: BOTH,
  },
  {
    name: 'vp9.webm',
    args: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
    kinds: BOTH,
  },
  { name: 'h264.mp4', args: [...X264, ...AAC, '-movflags', '+faststart'], kinds: BOTH },
  { name: 'index-at-the-end.mp4', args: [...X264, ...AAC], kinds: BOTH, needsRanges: true },
  { name: 'fragmented.mp4', args: [...X264, ...AAC, '-movflags', '+frag_keyframe+empty_moov'], kinds: BOTH },
  {
    name: 'hevc.mp4',
    args: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=0', ...AAC, '-movflags', '+faststart'],
    kinds: BOTH,
  },
  { name: 'b-frames.mkv', args: [...X264, '-preset', 'fast', '-bf', '3', '-c:a', 'libmp3lame'], kinds: BOTH },
  { name: 'a.mov', args: [...X264, ...AAC], kinds: BOTH, needsRanges: true },
  { name: 'a.ts', args: [...X264, ...AAC], kinds: BOTH },
  { name: 'a.avi', args: ['-c:v', 'mpeg4', '-c:a', 'libmp3lame'], kinds: BOTH },
  {
    name: 'variable-rate.mkv',
    args: ['-vf', "select='lt(mod(t,1),0.2)+not(mod(n,3))+not(mod(n,7))'", '-vsync', 'vfr', ...X264, ...AAC],
    kinds: BOTH,
  },
  ...[24, 25, 30000 / 1001, 50, 60].map((fps): Input => {
    const name = `${fps.toFixed(2)}-fps.mp4`;
    return { name, fps, args: [...X264, ...AAC, '-movflags', '+faststart'], kinds: BOTH };
  }),
  { name: 'no-audio.mp4', args: [...PICTURE, ...X264, '-movflags', '+faststart'], kinds: ['video'] },
  { name: 'no-video.mp4', args: [...SOUND, ...AAC, '-movflags', '+faststart'], kinds: ['audio'] },
];

/** Length and evenness of each kind: every sample follows the one before it, and all together last as long as the input. */
function expectWhole(samples: readonly Sample[], kinds: readonly MediaKind[]): void {
  expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
  for (const kind of kinds) {
    const leg = samples.filter((sample) => sample.kind === kind);
    const first = leg[0]!;
    const last = leg.at(-1)!;
    const holes = leg.slice(1).map(({ ptsUs }, index) => ptsUs - leg[index]!.ptsUs - leg[index]!.durationUs);
    expect(first.ptsUs).toBeLessThan(50_000);
    expect(first.keyframe).toBe(true);
    // A frame lasts until the next one; times in files are rounded to milliseconds.
    expect(Math.max(...holes.map(Math.abs)), `${kind}: longest hole`).toBeLessThan(kind === 'audio' ? 2 : 2000);
    const durationMs = (last.ptsUs + last.durationUs - first.ptsUs) / 1000;
    expect(Math.abs(durationMs - SECONDS * 1000), `${kind}: ${durationMs} ms`).toBeLessThan(120);
  }
}

/** Flashes and beeps, each a second after the last and both together. */
function expectInSync(samples: readonly Sample[]): void {
  const flashes = flashesMs(samples);
  const offsets = offsetsMs(flashes, beepsMs(samples));
  expect(offsets.length).toBeGreaterThanOrEqual(SECONDS - 2);
  expect(Math.max(...offsets)).toBeLessThanOrEqual(60);
  const span = flashes.at(-1)! - flashes[0]!;
  expect(Math.abs(span - 1000 * (flashes.length - 1))).toBeLessThanOrEqual(60);
}

describe('every input', () => {
  let media: MediaFolder;
  let server: MediaServer;
  const files: Record<string, Buffer> = {};

  beforeAll(async () => {
    media = createMediaFolder();
    server = await serveMedia(files, { ranges: withRanges, plain: withoutRanges });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(expectNoChildren);

  async function play(source: MediaSource): Promise<Sample[]> {
    const { values, error } = await collect(source);
    expect(error).toBeUndefined();
    return values;
  }

  it.each(INPUTS)('$name plays whole, evenly and in sync, from a file and over HTTP', async (input) => {
    const path = media.make(input.name, ...flashAndBeep(SECONDS, { fps: input.fps ?? 25 }), ...input.args);
    files[input.name] = readFileSync(path);
    const sources = [fromFile(path, OPTIONS), fromUrl(server.url(`ranges/${input.name}`), OPTIONS)];
    if (!input.needsRanges) sources.push(fromUrl(server.url(`plain/${input.name}`), OPTIONS));
    for (const source of sources) {
      const samples = await play(source);
      expectWhole(samples, input.kinds);
      if (input.kinds.length === 2) expectInSync(samples);
    }
  });

  it('plays what is there of a film that is cut off, and ends', async () => {
    for (const name of ['cut.ts', 'cut.mkv']) {
      const path = media.make(name, ...flashAndBeep(SECONDS), ...X264, ...AAC);
      truncateSync(path, Math.round(readFileSync(path).length * 0.6));
      const samples = await play(fromFile(path, OPTIONS));
      for (const kind of BOTH) expect(samples.filter((sample) => sample.kind === kind).length).toBeGreaterThan(60);
    }
  });

  it('fills what is broken in the middle of a film, so that the rest stays in sync', async () => {
    const path = media.make('broken.ts', ...flashAndBeep(2 * SECONDS), ...X264, ...AAC);
    const bytes = readFileSync(path);
    bytes.fill(0x55, Math.round(bytes.length * 0.4), Math.round(bytes.length * 0.5));
    const samples = await play(fromFile(media.write('broken-in-the-middle.ts', bytes), OPTIONS));
    for (const kind of BOTH) {
      const leg = samples.filter((sample) => sample.kind === kind);
      const durationMs = (leg.at(-1)!.ptsUs + leg.at(-1)!.durationUs) / 1000;
      expect(Math.abs(durationMs - 2000 * SECONDS)).toBeLessThan(300);
    }
    const flashes = flashesMs(samples).filter((ms) => ms > 7500);
    expect(flashes.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...offsetsMs(flashes, beepsMs(samples)))).toBeLessThanOrEqual(60);
  });

  it('does not drift in ten minutes: by less than 100 ppm, and not one leg against the other', async () => {
    const path = media.make('long.mkv', ...flashAndBeep(600, { size: '64x48' }), ...X264, ...AAC);
    const samples = await play(fromFile(path, OPTIONS));
    const flashes = flashesMs(samples);
    expect(Math.max(...offsetsMs(flashes, beepsMs(samples)))).toBeLessThanOrEqual(60);
    const lastSecond = Math.round(flashes.at(-1)! / 1000);
    expect(lastSecond).toBeGreaterThanOrEqual(598);
    const driftPpm =
      ((flashes.at(-1)! - flashes[0]!) / (1000 * (lastSecond - Math.round(flashes[0]! / 1000))) - 1) * 1e6;
    expect(Math.abs(driftPpm)).toBeLessThan(100);
  });

  it.each([
    ['zero-bytes.mp4', Buffer.alloc(0)],
    ['zeros.mp4', Buffer.alloc(50_000)],
    ['noise.mkv', Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 251))],
  ])('fails with an error of its own for %s, not worth another try', async (name, bytes) => {
    files[name] = bytes;
    for (const source of [
      fromFile(media.write(name, bytes), OPTIONS),
      fromUrl(server.url(`ranges/${name}`), OPTIONS),
    ]) {
      const { values, error } = await collect(source);
      expect(values).toEqual([]);
      expect(error).toBeInstanceOf(RxcallError);
      expect(error).toMatchObject({ retryable: false, message: expect.stringContaining(basename(name)) as string });
    }
  });
});
