import { describe, expect, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { aacSilence, adtsFrame, DEFAULT_AAC } from '../../src/media/aac.ts';
import { createSoundOnAir, type SoundOnAir } from '../../src/sinks/sound-on-air.ts';
import { inVirtualTime } from '../operators/virtual.ts';

const FRAME_US = 1024e6 / 48_000;
const TONE = adtsFrame(DEFAULT_AAC, Uint8Array.of(1, 2, 3));

function tone(dueUs: number): PacedSample {
  const due = Math.round(dueUs);
  return { kind: 'audio', codec: 'aac', data: TONE, ptsUs: 0, durationUs: 21333, keyframe: true, dueUs: due };
}

interface Sent {
  readonly atUs: number;
  readonly silent: boolean;
}

/** Plays something, and returns what was sent, as far as it is for before `untilMs`. */
function play(
  untilMs: number,
  script: (sound: SoundOnAir, at: (ms: number, task: () => void) => void) => void,
): Sent[] {
  const sent: Sent[] = [];
  inVirtualTime(({ clock, at }) => {
    const sound = createSoundOnAir({ clock, send: ({ data }, atUs) => sent.push({ atUs, silent: data !== TONE }) });
    sound.begin(0);
    script(sound, at);
    at(untilMs + 240, () => sound.end());
  }, untilMs + 1000);
  return sent.filter(({ atUs }) => atUs < untilMs * 1000);
}

const steps = (sent: readonly Sent[]): number[] => sent.slice(1).map(({ atUs }, index) => atUs - sent[index]!.atUs);

describe('sound on air', () => {
  it('is silence while nothing comes, frame by frame, no more than 250 ms late', () => {
    const lateUs: number[] = [];
    inVirtualTime(({ clock, at }) => {
      const sound = createSoundOnAir({ clock, send: (_, atUs) => lateUs.push(clock.nowUs() - atUs) });
      sound.begin(0);
      at(2000, () => sound.end());
    }, 3000);
    expect(lateUs.length).toBeGreaterThan(80);
    expect(Math.max(...lateUs)).toBeLessThan(250_000);
    expect(steps(play(2000, () => {})).every((step) => Math.abs(step - FRAME_US) < 1)).toBe(true);
  });

  it('has no hole and no overlap where sound begins, pauses and goes on, off by no more than half a frame', () => {
    const wanted: number[] = [];
    const sent = play(3000, (sound, at) => {
      for (const [fromMs, frames] of [
        [505, 20],
        [1507, 30],
        [2160, 20],
      ] as const) {
        for (let index = 0; index < frames; index++) {
          const dueUs = fromMs * 1000 + index * FRAME_US;
          wanted.push(dueUs);
          at(Math.ceil(dueUs / 1000), () => sound.write(tone(dueUs)));
        }
      }
    });
    expect(steps(sent).every((step) => Math.abs(step - FRAME_US) < 1)).toBe(true);
    const heard = sent.filter(({ silent }) => !silent);
    expect(heard).toHaveLength(wanted.length);
    heard.forEach(({ atUs }, index) => expect(Math.abs(atUs - wanted[index]!)).toBeLessThan(FRAME_US / 2 + 20));
  });

  it('takes a frame that comes 200 ms late', () => {
    const sent = play(1500, (sound, at) => at(700, () => sound.write(tone(500_000))));
    const heard = sent.filter(({ silent }) => !silent);
    expect(heard).toHaveLength(1);
    expect(Math.abs(heard[0]!.atUs - 500_000)).toBeLessThan(FRAME_US);
  });

  it('leaves out what comes for a time that is over', () => {
    const sent = play(1500, (sound, at) => at(1000, () => sound.write(tone(500_000))));
    expect(sent.every(({ silent }) => silent)).toBe(true);
    expect(steps(sent).every((step) => Math.abs(step - FRAME_US) < 1)).toBe(true);
  });

  it('is silent in the shape of what came last', () => {
    const mono = { ...DEFAULT_AAC, channels: 1 };
    const shapes: Uint8Array[] = [];
    inVirtualTime(({ clock, at }) => {
      const sound = createSoundOnAir({ clock, send: ({ data }) => shapes.push(data) });
      sound.begin(0);
      at(100, () => sound.write({ ...tone(100_000), data: adtsFrame(mono, Uint8Array.of(1)) }));
      at(1000, () => sound.end());
    }, 2000);
    expect(shapes[0]).toEqual(aacSilence(DEFAULT_AAC));
    expect(shapes.at(-1)).toEqual(aacSilence(mono));
  });
});
