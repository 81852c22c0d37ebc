import { dominantFrequency } from './dominant-frequency.ts';

/** What decoded audio sounds like, in numbers. */
export interface DecodedAudio {
  /** Of the strongest tone, in Hz; 0 when there is none, or less than 0.35 s of sound. */
  readonly frequencyHz: number;
  /** Root mean square over everything but silent runs, in dB below full scale (a full-scale sine has -3). */
  readonly rmsDbfs: number;
  /** Longest run without sound, in milliseconds, to a resolution of 2 ms. */
  readonly longestSilenceMs: number;
  readonly durationMs: number;
}

const SLICE_MS = 2;
/** Quieter than this is silence: far below music, far above what a codec leaves of nothing. */
const SILENCE_DBFS = -60;

/** Analyzes one channel of samples from -1 to 1. */
export function analyzePcm(samples: Float32Array, sampleRate: number): DecodedAudio {
  const slice = Math.round((sampleRate * SLICE_MS) / 1000);
  const silence = 10 ** (SILENCE_DBFS / 20);
  const loud = new Float32Array(samples.length);
  let kept = 0;
  let energy = 0;
  let run = 0;
  let longest = 0;
  for (let start = 0; start < samples.length; start += slice) {
    const piece = samples.subarray(start, start + slice);
    const squares = piece.reduce((total, sample) => total + sample * sample, 0);
    if (Math.sqrt(squares / piece.length) < silence) {
      run += piece.length;
      longest = Math.max(longest, run);
      continue;
    }
    run = 0;
    energy += squares;
    loud.set(piece, kept);
    kept += piece.length;
  }
  return {
    frequencyHz: dominantFrequency(loud.subarray(0, kept), sampleRate),
    rmsDbfs: kept === 0 ? -Infinity : 10 * Math.log10(energy / kept),
    longestSilenceMs: (longest / sampleRate) * 1000,
    durationMs: (samples.length / sampleRate) * 1000,
  };
}
