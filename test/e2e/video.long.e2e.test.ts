import { describe, expect, it } from 'vitest';
import { fromFile } from '../../src/sources/from-file.ts';
import { requires } from '../requires.ts';
import { flashAndBeep } from '../sources/flash-and-beep.ts';
import { recordVideo } from './received-video.ts';
import { createMediaFolder, openStage, sleep, until } from './stage.ts';
import { expectLipsToMatch, launchChromium, median, openViewer } from './video-viewer.ts';

const SECONDS = 600;

/** Takes eleven minutes, so it runs only when it is asked for: `RXCALL_LONG=1 npx vitest run video.long`. */
describe.runIf(process.env['RXCALL_LONG'] && requires('chromium'))('a film of ten minutes', () => {
  it('keeps its time, and its lips match to the end', { timeout: 15 * 60_000 }, async () => {
    using media = createMediaFolder();
    const clip = media.make(
      'long.mp4',
      ...flashAndBeep(SECONDS + 90),
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '75', '-c:a', 'aac'],
    );
    await using browser = await launchChromium();
    await using stage = await openStage();
    const { call, participant } = stage;
    const recording = recordVideo(participant);
    await using viewer = await openViewer(browser, (await stage.conference.servePage()).url);
    await viewer.watch();
    await call.play(fromFile(clip, { video: true, videoWidth: 320, videoHeight: 240 }));
    const first = await expectLipsToMatch(viewer, 'at the start');
    await until(() => call.positionMs > SECONDS * 1000, (SECONDS + 60) * 1000);
    const last = await expectLipsToMatch(viewer, 'after ten minutes');
    call.stop();
    await sleep(500);

    const beeps = recording.beepsMs();
    const offsets = recording.flashesMs().map((flash) => {
      const nearest = beeps.toSorted((a, b) => Math.abs(a - flash) - Math.abs(b - flash))[0]!;
      return nearest - flash;
    });
    const inConference = { first: offsets.slice(1, 60), last: offsets.slice(-61, -1) };
    const drifts = (['audio', 'video'] as const).map((kind) => participant.measure(kind).driftPpm!);
    const lipDriftPpm = ((median(inConference.last) - median(inConference.first)) / SECONDS) * 1000;
    console.info({
      first,
      last,
      inConference: offsets.length,
      worst: Math.max(...offsets.map(Math.abs)),
      drifts,
      lipDriftPpm,
    });

    expect(offsets.length).toBeGreaterThan(SECONDS - 10);
    for (const offset of [...inConference.first, ...inConference.last])
      expect(Math.abs(offset)).toBeLessThanOrEqual(40);
    for (const drift of [...drifts, lipDriftPpm]) expect(Math.abs(drift)).toBeLessThan(100);
  });
});
