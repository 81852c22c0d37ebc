import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { ReadValve } from '../../src/ffmpeg/read-valve.ts';
import type { OutputChunk } from '../../src/ffmpeg/run-ffmpeg.ts';
import type { Demuxer, DemuxerOptions } from '../../src/media/demuxer.ts';
import { demuxLegs } from '../../src/sources/demux-legs.ts';

const LENGTH_US = { audio: 20_000, video: 40_000 } as const;

/** A format in which each byte is a sample; 0xff is an error. The last video frame is known only at the end. */
const byteDemuxer =
  (kind: MediaKind) =>
  ({ onSample, segment }: DemuxerOptions): Demuxer => {
    const durationUs = LENGTH_US[kind];
    let count = 0;
    let held: Sample | undefined;
    const emit = (sample: Sample | undefined): void => {
      if (sample) onSample(sample);
    };
    return {
      push(chunk) {
        for (const byte of chunk) {
          if (byte === 0xff) throw new Error(`bad ${kind}`);
          const codec = kind === 'audio' ? 'opus' : 'vp8';
          const sample: Sample = {
            kind,
            codec,
            data: chunk,
            ptsUs: count++ * durationUs,
            durationUs,
            keyframe: true,
            segment,
          };
          if (kind === 'audio') emit(sample);
          else {
            emit(held);
            held = sample;
          }
        }
      },
      end: () => emit(held),
    };
  };

function stage(options: { hold?: boolean; live?: boolean } = {}) {
  const bytes$ = new Subject<OutputChunk>();
  const samples: Sample[] = [];
  const log: string[] = [];
  const held = { audio: new SampleQueue(), video: new SampleQueue() };
  let valves: readonly ReadValve[] = [];
  const subscription = demuxLegs({
    live: options.live,
    legs: [
      { kind: 'audio', demuxer: byteDemuxer('audio') },
      { kind: 'video', demuxer: byteDemuxer('video') },
    ],
    chunks: (given) => {
      valves = given;
      return bytes$;
    },
  }).subscribe({
    next(sample) {
      samples.push(sample);
      if (options.hold) held[sample.kind].push(sample);
    },
    error: (error: unknown) => log.push((error as Error).message),
    complete: () => log.push('|'),
  });
  const count = (kind: MediaKind): number => samples.filter((sample) => sample.kind === kind).length;
  return {
    samples,
    log,
    held,
    subscription,
    end$: bytes$,
    audio: (seconds: number) => bytes$.next({ output: 0, bytes: new Uint8Array(seconds * 50) }),
    video: (seconds: number) => bytes$.next({ output: 1, bytes: new Uint8Array(seconds * 25) }),
    broken: (output: number) => bytes$.next({ output, bytes: Uint8Array.of(0xff) }),
    counts: () => [count('audio'), count('video')],
    open: () => valves.map(({ isOpen }) => isOpen),
  };
}

describe('demuxLegs', () => {
  it('begins when both legs have something, and lets the one that is behind go first', () => {
    const { audio, video, counts, samples } = stage();
    audio(0.5);
    expect(counts()).toEqual([0, 0]);
    video(0.44);
    expect(counts()).toEqual([25, 10]);
    expect(samples.slice(0, 6).map(({ kind, ptsUs }) => `${kind[0]}${ptsUs / 1000}`)).toEqual([
      ...['a0', 'v0', 'a20', 'a40', 'v40', 'a60'],
    ]);
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
  });

  it('waits no longer than five seconds of the other for a leg that does not come', () => {
    const { audio, counts } = stage();
    audio(4.9);
    expect(counts()).toEqual([0, 0]);
    audio(0.2);
    expect(counts()).toEqual([255, 0]);
  });

  it('begins at the end with what there is', () => {
    const { audio, end$, counts, log } = stage();
    audio(0.2);
    end$.complete();
    expect(counts()).toEqual([10, 0]);
    expect(log).toEqual(['|']);
  });

  it('holds back each kind for itself: a second of sound, two of picture', () => {
    const { audio, video, counts, held, open } = stage({ hold: true });
    audio(3);
    video(3.04);
    expect(counts()).toEqual([50, 50]);
    expect(open()).toEqual([false, false]);
    for (let i = 0; i < 25; i++) held.audio.shift();
    expect(counts()).toEqual([75, 50]);
    for (let i = 0; i < 25; i++) held.video.shift();
    expect(counts()).toEqual([75, 75]);
  });

  it('goes on reading a leg that is full while the other one runs dry, but not without end', () => {
    const { audio, video, counts, open } = stage({ hold: true });
    audio(1);
    video(0.2);
    expect(counts()).toEqual([50, 4]);
    audio(5); // in the file, this stands in front of the next picture
    expect(counts()).toEqual([50, 4]);
    expect(open()).toEqual([true, true]);
    video(2.5);
    expect(counts()).toEqual([50, 50]);
    expect(open()).toEqual([false, false]);

    const endless = stage({ hold: true });
    endless.video(0.2);
    endless.audio(1);
    for (let i = 0; i < 11; i++) endless.audio(1);
    expect(endless.open()).toEqual([false, true]);
  });

  it('drops the last frame of a picture that was over long ago', () => {
    for (const [seconds, frames] of [
      [1, 25],
      [2, 24],
    ] as const) {
      const { audio, video, end$, counts, log } = stage();
      video(1);
      audio(seconds);
      end$.complete();
      expect(counts()).toEqual([seconds * 50, frames]);
      expect(log).toEqual(['|']);
    }
  });

  it('fails with either leg, after what was read before', () => {
    for (const [output, message] of [
      [0, 'bad audio'],
      [1, 'bad video'],
    ] as const) {
      const { audio, video, broken, counts, log, end$ } = stage();
      audio(0.2);
      video(0.2);
      broken(output);
      expect(counts()).toEqual([10, 4]);
      expect(log).toEqual([message]);
      expect(end$.observed).toBe(false);
    }
  });

  it('never holds back what is live', () => {
    const { audio, video, counts, open } = stage({ hold: true, live: true });
    audio(5);
    video(5);
    expect(counts()).toEqual([250, 124]);
    expect(open()).toEqual([true, true]);
  });

  it('reads nothing more once unsubscribed from', () => {
    const { audio, video, subscription, end$, held, counts } = stage({ hold: true });
    video(3);
    audio(3);
    subscription.unsubscribe();
    expect(end$.observed).toBe(false);
    held.audio.clear();
    expect(counts()).toEqual([50, 50]);
  });
});
