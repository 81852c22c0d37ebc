import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { analyzePcm } from '../../../src/testing/measurement/analyze-pcm.ts';

const RATE = 48_000;

function tone(hertz: number, seconds: number, amplitude = 0.5): Float32Array {
  return Float32Array.from(
    { length: RATE * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / RATE),
  );
}

describe('analyzePcm', () => {
  it.each([30, 439.3, 440, 441, 3000, 15_000])('finds a tone of %d Hz to a tenth', (hertz) => {
    expect(Math.abs(analyzePcm(tone(hertz, 3), RATE).frequencyHz - hertz)).toBeLessThan(0.1);
  });

  it('finds the tone under noise and a weaker one', () => {
    const random = seededRandom(1);
    const second = tone(880, 3, 0.2);
    const mixed = tone(440, 3).map((sample, i) => sample + second[i]! + 0.2 * (random() - 0.5));
    expect(Math.abs(analyzePcm(mixed, RATE).frequencyHz - 440)).toBeLessThan(0.2);
  });

  it('measures level, duration and the longest silence', () => {
    const samples = tone(440, 2);
    samples.fill(0, RATE, RATE + RATE / 10);
    samples.fill(0, RATE * 1.5, RATE * 1.5 + RATE / 100);
    const result = analyzePcm(samples, RATE);
    expect(result.durationMs).toBe(2000);
    expect(result.rmsDbfs).toBeCloseTo(-9.03, 1);
    expect(Math.abs(result.longestSilenceMs - 100)).toBeLessThanOrEqual(4);
  });

  it('hears nothing in silence', () => {
    expect(analyzePcm(new Float32Array(RATE), RATE)).toEqual({
      frequencyHz: 0,
      rmsDbfs: -Infinity,
      longestSilenceMs: 1000,
      durationMs: 1000,
    });
    expect(analyzePcm(new Float32Array(0), RATE)).toMatchObject({ frequencyHz: 0, durationMs: 0 });
  });
});
