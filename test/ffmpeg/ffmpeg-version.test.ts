import { describe, expect, it } from 'vitest';
import { parseFfmpegVersion } from '../../src/ffmpeg/ffmpeg-version.ts';

describe('parseFfmpegVersion', () => {
  it.each([
    ['a release of Debian', 'ffmpeg version 5.1.9-0+deb12u1 Copyright', 59, '5.1.9-0+deb12u1', 5],
    ['a static git build', 'ffmpeg version N-47683-g0e8eb07980-static https://x', 58, 'N-47683-g0e8eb07980-static', 4],
    ['a git build of today', 'ffmpeg version git-2024-08-01-bcf08c1 Copyright', 61, 'git-2024-08-01-bcf08c1', 7],
    ['a static release', 'ffmpeg version 6.1.1-static https://x', 60, '6.1.1-static', 6],
    ['a tag', 'ffmpeg version n7.1 Copyright', 61, 'n7.1', 7],
    ['one of Windows', 'ffmpeg version 7.0.2-full_build-www.gyan.dev', 61, '7.0.2-full_build-www.gyan.dev', 7],
    ['two digits', 'ffmpeg version 10.0 Copyright', 64, '10.0', 10],
  ])('knows %s', (_name, line, libavformat, version, major) => {
    const output = `${line}\nbuilt with gcc\nlibavutil      1. 2.100 /  1. 2.100\nlibavformat    ${libavformat}. 27.100 / 59\n`;
    expect(parseFfmpegVersion(output)).toEqual({ version, major });
  });

  it('believes the release number when there is nothing else, and says when there is none', () => {
    expect(parseFfmpegVersion('ffmpeg version 4.4.2\n')).toEqual({ version: '4.4.2', major: 4 });
    expect(parseFfmpegVersion('ffmpeg version custom\n')).toEqual({ version: 'custom', major: undefined });
  });

  it('does not take another program for ffmpeg', () => {
    expect(parseFfmpegVersion('avconv version 12\n')).toBeUndefined();
    expect(parseFfmpegVersion('')).toBeUndefined();
  });
});
