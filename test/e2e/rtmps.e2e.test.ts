import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { expectNoChildren } from '../ffmpeg/processes.ts';
import { requires } from '../requires.ts';
import { createRtmpServer, isOrdered, largestStepMs, readRecording } from '../sinks/rtmp-server.ts';
import { createPemFiles, createTlsFront, type PemFiles } from '../sinks/tls-front.ts';
import { createMediaFolder, type MediaFolder, sleep, tone, until } from './stage.ts';

const here = requires('nginx') && requires('ffprobe') && requires('openssl');

describe.runIf(here)('an RTMP call over TLS', () => {
  let media: MediaFolder;
  let song: string;
  let own: PemFiles;
  let other: PemFiles;
  let elsewhere: PemFiles;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
    own = createPemFiles(media.path('own'));
    other = createPemFiles(media.path('other'));
    elsewhere = createPemFiles(media.path('elsewhere'), 'elsewhere.example');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  it('streams to whoever has a certificate, and connects anew when that breaks', async () => {
    await using server = await createRtmpServer();
    await using front = await createTlsFront(server.port, own);
    await using client = createClient();
    const url = `rtmps://127.0.0.1:${front.port}/live/stream-key`;
    const call = await client.createRtmpCall('one', url, { reconnect: { firstDelayMs: 100 } });
    await call.play(fromFile(song));
    await sleep(2500);
    front.drop();
    await until(() => call.status.status === 'reconnecting', 20_000);
    expect(call.status).toMatchObject({ error: { code: 'ERR_RTMP_LOST', retryable: true } });
    await until(() => call.status.status === 'active', 20_000);
    await sleep(2500);
    await call.close();
    expect(server.publishes).toEqual(['stream-key', 'stream-key']);
    expect(front.protocols).toHaveLength(2);
    expect(front.protocols.every((version) => version?.startsWith('TLSv1'))).toBe(true);
    for (const path of server.recordings()) {
      const { audioMs, videoMs, complaints, pcm } = readRecording(path);
      expect(complaints).toBe('');
      expect(isOrdered(audioMs) && isOrdered(videoMs)).toBe(true);
      expect(largestStepMs(audioMs)).toBeLessThanOrEqual(24);
      expect(audioMs.at(-1)).toBeGreaterThan(1500);
      expect(pcm.some((value) => Math.abs(value) > 1000)).toBe(true);
    }
  });

  it('checks the certificate when it is told whom to trust', async () => {
    await using server = await createRtmpServer();
    await using client = createClient();
    await using front = await createTlsFront(server.port, own);
    const url = `rtmps://127.0.0.1:${front.port}/live/very-secret-key`;
    const call = await client.createRtmpCall('one', url, { caFile: own.cert });
    expect(call.status.status).toBe('active');
    await call.close();
    expect(server.publishes).toHaveLength(1);

    await using astray = await createTlsFront(server.port, elsewhere);
    for (const [port, caFile] of [
      [front.port, other.cert],
      [front.port, media.path('missing.crt')],
      [astray.port, elsewhere.cert],
    ] as const) {
      const refused = client.createRtmpCall('one', `rtmps://127.0.0.1:${port}/live/very-secret-key`, { caFile });
      const error: unknown = await refused.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_RTMP_CERTIFICATE', retryable: false });
      expect(inspect(error, { depth: 20 })).not.toContain('very-secret-key');
    }
    expect(server.publishes).toHaveLength(1);
  });
});
