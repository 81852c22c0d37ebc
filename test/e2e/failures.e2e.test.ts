import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { type ConferenceBehavior, createConference } from '../../src/testing/index.ts';
import { createMediaFolder, LOOPBACK_TRANSPORT, type MediaFolder, openStage, sleep, tone, until } from './stage.ts';

describe('a source that fails', () => {
  let media: MediaFolder;
  let song: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
  });
  afterAll(() => media[Symbol.dispose]());

  const cases: [string, () => string, string][] = [
    ['is missing', () => media.path('nothing.mp3'), 'ERR_SOURCE_NOT_FOUND'],
    [
      'has no audio',
      () => media.make('picture.mp4', '-f', 'lavfi', '-i', 'testsrc=duration=1', '-c:v', 'libx264'),
      'ERR_SOURCE_NO_TRACK',
    ],
    [
      'is a folder',
      () => {
        mkdirSync(media.path('folder.mp3'));
        return media.path('folder.mp3');
      },
      'ERR_SOURCE_UNREADABLE',
    ],
    [
      'is noise',
      () => {
        writeFileSync(media.path('noise.mp3'), Buffer.alloc(5000, 7));
        return media.path('noise.mp3');
      },
      'ERR_',
    ],
    [
      'is empty',
      () => {
        writeFileSync(media.path('empty.mp3'), '');
        return media.path('empty.mp3');
      },
      'ERR_',
    ],
  ];

  it.each(cases)('because it %s is a typed error; the call and what plays go on', async (_, make, code) => {
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromFile(song));
    const started = performance.now();
    const error: unknown = await call.play(fromFile(make())).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: expect.stringContaining(code) as string });
    expect(performance.now() - started).toBeLessThan(5000);
    const { packets } = participant.measure();
    await until(() => participant.measure().packets > packets + 15);
    expect(call.state).toMatchObject({ connection: { status: 'connected' }, playback: { status: 'playing' } });
    expect(participant.measure().maxGapMs).toBeLessThan(500);
  });

  it('because ffmpeg is missing says where it was looked for', async () => {
    await using stage = await openStage();
    const error: unknown = await stage.call
      .play(fromFile(song, { ffmpegPath: media.path('no-such-ffmpeg') }))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_FFMPEG_NOT_FOUND',
      message: expect.stringContaining('no-such-ffmpeg') as string,
    });
  });

  it('because ffmpeg was killed ends the playback with the signal, and the call goes on', async () => {
    const pidFile = media.path('pid');
    const wrapper = media.path('ffmpeg-with-pid');
    const real = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
    writeFileSync(wrapper, `#!/bin/sh\necho $$ > '${pidFile}'\nexec '${real}' "$@"\n`.replace(`'ffmpeg'`, 'ffmpeg'));
    chmodSync(wrapper, 0o755);
    await using stage = await openStage();
    const { call } = stage;
    await call.play(fromFile(song, { ffmpegPath: wrapper }));
    await sleep(500);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    await until(() => call.state.playback.status === 'ended', 30_000); // what the pipe holds plays first
    expect(call.state.playback).toMatchObject({
      reason: 'error',
      error: { code: 'ERR_FFMPEG_FAILED', signal: 'SIGKILL' },
    });
    await call.play(fromFile(song));
    expect(call.state).toMatchObject({ connection: { status: 'connected' }, playback: { status: 'playing' } });
  });

  it('in the middle of a broken file plays what there is', async () => {
    const cut = media.make('cut.mp3', ...tone(440, 10), '-b:a', '64k');
    truncateSync(cut, 40_000);
    await using stage = await openStage();
    await stage.call.play(fromFile(cut));
    await until(() => stage.call.state.playback.status === 'ended');
    expect(stage.participant.measure().packets).toBeGreaterThan(200);
  });
});

describe('a connection that fails', () => {
  async function attempt(behavior: ConferenceBehavior, change = (answer: string): string => answer) {
    const conference = await createConference(behavior);
    const client = createClient({
      transport: LOOPBACK_TRANSPORT,
      requireFfmpeg: false,
      connectTimeoutMs: 1000,
      giveUpAfterMs: 2500,
    });
    const call = await client.createCall('chat');
    const other = await client.createCall('other');
    const started = performance.now();
    const error: unknown = await connect(call).catch((reason: unknown) => reason);
    const tookMs = performance.now() - started;

    async function connect(which: GroupCall): Promise<void> {
      await which.connect(change(await conference.join(which.joinPayload)));
    }
    return {
      call,
      other,
      error,
      tookMs,
      conference,
      async close() {
        await client.close();
        await conference.close();
      },
    };
  }

  it('by an answer cut in half leaves the call ready for a whole one', async () => {
    const { call, error, conference, close } = await attempt({}, (answer) => answer.slice(0, answer.length / 2));
    expect(error).toMatchObject({ code: 'ERR_PAYLOAD', path: '$' });
    expect(call.state.connection.status).toBe('new');
    await conference.leave(call.ssrcs.audio);
    await call.connect(await conference.join(call.joinPayload));
    expect(call.state.connection.status).toBe('connected');
    await close();
  });

  it('by a certificate that is not the announced one is refused', async () => {
    const { call, other, error, close } = await attempt({ answer: { wrongFingerprint: true } });
    expect(error).toMatchObject({ code: 'ERR_FINGERPRINT' });
    expect(call.state.connection).toMatchObject({ status: 'failed', error: { code: 'ERR_FINGERPRINT' } });
    expect(other.state.connection.status).toBe('new');
    await expect(call.play(fromFile('x'))).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    await close();
  });

  it('by a server that never answers times out, and then closes by itself', async () => {
    const { call, other, error, tookMs, close } = await attempt({ silent: true });
    expect(error).toMatchObject({ code: 'ERR_CONNECT_TIMEOUT', retryable: true });
    expect(tookMs).toBeLessThan(1900);
    expect(call.state.connection.status).toBe('connecting');
    await call.closed;
    expect(call.state.connection).toEqual({ status: 'closed', reason: 'timeout' });
    expect(other.state.connection.status).toBe('new');
    await close();
  });

  it('in a chat that has no WebRTC says what it is instead', async () => {
    for (const mode of ['stream', 'rtmp'] as const) {
      const { call, error, close } = await attempt({ mode });
      expect(error).toMatchObject({ code: 'ERR_CALL_MODE' });
      expect(call.state.connection.status).toBe('new');
      await close();
    }
  });
});
