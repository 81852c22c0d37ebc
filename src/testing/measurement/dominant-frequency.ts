/** 0.34 s at 48 kHz: bins of 2.9 Hz, which the interpolation between them refines to a few hundredths. */
const WINDOW = 16_384;

/**
 * The frequency of the strongest tone in a signal, in Hz: the median over windows of a third of a second, of the highest
 * peak of the spectrum. 0 when the signal is shorter than one window or silent.
 */
export function dominantFrequency(samples: Float32Array, sampleRate: number): number {
  const peaks: number[] = [];
  for (let start = 0; start + WINDOW <= samples.length; start += WINDOW) {
    const bin = peakBin(samples.subarray(start, start + WINDOW));
    if (bin > 0) peaks.push((bin * sampleRate) / WINDOW);
  }
  return peaks.sort((a, b) => a - b)[peaks.length >> 1] ?? 0;
}

function peakBin(samples: Float32Array): number {
  const re = new Float64Array(WINDOW);
  const im = new Float64Array(WINDOW);
  // A Hann window: without it a tone between two bins leaks over the whole spectrum.
  samples.forEach((sample, i) => (re[i] = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW))));
  fourierTransform(re, im);
  const power = (bin: number): number => re[bin]! ** 2 + im[bin]! ** 2;
  let peak = 1;
  for (let bin = 2; bin < WINDOW / 2 - 1; bin++) if (power(bin) > power(peak)) peak = bin;
  if (power(peak) < 1e-6) return 0;
  // The top of the parabola through the peak and its neighbors, in decibels.
  const [left, top, right] = [peak - 1, peak, peak + 1].map((bin) => Math.log(power(bin) + 1e-12)) as [
    number,
    number,
    number,
  ];
  return peak + (0.5 * (left - right)) / (left - 2 * top + right);
}

/** An in-place radix-2 fast Fourier transform; the length is a power of two. */
function fourierTransform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const wr = Math.cos(angle);
      const wi = Math.sin(angle);
      for (let even = k; even < n; even += size) {
        const odd = even + half;
        const tr = wr * re[odd]! - wi * im[odd]!;
        const ti = wr * im[odd]! + wi * re[odd]!;
        re[odd] = re[even]! - tr;
        im[odd] = im[even]! - ti;
        re[even] = re[even]! + tr;
        im[even] = im[even]! + ti;
      }
    }
  }
}
