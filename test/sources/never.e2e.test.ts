import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { shell } from '../../src/ffmpeg/shell.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import { serveMedia, withoutRanges, withRanges } from './media-server.ts';

/** What goes wrong with others, and must not go wrong here. */
describe('a source never', () => {
  let media: MediaFolder;
  let song: string;
  let opus: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...chirp(4), '-c:a', 'libmp3lame');
    opus = media.make('song.opus', ...chirp(4), '-c:a', 'libopus');
    media.make('song.pcm', ...chirp(4), '-f', 's16le', '-ar', '48000', '-ac', '1');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  async function play(source: MediaSource): Promise<Sample[]> {
    const { values, error } = await collect(source);
    expect(error).toBeUndefined();
    return values;
  }
  const picture = (rate: number): string => `ffmpeg -f lavfi -i testsrc=s=64x64:r=${rate}:d=4`;

  it('sends a page of many Opus packets as one', async () => {
    const samples = await play(fromShell(shell`ffmpeg -i ${opus} -c:a copy -page_duration 1000000 -f ogg -`));
    expect(new Set(samples.map(({ durationUs }) => durationUs))).toEqual(new Set([20_000]));
    expect(Math.abs(samples.length - 200)).toBeLessThan(4);
  });

  it('takes a packet of 60 ms for one of 20', async () => {
    const samples = await play(fromShell(shell`ffmpeg -i ${song} -frame_duration 60`));
    expect(samples[0]!.durationUs).toBe(60_000);
    expect(Math.abs(samples.reduce((sum, { durationUs }) => sum + durationUs, 0) - 4e6)).toBeLessThan(120_000);
  });

  it.each([1, 25, 60])('plays pictures at 30 a second that are %i', async (rate) => {
    const samples = await play(fromShell(picture(rate), { track: 'video' }));
    expect(samples).toHaveLength(4 * rate);
    expect(samples.at(-1)!.ptsUs).toBeCloseTo((1e6 * (4 * rate - 1)) / rate, -2);
  });

  it('takes -f, -ar and -ac of an input for those of the output, nor refuses raw PCM that is read', async () => {
    const samples = await play(fromShell(shell`ffmpeg -f s16le -ar 48000 -ac 1 -i ${media.path('song.pcm')}`));
    expect(findInChirp(decodeSamples(samples), 0).purity).toBeGreaterThan(0.9);
    expect(samples.length).toBeGreaterThan(195);
  });

  it('forgets the -ss that a command begins with when it is seeked in', async () => {
    const source = fromShell(shell`ffmpeg -ss 1 -i ${song}`);
    expect(source.startMs).toBe(1000);
    const { values: samples } = await collect(source.open({ startMs: 2500, reason: 'seek' }));
    expect(samples[0]!.ptsUs).toBe(2_500_000);
    expect(Math.abs(findInChirp(decodeSamples(samples), 2500).startMs - 2500)).toBeLessThan(30);
  });

  it('tells its end as an error', async () => {
    for (const source of [fromFile(song), fromFile(opus), fromShell(shell`ffmpeg -i ${song}`)]) {
      expect((await collect(source)).error).toBeUndefined();
    }
  });

  it('waits for more at the end of a download', async () => {
    await using server = await serveMedia({ song: readFileSync(song) }, { plain: withoutRanges, ranges: withRanges });
    for (const treatment of ['plain', 'ranges']) {
      const source = fromUrl(server.url(`${treatment}/song`));
      let lastMs = 0;
      await new Promise<void>((resolve, reject) => {
        source.subscribe({ next: () => (lastMs = performance.now()), error: reject, complete: resolve });
      });
      expect(performance.now() - lastMs).toBeLessThan(2500); // four seconds, with others
    }
  });

  it('takes the ffmpeg or the logger of another one', async () => {
    const { path } = await locateFfmpeg();
    const heard: string[][] = [[], []];
    const note = (index: number): Logger => {
      const say = (_fields: unknown, message: unknown): unknown => heard[index]!.push(String(message));
      return { debug: say, info: say, warn: say, error: say };
    };
    const sources = [
      fromFile(song, { logger: note(0), ffmpegPath: path }),
      fromFile(song, { logger: note(1), ffmpegPath: '/no/such/ffmpeg' }),
    ];
    const [good, bad] = await Promise.all(sources.map((source) => collect(source)));
    expect(good!.error).toBeUndefined();
    expect(bad!.error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    expect(heard[0]).toContain('ffmpeg started');
    expect(heard[1]).not.toContain('ffmpeg started');
  });
});
