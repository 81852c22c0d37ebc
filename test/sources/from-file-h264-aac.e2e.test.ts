import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RTMP_ACCEPTS, type OpenRequest } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { readAdtsHeader } from '../../src/media/aac.ts';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { decodePcm } from '../media/ffmpeg.ts';
import { beepsInPcm, brightness, flashAndBeep, flashesMs, offsetsMs } from './flash-and-beep.ts';
import { createMediaFolder, type MediaFolder } from './media-folder.ts';

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-b:v', '500k'];
const AAC = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'];
/** No such program: whoever needs ffmpeg fails. */
const NO_FFMPEG = { ffmpegPath: '/no/such/ffmpeg' };

const ofKind = (samples: readonly Sample[], kind: 'audio' | 'video'): Sample[] =>
  samples.filter((sample) => sample.kind === kind);

describe('fromFile, of H.264 and AAC for a sink that takes both', () => {
  let media: MediaFolder;
  let clip: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.mp4', ...flashAndBeep(8), ...H264, '-bf', '0', ...AAC);
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  async function open(path: string, request: OpenRequest = {}, options: FromFileOptions = {}) {
    return collect(fromFile(path, { video: true, ...options }).open({ accepts: RTMP_ACCEPTS, ...request }));
  }

  const beeps = (samples: readonly Sample[]): number[] => {
    const frames = ofKind(samples, 'audio');
    const pcm = decodePcm(Buffer.concat(frames.map(({ data }) => data)), 1, 'aac');
    return beepsInPcm(pcm).map((ms) => frames[0]!.ptsUs / 1000 + ms);
  };

  it.each([
    ['MP4', (): string => clip],
    ['MP4, 44.1 kHz', () => media.make('44.mp4', ...flashAndBeep(8), ...H264, '-bf', '0', ...AAC, '-ar', '44100')],
    ['Matroska', () => media.make('clip.mkv', ...flashAndBeep(8), ...H264, '-bf', '0', ...AAC)],
    [
      'MP4 of High profile',
      () => {
        const high = ['-preset', 'veryfast', '-profile:v', 'high', '-sc_threshold', '0', '-x264-params', '8x8dct=1'];
        return media.make('high.mp4', ...flashAndBeep(8), ...H264, ...high, '-bf', '0', ...AAC);
      },
    ],
  ])('sends %s as it is, in sync and without ffmpeg', async (_, make) => {
    const { values: samples, error } = await open(make(), NO_FFMPEG);
    expect(error).toBeUndefined();
    const pictures = ofKind(samples, 'video');
    expect(pictures).toHaveLength(200);
    expect(pictures.filter(({ keyframe }) => keyframe)).toHaveLength(8);
    expect(brightness(pictures)).toHaveLength(200);
    expect(ofKind(samples, 'audio').every(({ data }) => readAdtsHeader(data)?.frameBytes === data.length)).toBe(true);
    const offsets = offsetsMs(flashesMs(samples), beeps(samples));
    expect(offsets).toHaveLength(7);
    expect(Math.max(...offsets)).toBeLessThan(40);
  });

  it('begins in the middle, at a keyframe', async () => {
    const { values: samples } = await open(clip, { ...NO_FFMPEG, startMs: 3500 });
    const [first] = ofKind(samples, 'video');
    expect(first).toMatchObject({ keyframe: true, ptsUs: 3_000_000 });
    expect(Math.max(...offsetsMs(flashesMs(samples), beeps(samples)))).toBeLessThan(40);
  });

  it('completes at once behind the end, also when it is encoded', async () => {
    for (const passthrough of [true, false]) {
      expect(await open(clip, { startMs: 3_600_000, passthrough })).toEqual({ values: [], error: undefined });
    }
  });

  it.each([
    ['B-frames', (): string => media.make('b.mp4', ...flashAndBeep(2), ...H264, '-preset', 'fast', '-bf', '2', ...AAC)],
    ['more than two channels', () => media.make('6.mp4', ...flashAndBeep(2), ...H264, '-bf', '0', ...AAC, '-ac', '6')],
    [
      'another codec of sound',
      () => media.make('mp3.mp4', ...flashAndBeep(2), ...H264, '-bf', '0', '-c:a', 'libmp3lame'),
    ],
  ])('encodes %s anew', async (_, make) => {
    const path = make();
    expect((await open(path, NO_FFMPEG)).error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    const { values: samples, error } = await open(path);
    expect(error).toBeUndefined();
    expect(new Set(samples.map(({ codec }) => codec))).toEqual(new Set(['aac', 'h264']));
    expect(ofKind(samples, 'video')).toHaveLength(60);
    expect(Math.max(...offsetsMs(flashesMs(samples), beeps(samples)))).toBeLessThan(40);
  });

  it('encodes what is larger than wanted, and for a sink that takes other things', async () => {
    expect((await open(clip, NO_FFMPEG, { videoHeight: 120, passthrough: true })).error).toMatchObject({
      code: 'ERR_FFMPEG_NOT_FOUND',
    });
    const webrtc = { audio: ['opus'], video: ['h264'] } as const;
    expect((await open(clip, { ...NO_FFMPEG, accepts: webrtc })).error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
  });
});
