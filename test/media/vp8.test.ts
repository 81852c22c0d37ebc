import { expect, it } from 'vitest';
import { isVp8Keyframe } from '../../src/media/vp8.ts';
import { encodeVp8 } from './ffmpeg.ts';
import { demuxIvf } from './ivf.ts';
import { vp8Size } from './vp8.ts';

it('knows the keyframes of libvpx, which tell their size', () => {
  const { samples } = demuxIvf(encodeVp8('25', ['-frames:v', '12', '-g', '10', '-vf', 'scale=322:242']));
  const keyframes = samples.filter(({ data }) => isVp8Keyframe(data));
  expect(keyframes.map((sample) => samples.indexOf(sample))).toEqual([0, 10]);
  for (const { data } of keyframes) expect(vp8Size(data)).toEqual({ width: 322, height: 242 });
  expect(isVp8Keyframe(new Uint8Array(0))).toBe(false);
});
