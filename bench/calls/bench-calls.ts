import { chosen, type BenchOptions } from '../bench-options.ts';
import { measureInTurns } from '../measure-in-turns.ts';
import type { Row } from '../report.ts';
import { sibling } from '../sibling.ts';

/** To connect a thousand calls, and to count what arrived; the slowest needs minutes. */
const SETUP_TIMEOUT_MS = 300_000;

/** What a process with so many calls costs; `--video` adds video to each. */
export function benchCalls(options: BenchOptions): Promise<Row[]> {
  return measureCalls(['rxcall', 'rxcall-sender', 'werift', 'node-datachannel', 'dgram'], options);
}

/** One source for all calls, next to a source for each. */
export function benchBroadcast(options: BenchOptions): Promise<Row[]> {
  return measureCalls(['rxcall-broadcast', 'rxcall'], options);
}

/** Calls of a client in one thread, next to two worker threads. */
export function benchWorkers(options: BenchOptions): Promise<Row[]> {
  return measureCalls(['rxcall-client', 'rxcall-workers'], options);
}

async function measureCalls(impls: readonly string[], options: BenchOptions): Promise<Row[]> {
  const { seconds, video, runs } = options;
  const rows: Row[] = [];
  for (const n of options.n) {
    rows.push(
      ...(await measureInTurns({
        script: sibling(import.meta.url, 'measure-calls'),
        impls: chosen(impls, options),
        n,
        args: [String(seconds), ...(video ? ['video'] : [])],
        runs,
        timeoutMs: SETUP_TIMEOUT_MS + seconds * 1000,
      })),
    );
  }
  return rows;
}
