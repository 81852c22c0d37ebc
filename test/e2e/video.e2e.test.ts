import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { buildFir } from '../../src/webrtc/rtcp/feedback.ts';
import { brightness, flashAndBeep } from '../sources/flash-and-beep.ts';
import { recordVideo } from './received-video.ts';
import { createMediaFolder, type MediaFolder, openStage, sleep, until } from './stage.ts';

/** Small, so that the encoder keeps up on a busy machine. */
const SMALL: FromFileOptions = { video: true, videoWidth: 320, videoHeight: 240 };
const CLIP = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '75', '-c:a', 'aac'];

describe('a call that shows a film', () => {
  let media: MediaFolder;
  let clip: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.mp4', ...flashAndBeep(60), ...CLIP);
  });
  afterAll(() => media[Symbol.dispose]());

  it.each(['vp8', 'h264'] as const)(
    'in %s, with lips that match: at the start, after a pause, after a seek',
    async (codec) => {
      await using stage = await openStage({ client: { videoCodec: codec } });
      const { call, participant } = stage;
      const recording = recordVideo(participant);
      const phases: [name: string, fromMs: number, untilMs: number][] = [];
      const phase = async (name: string, begin: () => unknown): Promise<void> => {
        await begin();
        await until(() => recording.frames.length > 0);
        await sleep(300);
        const fromMs = recording.nowMs();
        await sleep(3500);
        phases.push([name, fromMs, recording.nowMs()]);
      };
      await phase('start', () => call.play(fromFile(clip, SMALL)));
      call.pause();
      await sleep(1500);
      await phase('after a pause', () => call.resume());
      await phase('after a seek', () => call.seekTo(30_300));
      call.stop();

      const { frames } = recording;
      expect(brightness(frames).length / frames.length).toBeGreaterThan(0.95);
      const flashes = recording.flashesMs();
      const beeps = recording.beepsMs();
      for (const [name, fromMs, untilMs] of phases) {
        const offsets = flashes
          .filter((flash) => flash > fromMs && flash < untilMs - 100)
          .map((flash) => Math.min(...beeps.map((beep) => Math.abs(flash - beep))));
        expect(offsets.length, name).toBeGreaterThanOrEqual(2);
        expect(Math.max(...offsets), name).toBeLessThanOrEqual(40);
      }
      const timestamps = frames.map(({ rtpTime }) => rtpTime);
      expect(timestamps.every((time, index) => index === 0 || time > timestamps[index - 1]!)).toBe(true);
      expect(participant.measure('video')).toMatchObject({ lost: 0 });
    },
  );

  it('is measured by something that sees a sound that is 100 ms late', async () => {
    await using stage = await openStage();
    const recording = recordVideo(stage.participant);
    await stage.call.play(fromFile(clip, { ...SMALL, filters: { audio: 'adelay=100|100' } }));
    await sleep(3500);
    stage.call.stop();
    const beeps = recording.beepsMs();
    const offsets = recording.flashesMs().map((flash) => Math.min(...beeps.map((beep) => Math.abs(flash - beep))));
    expect(offsets.length).toBeGreaterThanOrEqual(2);
    for (const offset of offsets.slice(0, 2)) expect(Math.abs(offset - 100)).toBeLessThan(10);
  });

  it.each([
    ['PLI', 'by itself', []],
    ['PLI', 'by sending the last one again', ['-g', '900']],
    ['FIR', 'by itself', []],
    ['FIR', 'by sending the last one again', ['-g', '900']],
  ])('answers a request for a keyframe (%s) within a second, %s', async (request, _how, outputArgs) => {
    await using stage = await openStage();
    const { call, participant } = stage;
    const { frames } = recordVideo(participant);
    await call.play(fromFile(clip, { ...SMALL, outputArgs }));
    await sleep(3300);
    const before = frames.length;
    const askedMs = performance.now();
    if (request === 'PLI') participant.requestKeyframe();
    else participant.sendRtcp(buildFir(1, [{ ssrc: call.ssrcs.video, sequence: 7 }]));
    await until(() => frames.slice(before).some(({ keyframe }) => keyframe), 5000);
    const answer = frames.slice(before).find(({ keyframe }) => keyframe)!;
    expect(answer.arrivalMs - askedMs).toBeLessThan(1300);
    await sleep(500);
    // It all still decodes, and time goes on.
    expect(brightness(frames)).toHaveLength(frames.length);
    expect(frames.every(({ rtpTime }, index) => index === 0 || rtpTime > frames[index - 1]!.rtpTime)).toBe(true);
    const { pliCount, firCount } = call.getStats().video!;
    expect([pliCount, firCount]).toEqual(request === 'PLI' ? [1, 0] : [0, 1]);
  });

  it('keeps the video SSRC alive while there is nothing to show', async () => {
    await using stage = await openStage();
    await until(() => stage.participant.measure('video').paddingPackets >= 2);
    expect(stage.call.getStats().video).toMatchObject({ bytesSent: 0 });
    await stage.call.play(fromFile(clip, SMALL));
    await until(() => stage.participant.measure('video').bytes > 0);
  });

  it('shows nothing where only sound is asked for, and ends with the film', async () => {
    await using stage = await openStage();
    const ended = new Promise((resolve) => {
      stage.call.playback$.subscribe((event) => event.type === 'ended' && resolve(event.reason));
    });
    const short = media.make('short.mp4', ...flashAndBeep(2), ...CLIP);
    await stage.call.play(fromFile(short));
    expect(await ended).toBe('ended');
    expect(stage.participant.measure('video')).toMatchObject({ bytes: 0 });
    expect(stage.participant.measure('audio').packets).toBeGreaterThan(98);
  });
});
