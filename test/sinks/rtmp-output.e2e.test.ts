import { afterEach, expect, it } from 'vitest';
import { createRtmpOutput } from '../../src/sinks/rtmp-output.ts';
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
