import type { PacedSample, Sample } from '../core/sample.ts';

/** What passed of one kind of media. Counts run since the subscription, rates since the last report. */
export interface KindStats {
  readonly samples: number;
  readonly bytes: number;
  readonly keyframes: number;
  /** How often another segment began. */
  readonly breaks: number;
  /** Holes: where a sample is due later than the one before it ended, or, before `pace`, has a later pts. */
  readonly gaps: number;
  readonly gapMs: number;
  readonly bitrateKbps: number;
  readonly samplesPerSecond: number;
  /** How much later than due samples passed, in milliseconds; null before `pace`, and when none passed. */
  readonly latenessP50Ms: number | null;
  readonly latenessMaxMs: number | null;
}

export interface MeterLeg {
  count(sample: Sample, nowUs: number): void;
  /** What to report; `windowUs` is the time since the last report. */
  read(windowUs: number): KindStats;
}

export function createMeterLeg(): MeterLeg {
  const totals = { samples: 0, bytes: 0, keyframes: 0, breaks: 0, gaps: 0, gapMs: 0 };
  let before = { samples: 0, bytes: 0 };
  let latenessUs: number[] = [];
  let last: Sample | undefined;

  function countGap(sample: Sample): void {
    if (!last) return;
    const isBreak = last.segment !== sample.segment;
    if (isBreak) totals.breaks++;
    // Pts begin anew with a segment; due times do not.
    if (isBreak && dueUsOf(sample) === undefined) return;
    const gapUs = timeOf(sample) - timeOf(last) - last.durationUs;
    if (gapUs <= last.durationUs / 2) return;
    totals.gaps++;
    totals.gapMs += gapUs / 1000;
  }

  return {
    count(sample, nowUs) {
      countGap(sample);
      last = sample;
      totals.samples++;
      totals.bytes += sample.data.length;
      if (sample.keyframe) totals.keyframes++;
      const dueUs = dueUsOf(sample);
      if (dueUs !== undefined) latenessUs.push(Math.max(0, nowUs - dueUs));
    },
    read(windowUs) {
      const perMs = windowUs > 0 ? 1000 / windowUs : 0;
      const sorted = latenessUs.sort((a, b) => a - b);
      const stats: KindStats = {
        ...totals,
        bitrateKbps: (totals.bytes - before.bytes) * 8 * perMs,
        samplesPerSecond: (totals.samples - before.samples) * 1000 * perMs,
        latenessP50Ms: inMs(sorted[sorted.length >> 1]),
        latenessMaxMs: inMs(sorted.at(-1)),
      };
      before = { samples: totals.samples, bytes: totals.bytes };
      latenessUs = [];
      return stats;
    },
  };
}

function dueUsOf(sample: Sample): number | undefined {
  return (sample as Partial<PacedSample>).dueUs;
}

function timeOf(sample: Sample): number {
  return dueUsOf(sample) ?? sample.ptsUs;
}

function inMs(us: number | undefined): number | null {
  return us === undefined ? null : us / 1000;
}
