/*
 * Measurements of this library next to its peers, in one run. Usage:
 *
 *   npm run bench -- send [--packets 100000]
 *   npm run bench -- calls [--n 1,50,200,500,1000] [--seconds 20] [--video]
 *   npm run bench -- broadcast [--n 1000] [--seconds 20] [--video]
 *   npm run bench -- workers [--n 200] [--seconds 20] [--video]
 *   npm run bench -- setup [--n 500]
 *   npm run bench -- legs
 *   npm run bench -- parse [--packets 100000]
 *   npm run bench -- soak [--n 50] [--minutes 30] [--video]
 *
 * All take `--json`, and `--runs 3`: everything is measured that often, in turns, and medians are reported (soak: once).
 *
 * `send`: CPU of sending one RTP packet, for an audio packet and a full video packet, under both SRTP profiles.
 * `calls`: what a process with so many calls costs, and how late packets leave.
 * `broadcast`: one source for all calls, next to a source for each.
 * `workers`: the calls of a client in one thread, next to two worker threads.
 * `setup`: CPU and time of a connection, 200 at once.
 * `legs`: what ffmpeg costs per leg of a call.
 * `parse`: CPU per packet of reading Ogg, IVF, VP8 and RTP.
 * `soak`: heap, handles and drift of calls over a long time.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchBroadcast, benchCalls, benchWorkers } from './calls/bench-calls.ts';
import { benchLegs } from './legs/bench-legs.ts';
import { benchParse } from './parse/bench-parse.ts';
import { printTable, type Row } from './report.ts';
import { benchSend } from './send/bench-send.ts';
import { benchSetup } from './setup/bench-setup.ts';
import { benchSoak } from './soak/bench-soak.ts';

export interface BenchOptions {
  /** How often everything is measured; medians are reported. */
  runs: number;
  /** Packets per measurement. */
  packets: number;
  /** Numbers of calls. */
  n: readonly number[];
  /** How long calls are measured. */
  seconds: number;
  minutes: number;
  video: boolean;
}

interface Bench {
  readonly run: (options: BenchOptions) => Promise<Row[]>;
  readonly n: string;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  send: { run: benchSend, n: '1' },
  calls: { run: benchCalls, n: '1,50,200,500,1000' },
  broadcast: { run: benchBroadcast, n: '1000' },
  workers: { run: benchWorkers, n: '200' },
  setup: { run: benchSetup, n: '500' },
  legs: { run: benchLegs, n: '1' },
  parse: { run: benchParse, n: '1' },
  soak: { run: benchSoak, n: '50' },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    packets: { type: 'string', default: '100000' },
    n: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '30' },
    video: { type: 'boolean', default: false },
  },
});

const name = positionals[0] ?? '';
const bench = BENCHES[name];
if (!bench) {
  console.error(`Say which bench: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}

const rows = await bench.run({
  runs: atLeast('--runs', values.runs, 1),
  packets: atLeast('--packets', values.packets, 1),
  n: (values.n ?? bench.n).split(',').map((text) => atLeast('--n', text, 1)),
  seconds: atLeast('--seconds', values.seconds, 1),
  minutes: atLeast('--minutes', values.minutes, 0.1),
  video: values.video,
});
/** What was asked for, `--json` aside. */
const command = ['npm run bench --', ...process.argv.slice(2).filter((arg) => arg !== '--json')].join(' ');
const cpu = cpus()[0]?.model ?? 'unknown';
if (values.json) console.log(JSON.stringify({ bench: name, command, node: process.version, cpu, rows }));
else printTable(`${name}, Node ${process.version}, ${cpu}`, rows);

function atLeast(option: string, text: string, least: number): number {
  const value = Number(text);
  if (value >= least) return value;
  console.error(`${option} ${text}: must be a number of at least ${least}.`);
  return process.exit(2);
}
