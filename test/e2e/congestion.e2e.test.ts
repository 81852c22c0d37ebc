import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import type { Impairment } from '../../src/webrtc/transport-options.ts';
import { recordVideo } from './received-video.ts';
import { createMediaFolder, type MediaFolder, openStage, sleep, until } from './stage.ts';

/** A picture that never repeats, so that the encoder makes of it as much as it may, and no more. */
const GRAINY = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=120,noise=alls=20:allf=t'];
const VIDEO: FromFileOptions = { video: true, videoWidth: 320, videoHeight: 240, videoFps: 25, audioBitrateKbps: 64 };

describe('a call over a bottleneck', () => {
  let media: MediaFolder;
  let film: string;

  beforeAll(() => {
    media = createMediaFolder();
    const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=120'];
    film = media.make('film.mp4', ...GRAINY, ...sound, '-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'aac', '-t', '120');
  }, 120_000);
  afterAll(() => media[Symbol.dispose]());

  it('sends less, and more again when it is gone, without a gap and without ending', async () => {
    const impair: Impairment = { traffic: 'media', direction: 'receive' };
    await using stage = await openStage({ behavior: { impair } });
    const { call, participant } = stage;
    const targets: number[] = [];
    const told: string[] = [];
    call.targetBitrate$.subscribe((target) => targets.push(target));
    call.playback$.subscribe(({ type }) => told.push(type));
    const { frames } = recordVideo(participant);
    const kbps = (): number | null => call.getStats().videoBitrateKbps;
    await call.play(fromFile(film, { ...VIDEO, videoBitrateKbps: 700 }));
    await sleep(5000);
    expect(kbps()).toBe(700);
    expect(targets).toEqual([1_000_000]);

    impair.rateKbps = 550;
    await until(() => (kbps() ?? 0) < 450, 20_000);
    const narrow = frames.length;
    await sleep(3000);
    expect(frames.length - narrow).toBeGreaterThan(20); // it still arrives
    expect(call.getStats().transport.bitrateEstimate).toBeLessThan(700_000);

    impair.rateKbps = undefined;
    const least = kbps()!;
    await until(() => (kbps() ?? 0) >= 1.2 * least, 60_000);
    expect(told).toEqual(['opening', 'started', 'sent']);
    expect(call.state.playback).toMatchObject({ status: 'playing' });
    expect(frames.every(({ rtpTime }, index) => index === 0 || rtpTime > frames[index - 1]!.rtpTime)).toBe(true);
    const { positionMs } = call;
    await sleep(1000);
    expect(Math.abs(call.positionMs - positionMs - 1000)).toBeLessThan(400);
  }, 150_000);
});
