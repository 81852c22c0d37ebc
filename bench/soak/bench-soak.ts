import type { BenchOptions } from '../bench-options.ts';
import type { Row } from '../report.ts';
import { runChild } from '../run-child.ts';
import { sibling } from '../sibling.ts';

/** Calls over a long time, a row now and then: what grows shows. Once, whatever `--runs` says. */
export async function benchSoak({ n: counts, minutes, video }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of counts) {
    const args = [String(n), String(minutes), ...(video ? ['video'] : [])];
    const script = sibling(import.meta.url, 'measure-soak');
    const timeoutMs = 300_000 + minutes * 60_000;
    const measured = await runChild(script, args, timeoutMs, { showProgress: true });
    rows.push(...((measured as Row[] | null) ?? []));
  }
  return rows;
}
