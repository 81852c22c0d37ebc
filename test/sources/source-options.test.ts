import { expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { WEBRTC_ACCEPTS } from '../../src/core/media-source.ts';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { toOpening } from '../../src/sources/source-options.ts';

const bad: [string, FromFileOptions][] = [
  ['options.startMs', { startMs: -1 }],
  ['options.startMs', { startMs: Number.NaN }],
  ['options.startMs', { startMs: Infinity }],
  ['options.audioBitrateKbps', { audioBitrateKbps: 5 }],
  ['options.audioBitrateKbps', { audioBitrateKbps: 511 }],
  ['options.audioBitrateKbps', { audioBitrateKbps: '128' as unknown as number }],
  ['options.audioChannels', { audioChannels: 6 as 1 }],
  ['options.ffmpegPath', { ffmpegPath: '' }],
  ['options.video', { video: 'yes' as unknown as boolean }],
  ['options.live', { live: 'yes' } as object],
  ['options.passthrough', { passthrough: 1 } as object],
  ['options.tracks', { tracks: { audio: 'off' } }],
  ['options.tracks', { tracks: null as unknown as object }],
  ['options.tracks.video', { tracks: { video: 'on' as 'auto' } }],
  ['options.codec', { codec: 'vp9' as 'vp8' }],
  ['options.videoBitrateKbps', { videoBitrateKbps: 0 }],
  ['options.videoWidth', { videoWidth: 1279 }],
  ['options.videoHeight', { videoHeight: 8 }],
  ['options.videoFps', { videoFps: Number.NaN }],
  ['options.videoFit', { videoFit: 'crop' as 'fit' }],
  ['options.videoCodec', { videoCodec: '' }],
  ['options.processes', { processes: 2 as unknown as 'two' }],
  ['options.threads', { threads: 1.5 }],
  ['options.inputArgs', { inputArgs: '-re' as unknown as string[] }],
  ['options.outputArgs', { outputArgs: [1] as unknown as string[] }],
  ['options.filters.volume', { filters: { volume: -1 } }],
];

it.each(bad)('a bad %s is refused at once, by name', (path, options) => {
  for (const make of [() => fromFile('song.mp3', options), () => fromUrl('http://host/', options)]) {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION', path }));
  }
});

it('good options are taken', () => {
  const options = { startMs: 0.5, audioBitrateKbps: 6, audioChannels: 1 } as const;
  expect(fromFile('song.mp3', options).startMs).toBe(0.5);
  expect(fromFile('song.mp3', { audioBitrateKbps: 510, audioChannels: 2 }).startMs).toBe(0);
});

it('what is no path or no URL is refused', () => {
  expect(() => fromFile('')).toThrow(OptionError);
  expect(() => fromFile(undefined as unknown as string)).toThrow(OptionError);
  for (const url of ['song.mp3', '/music/song.mp3', '', undefined as unknown as string]) {
    expect(() => fromUrl(url)).toThrow(expect.objectContaining({ path: 'url' }));
  }
});

it('a URL is shown without its secrets, and a live one has no position', () => {
  const camera = fromUrl('rtsp://me:hunter2@camera/1?token=abc', { live: true });
  expect(camera).toMatchObject({ label: 'rtsp://***@camera/1?token=***', live: true, seekable: false });
  expect(fromUrl(new URL('https://host/song.mp3'))).toMatchObject({ live: false, seekable: true });
});

it('an opening needs a position that is a number', () => {
  expect(() => fromFile('song.mp3').open({ startMs: Number.NaN })).toThrow(OptionError);
  expect(() => fromUrl('http://host/').open({ startMs: Number.NaN })).toThrow(OptionError);
});

it.each([
  [undefined, undefined, { kbps: 800, highestKbps: 800 }],
  [500, undefined, { kbps: 500, highestKbps: 500 }],
  [2000, 650, { kbps: 650, highestKbps: 2000 }],
  [undefined, 1000, { kbps: 800, highestKbps: 800 }],
  [100, 300, { kbps: 100, highestKbps: 100 }],
])('asked for %s and limited to %s kbit/s, video is encoded to what both allow', (asked, limit, rate) => {
  const source = { input: 'film.mkv', label: 'film.mkv', live: false };
  const request = {
    ...({ startMs: 0, reason: 'fresh', accepts: WEBRTC_ACCEPTS, logger: silentLogger } as const),
    videoBitrateKbps: limit,
  };
  const opening = toOpening(source, { video: true, videoBitrateKbps: asked }, request);
  expect(opening).toMatchObject({ videoRate: rate, video: { videoBitrateKbps: rate.kbps } });
});
