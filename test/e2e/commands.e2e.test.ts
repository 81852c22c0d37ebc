import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shell } from '../../src/ffmpeg/shell.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromShells } from '../../src/sources/from-shells.ts';
import { fromStream } from '../../src/sources/from-stream.ts';
import { createMediaFolder, type MediaFolder, openStage, tone, until } from './stage.ts';

describe("commands and streams of one's own, in a call", () => {
  let media: MediaFolder;
  beforeAll(() => void (media = createMediaFolder()));
  afterAll(() => media[Symbol.dispose]());

  it('arrive as they are, and can be seeked in from where they begin', async () => {
    const file = media.make('a tone.flac', ...tone(440, 60));
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromShell(shell`ffmpeg -ss 20 -i ${file} -af "asetrate=48000*2,aresample=48000,atempo=0.5"`));
    await until(() => call.positionMs > 20_500);
    await call.seekBy(30_000);
    expect(call.positionMs).toBeGreaterThan(50_000);
    await until(() => call.positionMs > 51_500);
    call.stop();
    const heard = await participant.decode({ ffmpegPath: process.env['FFMPEG_PATH'] });
    expect(heard.frequencyHz).toBeGreaterThan(878);
    expect(heard.frequencyHz).toBeLessThan(882);
    expect(participant.measure().lost).toBe(0);
  });

  it('end with the music when the picture has no end', async () => {
    const file = media.make('short.flac', ...tone(440, 3));
    const cover = media.make('cover.jpg', '-f', 'lavfi', '-i', 'color=green:size=320x180', '-frames:v', '1');
    await using stage = await openStage();
    const { call, participant } = stage;
    const source = fromShells({
      audio: shell`ffmpeg -i ${file}`,
      video: shell`ffmpeg -loop 1 -framerate 1 -i ${cover} -r 1 -b:v 200k`,
    });
    await call.play(source);
    await until(() => call.state.playback.status === 'ended', 30_000);
    expect(call.state.playback).toMatchObject({ status: 'ended', reason: 'ended' });
    const { durationMs } = participant.measure();
    expect(durationMs).toBeGreaterThan(2800);
    expect(durationMs).toBeLessThan(3500);
  });

  it('play speech as it comes', async () => {
    async function* speech(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 2 * 24_000; at += 2400) {
        const samples = Int16Array.from(
          { length: 2400 },
          (_, i) => 20_000 * Math.sin((2 * Math.PI * 300 * (at + i)) / 24_000),
        );
        yield new Uint8Array(samples.buffer);
      }
    }
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromStream(speech(), { format: 's16le', sampleRate: 24_000, channels: 1 }));
    await until(() => call.state.playback.status === 'ended', 30_000);
    const heard = await participant.decode({ ffmpegPath: process.env['FFMPEG_PATH'] });
    expect(heard.frequencyHz).toBeGreaterThan(298);
    expect(heard.frequencyHz).toBeLessThan(302);
  });
});
