import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFile } from '../../src/sources/from-file.ts';
import { createMediaFolder, type MediaFolder, openStage, tone, until } from './stage.ts';

const FORMATS: readonly [name: string, ...args: string[]][] = [
  ['mp3', '-b:a', '192k'],
  ['flac'],
  ['wav'],
  ['m4a', '-c:a', 'aac', '-b:a', '192k'],
  ['opus', '-c:a', 'libopus'],
  ['ogg', '-c:a', 'libopus', '-page_duration', '20000'],
  ['webm', '-c:a', 'libopus'],
];

describe('a 440 Hz tone arrives as it is', () => {
  let media: MediaFolder;
  beforeAll(() => void (media = createMediaFolder()));
  afterAll(() => media[Symbol.dispose]());

  it.each(FORMATS)('from %s', async (extension, ...args) => {
    const file = media.make(`tone.${extension}`, ...tone(440, 4), '-ac', '2', ...args);
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromFile(file));
    await until(() => call.state.playback.status === 'ended');

    expect(call.state.playback).toMatchObject({ status: 'ended', reason: 'ended' });
    const measured = participant.measure();
    expect(measured.lost).toBe(0);
    expect(measured.durationMs).toBeGreaterThan(3900);
    const heard = await participant.decode({ ffmpegPath: process.env['FFMPEG_PATH'] });
    expect(heard.frequencyHz).toBeGreaterThan(438);
    expect(heard.frequencyHz).toBeLessThan(442);
    expect(heard.longestSilenceMs).toBeLessThanOrEqual(50);
  });
});
