import { PerformanceObserver } from 'node:perf_hooks';

export interface Usage {
  readonly wallMs: number;
  /** User and system, all threads. */
  readonly cpuMs: number;
  /** That, in per cent of one core. */
  readonly cpuPct: number;
  /** What the garbage collector stopped the main thread for, in per cent of that CPU time. */
  readonly gcPct: number;
  readonly rssMB: number;
}

/** Starts to watch what this process spends; the function tells. */
export function watchUsage(): () => Usage {
  let gcMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gcMs += entry.duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  return () => {
    const wallMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(startCpu);
    const cpuMs = (user + system) / 1000;
    for (const entry of observer.takeRecords()) gcMs += entry.duration;
    observer.disconnect();
    return { wallMs, cpuMs, cpuPct: (cpuMs / wallMs) * 100, gcPct: (gcMs / cpuMs) * 100, rssMB: rssMB() };
  };
}

export function rssMB(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}

/** Leaves nothing behind that could be collected, if the process was told to let it. */
export function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
