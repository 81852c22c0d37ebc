import { medianRow, row, shown, type Row } from './report.ts';
import { runChild } from './run-child.ts';

export interface Turns {
  /** Prints one row as JSON; gets what is measured, the number of calls, and `args`. */
  script: URL;
  impls: readonly string[];
  n: number;
  args: readonly string[];
  runs: number;
  timeoutMs: number;
}

/**
 * The medians of several runs, each in a fresh process, so that no garbage of one burdens the next. They take turns, so
 * that a slow minute of the machine hits all.
 */
export async function measureInTurns({ script, impls, n, args, runs, timeoutMs }: Turns): Promise<Row[]> {
  const measured = new Map<string, Row[]>(impls.map((impl) => [impl, []]));
  for (let i = 0; i < runs; i++) {
    for (const impl of impls) {
      const result = (await runChild(script, [impl, String(n), ...args], timeoutMs)) as Row | null;
      if (!result) continue;
      measured.get(impl)!.push(result);
      console.error(summary(result));
    }
  }
  return [...measured].map(([impl, rows]) => (rows.length > 0 ? medianRow(rows) : row({ impl, n })));
}

/** For whoever waits. */
function summary({ impl, n, ...figures }: Row): string {
  const measured = Object.entries(figures).filter(([, value]) => value !== null);
  return `${impl}, ${n}: ${measured.map(([key, value]) => `${key} ${shown(value)}`).join(', ')}`;
}
