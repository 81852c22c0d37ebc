import { expect, it } from 'vitest';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { probeFfmpeg } from '../../src/ffmpeg/probe-ffmpeg.ts';

it('tells the version and the features of the ffmpeg at hand, and asks once', async () => {
  const { path, version } = await locateFfmpeg();
  const probe = await probeFfmpeg(path);
  expect(probe).toMatchObject({ path, version, features: { libopus: true, ogg: true, ivf: true, flv: true } });
  expect(probe.major).toBeGreaterThanOrEqual(4);
  expect(Object.keys(probe.features).sort()).toEqual(
    ['flv', 'https', 'ivf', 'libopus', 'libvpx', 'libx264', 'ogg', 'rtmps'].sort(),
  );
  expect(await probeFfmpeg(path)).toBe(probe);
});

it('rejects what does not run', async () => {
  await expect(probeFfmpeg('/no/such/ffmpeg')).rejects.toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
  await expect(probeFfmpeg(process.execPath)).rejects.toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
});
