import { afterEach, expect, it } from 'vitest';
import { Segment } from '../../src/core/segment.ts';
import { createRtmpOutput } from '../../src/sinks/rtmp-output.ts';
import { toRtmp } from '../../src/sinks/to-rtmp.ts';
import { expectNoChildren, until } from '../ffmpeg/processes.ts';
import { freePort } from '../sources/free-port.ts';

afterEach(() => expectNoChildren());

it.each([
  ['AAC without its header', 'aac', 'ERR_MEDIA_FORMAT'],
  ['Opus', 'opus', 'ERR_OPTION'],
] as const)('ends when it is given %s, and does not throw', async (_what, codec, code) => {
  const output = createRtmpOutput(`rtmp://127.0.0.1:${await freePort()}/live/streamkey`);
  try {
    await until(() => output.status.status === 'reconnecting'); // a stream has begun, though nobody takes it
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const dueUs = performance.now() * 1000;
    output.write({ kind: 'audio', codec, data, ptsUs: 0, durationUs: 20_000, keyframe: true, dueUs });
    expect(output.status).toMatchObject({ status: 'failed', error: { code } });
  } finally {
    await output.close();
  }
});

it('lets go of what it took when its source fails', async () => {
  const rtmp = toRtmp(`rtmp://127.0.0.1:${await freePort()}/live/streamkey`);
  const segment = new Segment();
  segment.attach();
  const data = Uint8Array.of(0);
  rtmp.next({ kind: 'audio', codec: 'aac', data, ptsUs: 0, durationUs: 1, keyframe: true, dueUs: 0, segment });
  expect(segment.freezable).toBe(false);
  rtmp.error(new Error('source failed'));
  expect(segment.freezable).toBe(true);
  await rtmp.close();
});
