import { beforeAll, describe, expect, it } from 'vitest';
import { FfmpegError } from '../../../src/core/errors.ts';
import { createOggDemuxer } from '../../../src/media/ogg-demuxer.ts';
import { opusSilence } from '../../../src/media/opus.ts';
import { decodeOgg } from '../../../src/testing/measurement/decode-ogg.ts';
import { OpusRecorder } from '../../../src/testing/measurement/opus-recorder.ts';
import { opusTone } from './opus-tone.ts';

function ptsOf(ogg: Uint8Array): number[] {
  const times: number[] = [];
  const demuxer = createOggDemuxer({ onSample: ({ data, ptsUs }) => data.length > 3 && times.push(ptsUs / 1000) });
  demuxer.push(ogg);
  demuxer.end();
  return times;
}

/** 20 ms of CELT, longer than the packet of silence. */
const packet = (): Uint8Array => Uint8Array.of(0xfc, 1, 2, 3, 4);

describe('OpusRecorder', () => {
  it('writes packets at their RTP time, with silence where there was none', () => {
    const recorder = new OpusRecorder();
    for (const index of [0, 1, 2, 5, 6, 56]) recorder.push(48_000 + index * 960, packet());
    expect(ptsOf(recorder.toOgg())).toEqual([0, 20, 40, 100, 120, 1120]);
  });

  it('puts packets that came out of order into order, and leaves out those that came twice', () => {
    const recorder = new OpusRecorder();
    for (const index of [0, 2, 1, 2, 3]) recorder.push(index * 960, packet());
    expect(ptsOf(recorder.toOgg())).toEqual([0, 20, 40, 60]);
  });

  it('shortens a long pause', () => {
    const recorder = new OpusRecorder();
    recorder.push(0, packet());
    recorder.push(48_000 * 3600, packet());
    expect(ptsOf(recorder.toOgg(1000))).toEqual([0, 1020]);
  });

  it('forgets the oldest packets beyond its size, and what is not Opus', () => {
    const recorder = new OpusRecorder(50);
    for (let index = 0; index < 100; index++) recorder.push(index * 960, packet());
    expect(recorder.length).toBe(10);
    recorder.push(0, Uint8Array.of(0xff));
    recorder.push(0, new Uint8Array(0));
    expect(recorder.length).toBe(10);
  });
});

describe('decodeOgg', () => {
  let tone: Uint8Array[];
  beforeAll(async () => {
    tone = await opusTone(440, 3);
  });

  it('hears the tone that was recorded', async () => {
    const recorder = new OpusRecorder();
    tone.forEach((data, index) => recorder.push(index * 960, data));
    const heard = await decodeOgg(recorder.toOgg());
    expect(Math.abs(heard.frequencyHz - 440)).toBeLessThan(0.5);
    expect(heard.durationMs).toBeGreaterThan(2950);
    expect(heard.longestSilenceMs).toBeLessThan(20);
    expect(heard.rmsDbfs).toBeGreaterThan(-30);
    expect(heard.rmsDbfs).toBeLessThan(-15);
  });

  it('hears what was lost as silence', async () => {
    const recorder = new OpusRecorder();
    tone.forEach((data, index) => (index >= 60 && index < 70 ? undefined : recorder.push(index * 960, data)));
    const heard = await decodeOgg(recorder.toOgg());
    expect(heard.longestSilenceMs).toBeGreaterThan(170);
    expect(heard.longestSilenceMs).toBeLessThan(210);
  });

  it('hears nothing in silence', async () => {
    const recorder = new OpusRecorder();
    for (let index = 0; index < 50; index++) recorder.push(index * 960, opusSilence(20_000));
    expect(await decodeOgg(recorder.toOgg())).toMatchObject({ frequencyHz: 0, rmsDbfs: -Infinity });
  });

  it('says what ffmpeg said when there is nothing to decode', async () => {
    const failure = await decodeOgg(new Uint8Array(0)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FfmpegError);
    expect((failure as FfmpegError).exitCode).not.toBe(0);
  });
});
