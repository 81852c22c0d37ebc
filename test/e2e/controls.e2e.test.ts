import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFile } from '../../src/sources/from-file.ts';
import { createMediaFolder, type MediaFolder, openStage, sleep, tone, until } from './stage.ts';

describe('a call that plays', () => {
  let media: MediaFolder;
  let song: string;
  let other: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...tone(440, 120), '-b:a', '64k');
    other = media.make('other.mp3', ...tone(880, 120), '-b:a', '64k');
  });
  afterAll(() => media[Symbol.dispose]());

  it('pauses for 5 s and resumes without a burst, a lost second or a hole', async () => {
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromFile(song));
    await sleep(1500);
    const pausedAt = performance.now();
    expect(call.pause()).toBe(true);
    expect(call.pause()).toBe(false);
    const positionMs = call.positionMs;
    await sleep(5000);
    expect(call.positionMs).toBe(positionMs);
    expect(call.resume()).toBe(true);
    await sleep(1500);
    call.stop();

    const packets = participant.packets();
    const before = packets.filter((packet) => packet.arrivalMs < pausedAt + 40);
    const gap = packets[before.length]!.arrivalMs - before.at(-1)!.arrivalMs;
    expect(gap).toBeGreaterThan(4950);
    expect(packets.filter((p) => p.arrivalMs > pausedAt + 40 && p.arrivalMs < pausedAt + 4990)).toEqual([]);
    const measured = participant.measure();
    expect(measured.holes).toEqual([]);
    const steps = Object.keys(measured.timestampSteps).map(Number);
    expect(steps.every((step) => step % 960 === 0)).toBe(true);
    const jump = Math.max(...steps) / 48;
    expect(jump).toBeGreaterThanOrEqual(4960);
    expect(jump).toBeLessThanOrEqual(5200);
    const after = packets.slice(before.length);
    const burst = after.filter((packet) => packet.arrivalMs < after[0]!.arrivalMs + 200);
    expect(burst.length).toBeLessThanOrEqual(14);
    expect(call.positionMs - positionMs).toBeGreaterThan(1300);
    expect(call.positionMs - positionMs).toBeLessThan(1700);
  });

  it('mutes with the cadence kept and the level down', async () => {
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromFile(song));
    await sleep(1000);
    call.mute();
    const mutedAt = performance.now();
    await sleep(1000);
    call.unmute();
    await sleep(500);
    call.stop();

    const measured = participant.measure();
    expect(measured.timestampSteps).toEqual({ 960: measured.packets - 1 });
    expect(measured.maxGapMs).toBeLessThan(250);
    const muted = participant
      .packets()
      .filter((p) => p.arrivalMs > mutedAt + 60 && p.arrivalMs < mutedAt + 900)
      .map((p) => [p.payloadBytes, p.audioLevel]);
    expect(muted.length).toBeGreaterThan(35);
    expect(new Set(muted.map(String))).toEqual(new Set(['3,127']));
  });

  it('seeks to within 100 ms, and plays another file over it without a gap', async () => {
    await using stage = await openStage();
    const { call, participant } = stage;
    await call.play(fromFile(song));
    await sleep(1000);
    const ssrcs = call.ssrcs;
    await call.seekTo(60_000);
    const soughtAt = performance.now();
    expect(call.positionMs).toBeGreaterThanOrEqual(60_000);
    expect(call.positionMs).toBeLessThanOrEqual(60_100);
    await sleep(1000);
    expect(Math.abs(call.positionMs - 60_000 - (performance.now() - soughtAt))).toBeLessThan(100);
    await call.play(fromFile(other));
    expect(call.positionMs).toBeLessThan(200);
    await sleep(1500);
    call.stop();

    const measured = participant.measure();
    expect(call.state.connection.status).toBe('connected');
    expect(call.ssrcs).toBe(ssrcs);
    expect(measured.holes).toEqual([]);
    expect(measured.maxRtpGapMs).toBeLessThanOrEqual(40);
    expect(measured.maxGapMs).toBeLessThan(250);
  });

  it('tells in order what became of its playbacks', async () => {
    await using stage = await openStage();
    const { call } = stage;
    const told: string[] = [];
    call.playback$.subscribe((event) => told.push(event.type === 'ended' ? `ended ${event.reason}` : event.type));
    await call.play(fromFile(song));
    await call.play(fromFile(other));
    await call.seekBy(1000);
    call.stop();
    await until(() => told.at(-1) === 'ended stopped');
    expect(told).toEqual([
      'opening',
      'started',
      'sent',
      'opening',
      'ended replaced',
      'started',
      'sent',
      'opening',
      'started',
      'ended stopped',
    ]);
  });
});
