import { truncateSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { Sample } from '../../src/core/sample.ts';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import { brightness, flashAndBeep, flashesMs } from './flash-and-beep.ts';
import { createMediaFolder, type MediaFolder } from './media-folder.ts';

const VP8 = ['-map', '-1:a', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-threads', '1'];
/** No such program: whoever needs ffmpeg fails. */
const NO_FFMPEG = { ffmpegPath: '/no/such/ffmpeg', video: true };

describe('fromFile, of VP8 in IVF, without ffmpeg', () => {
  let media: MediaFolder;
  let clip: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.ivf', ...flashAndBeep(8, { fps: 25 }), ...VP8, '-g', '25');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  const open = (options: FromFileOptions = {}, path = clip) => collect(fromFile(path, { ...NO_FFMPEG, ...options }));
  async function play(options?: FromFileOptions): Promise<Sample[]> {
    const { values, error } = await open(options);
    expect(error).toBeUndefined();
    return values;
  }

  it('sends every frame at its time', async () => {
    const samples = await play();
    expect(samples).toHaveLength(200);
    expect(samples.every(({ ptsUs }, index) => ptsUs === index * 40_000)).toBe(true);
    expect(samples[0]).toMatchObject({ kind: 'video', codec: 'vp8', keyframe: true });
    expect(brightness(samples)).toHaveLength(200);
    expect(flashesMs(samples)).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000]);
  });

  it('begins at the keyframe before the start, and is over behind the end', async () => {
    const samples = await play({ startMs: 3700 });
    expect(samples[0]).toMatchObject({ ptsUs: 3_000_000, keyframe: true });
    expect(samples).toHaveLength(125);
    expect(await play({ startMs: 8000 })).toEqual([]);
    expect(await play({ startMs: 3_600_000 })).toEqual([]);
  });

  it('leaves to ffmpeg what has to change', async () => {
    const seldom = media.make('seldom.ivf', ...flashAndBeep(8), ...VP8, '-g', '999');
    for (const [options, path] of [
      [{ videoWidth: 160, videoHeight: 120 }],
      [{ codec: 'h264' }],
      [{ filters: { tempo: 2 } }],
      [{ passthrough: false }],
      [{ tracks: { audio: 'required', video: 'auto' } }],
      [{ video: false }],
      [{ startMs: 6000 }, seldom],
    ] as const) {
      expect((await open(options, path)).error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    }
  });

  it('plays what is there of a file that is cut off', async () => {
    const cut = media.make('cut.ivf', ...flashAndBeep(8), ...VP8, '-g', '25');
    truncateSync(cut, 20_000);
    const { values, error } = await open({}, cut);
    expect(error).toBeUndefined();
    expect(values.length).toBeGreaterThan(20);
  });

  it('holds back, and lets the file go when it is unsubscribed from', async () => {
    const queue = new SampleQueue();
    const subscription = fromFile(clip, NO_FFMPEG).subscribe((sample) => queue.push(sample));
    await until(() => queue.length >= 50);
    await sleep(100);
    expect(queue.length).toBe(50);
    subscription.unsubscribe();
  });
});
