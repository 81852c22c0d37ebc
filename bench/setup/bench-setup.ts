import type { BenchOptions } from '../main.ts';
import { measureInTurns } from '../measure-in-turns.ts';
import type { Row } from '../report.ts';

/** What a connection costs, and how long it takes, 200 at once; the peer is one process for all. */
export async function benchSetup({ n: counts, runs }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of counts) {
    rows.push(
      ...(await measureInTurns({
        script: new URL('measure-setup.ts', import.meta.url),
        impls: ['rxcall', 'werift', 'node-datachannel'],
        n,
        args: [],
        runs,
        timeoutMs: 300_000,
      })),
    );
  }
  return rows;
}
