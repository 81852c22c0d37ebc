/* Runs one bench and prints what it measured: see `main.ts`, which compiles it and starts it. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench-options.ts';
import { benchBroadcast, benchCalls, benchWorkers } from './calls/bench-calls.ts';
import { benchFirstPacket } from './legs/bench-first-packet.ts';
import { benchLegs } from './legs/bench-legs.ts';
import { benchParse } from './parse/bench-parse.ts';
import { hasFigures, printTable, type Row } from './report.ts';
import { benchSend } from './send/bench-send.ts';
import { benchSetup } from './setup/bench-setup.ts';
import { benchSoak } from './soak/bench-soak.ts';

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
  'first-packet': { run: benchFirstPacket, n: '1' },
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
    only: { type: 'string', default: '' },
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
  only: values.only.split(',').filter((impl) => impl !== ''),
});
const { NODE_OPTIONS } = process.env;
/** What was asked for, `--json` aside. */
const command = [
  ...(NODE_OPTIONS ? [`NODE_OPTIONS=${NODE_OPTIONS}`] : []),
  ...['npm run bench --', ...process.argv.slice(2).filter((arg) => arg !== '--json')],
].join(' ');
const cpu = cpus()[0]?.model ?? 'unknown';
if (values.json) console.log(JSON.stringify({ bench: name, command, node: process.version, cpu, rows }));
else printTable(`${name}, Node ${process.version}, ${cpu}`, rows);

// Another library may be missing here; what is missing of ours is a failure.
const failed = rows.filter((line) => line.impl.startsWith('rxcall') && !hasFigures(line));
if (rows.length === 0) console.error(`${name}: nothing was measured.`);
for (const { impl, n } of failed) console.error(`${name}: ${impl}, ${n}: nothing was measured.`);
if (rows.length === 0 || failed.length > 0) process.exitCode = 1;

function atLeast(option: string, text: string, least: number): number {
  const value = Number(text);
  if (value >= least) return value;
  console.error(`${option} ${text}: must be a number of at least ${least}.`);
  return process.exit(2);
}
