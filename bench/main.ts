/*
 * Measurements of this library next to its peers, in one run. Usage:
 *
 *   npm run bench -- send [--json] [--runs 3] [--packets 100000]
 *
 * `send`: CPU of sending one RTP packet, for an audio packet and a full video packet, under both SRTP profiles.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { printTable, type Row } from './report.ts';
import { benchSend } from './send/bench-send.ts';

export interface BenchOptions {
  /** How often everything is measured; medians are reported. */
  runs: number;
  /** Packets per measurement. */
  packets: number;
}

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Row[]>>> = { send: benchSend };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    packets: { type: 'string', default: '100000' },
  },
});

const bench = positionals[0] ?? '';
const run = BENCHES[bench];
if (!run) {
  console.error(`Say which bench: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}

const rows = await run({ runs: Number(values.runs), packets: Number(values.packets) });
const cpu = cpus()[0]?.model ?? 'unknown';
if (values.json) console.log(JSON.stringify({ bench, node: process.version, cpu, rows }));
else printTable(`${bench}, Node ${process.version}, ${cpu}`, rows);
