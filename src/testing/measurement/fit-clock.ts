import type { PacketRecord } from './packet-log.ts';

/** How the sender's media clock runs against ours. */
export interface ClockFit {
  /** How much faster media time advances than arrival time, in parts per million; null when too little was received. */
  readonly driftPpm: number | null;
  /** How late each packet was, in milliseconds, against the fitted clock; the earliest has 0. In the order given. */
  readonly latenessMs: readonly number[];
}

const MIN_WINDOW_MS = 500;
const MAX_WINDOWS = 200;
/** Below this a millisecond of timer jitter at either end reads as hundreds of parts per million. */
const MIN_SPAN_MS = 4000;

/**
 * Fits the sender's clock to the arrivals. Delay only ever adds, so that the least delayed packet of each window is
 * what shows the clock; through those points goes the line of the median of all slopes (Theil and Sen), which a
 * quarter of the windows may spoil without moving it. A least-squares line over all packets would follow every hiccup.
 */
export function fitClock(records: readonly PacketRecord[], clockRate: number): ClockFit {
  const first = records[0];
  if (!first) return { driftPpm: null, latenessMs: [] };
  const mediaMs = records.map(({ rtpTime }) => ((rtpTime - first.rtpTime) / clockRate) * 1000);
  const delayMs = records.map(({ arrivalMs }, index) => arrivalMs - first.arrivalMs - mediaMs[index]!);

  const points = leastDelayed(mediaMs, delayMs);
  const span = points.length ? points.at(-1)![0] - points[0]![0] : 0;
  const slope = span >= MIN_SPAN_MS - MIN_WINDOW_MS ? medianSlope(points) : null;

  const residuals = delayMs.map((delay, index) => delay - (slope ?? 0) * mediaMs[index]!);
  const earliest = residuals.reduce((least, value) => Math.min(least, value), Infinity);
  return {
    driftPpm: slope === null ? null : (1 / (1 + slope) - 1) * 1e6,
    latenessMs: residuals.map((value) => value - earliest),
  };
}

function leastDelayed(mediaMs: readonly number[], delayMs: readonly number[]): [mediaMs: number, delayMs: number][] {
  const span = mediaMs.reduce((most, value) => Math.max(most, value), 0);
  const windowMs = Math.max(MIN_WINDOW_MS, span / MAX_WINDOWS);
  const best = new Map<number, [number, number]>();
  for (const [index, media] of mediaMs.entries()) {
    const window = Math.floor(media / windowMs);
    const delay = delayMs[index]!;
    const known = best.get(window);
    if (!known || delay < known[1]) best.set(window, [media, delay]);
  }
  return [...best.entries()].sort(([a], [b]) => a - b).map(([, point]) => point);
}

function medianSlope(points: readonly (readonly [number, number])[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const run = points[j]![0] - points[i]![0];
      if (run > 0) slopes.push((points[j]![1] - points[i]![1]) / run);
    }
  }
  return percentile(slopes, 50);
}

/** The value below which `percent` of all lie, by nearest rank; 0 when there are none. Sorts a copy. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))]!;
}
