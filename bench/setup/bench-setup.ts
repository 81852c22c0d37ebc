import { chosen, type BenchOptions } from '../bench-options.ts';
import { measureInTurns } from '../measure-in-turns.ts';
import type { Row } from '../report.ts';
import { sibling } from '../sibling.ts';

/** What a connection costs, and how long it takes, 200 at once; the peer is one process for all. */
export async function benchSetup(options: BenchOptions): Promise<Row[]> {
  const { n: counts, runs } = options;
  const rows: Row[] = [];
  for (const n of counts) {
    rows.push(
      ...(await measureInTurns({
        script: sibling(import.meta.url, 'measure-setup'),
        impls: chosen(['rxcall', 'werift', 'node-datachannel'], options),
        n,
        args: [],
        runs,
        timeoutMs: 300_000,
      })),
    );
  }
  return rows;
}
