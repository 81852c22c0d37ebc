import { createHistogram } from 'node:perf_hooks';
import { processClock } from '../src/core/process-clock.ts';
import type { Row } from './report.ts';

/** How late packets are: from the time they are due to when the kernel has them. */
export interface Lateness {
  /** Something due at `dueUs` of the process clock has just been sent. */
  sent(dueUs: number): void;
  /** Forgets what was so far. */
  reset(): void;
  figures(): Pick<Row, 'latenessP50Ms' | 'latenessP99Ms' | 'latenessMaxMs'>;
}

export function createLateness(): Lateness {
  const histogram = createHistogram();
  return {
    sent: (dueUs) => histogram.record(Math.max(1, processClock.nowUs() - dueUs)),
    reset: () => histogram.reset(),
    figures() {
      const inMs = (us: number): number | null => (histogram.count === 0 ? null : us / 1000);
      return {
        latenessP50Ms: inMs(histogram.percentile(50)),
        latenessP99Ms: inMs(histogram.percentile(99)),
        latenessMaxMs: inMs(histogram.max),
      };
    },
  };
}
