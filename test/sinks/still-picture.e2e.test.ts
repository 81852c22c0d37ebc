import { spawnSync } from 'node:child_process';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { encodeStill } from '../../src/sinks/still-picture.ts';
import { createMediaFolder, type MediaFolder } from '../sources/media-folder.ts';

const WIDTH = 320;
const HEIGHT = 180;

/** How much of each row and of each column in the middle is white, in pixels, of what an encoded picture shows. */
function whiteOf(h264: Uint8Array): { width: number; height: number } {
  const command = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
  const { stdout } = spawnSync(
    command,
    ['-v', 'error', '-f', 'h264', '-i', 'pipe:0', '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
    { input: h264 },
  );
  expect(stdout).toHaveLength(WIDTH * HEIGHT);
  const isWhite = (x: number, y: number): boolean => stdout[y * WIDTH + x]! > 128;
  return {
    width: Array.from({ length: WIDTH }, (_, x) => x).filter((x) => isWhite(x, HEIGHT / 2)).length,
    height: Array.from({ length: HEIGHT }, (_, y) => y).filter((y) => isWhite(WIDTH / 2, y)).length,
  };
}

describe('encodeStill', () => {
  let media: MediaFolder;
  beforeAll(() => {
    media = createMediaFolder();
  });
  afterAll(() => media[Symbol.dispose]());

  it.each([
    ['small', '32x18', '1', WIDTH, HEIGHT],
    ['small and of odd size', '33x33', '1', HEIGHT, HEIGHT],
    ['large', '1000x1000', '1', HEIGHT, HEIGHT],
    ['wide', '64x10', '1', WIDTH, 50],
    ['of wide pixels', '20x20', '2', WIDTH, 160],
    ['as large as the frame', '320x180', '1', WIDTH, HEIGHT],
  ])('fills the frame with a cover that is %s', async (_, size, sar, width, height) => {
    const cover = media.make(
      `${size}.png`,
      '-f',
      'lavfi',
      '-i',
      `color=white:s=${size},setsar=${sar}`,
      '-frames:v',
      '1',
    );
    const input = { path: cover, width: WIDTH, height: HEIGHT };
    const frames = await lastValueFrom(encodeStill(input, { logger: silentLogger }));
    expect(frames).toHaveLength(10);
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, ...Array<boolean>(9).fill(false)]);
    const white = whiteOf(frames[0]!.data);
    expect(Math.abs(white.width - width)).toBeLessThanOrEqual(2);
    expect(Math.abs(white.height - height)).toBeLessThanOrEqual(2);
  });

  it('fails, rather than be a picture of nothing, when there is no such frame', async () => {
    const black = { black: true, width: WIDTH, height: HEIGHT } as const;
    const [key] = await lastValueFrom(encodeStill(black, { logger: silentLogger }));
    const noPicture = Uint8Array.of(0, 0, 0, 1, 6, 5, 1, 0, 0x80);
    const still$ = encodeStill({ frames: [key!.data, noPicture] }, { logger: silentLogger });
    await expect(lastValueFrom(still$)).rejects.toMatchObject({ code: 'ERR_MEDIA_FORMAT' });
  });
});
