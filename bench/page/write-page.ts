/*
 * Writes docs/performance.md, and the plots in it, from what `npm run bench -- … --json` printed, a file each:
 *
 *   node bench/page/write-page.ts [--to docs] [--note 'On a busy machine.'] send.json calls.json …
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../report.ts';
import { plot } from './plot.ts';
import { table } from './table.ts';
import { targetTable, type Measured } from './targets.ts';

interface Result extends Measured {
  readonly cpu: string;
}

const TITLES: Readonly<Record<string, string>> = {
  send: 'CPU of one packet',
  calls: 'Calls in one process',
  broadcast: 'One source for all calls, and a source for each',
  setup: 'Setting connections up, 200 at once',
  legs: 'What ffmpeg costs per leg of a call',
  'first-packet': 'From play() to the first packet on the wire',
  parse: 'Parsers',
  soak: 'A long run',
};

/** Figures over the number of calls, or over time, that are plotted. */
const PLOTS: Readonly<Record<string, readonly (keyof Row)[]>> = {
  calls: ['cpuPct', 'latenessP99Ms', 'rssMB'],
  soak: ['heapMB', 'rssMB', 'driftMs'],
};

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string', default: 'docs' }, note: { type: 'string' } },
});
if (files.length === 0) {
  console.error('Say which files of results.');
  process.exit(2);
}

const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Result);

const sections = files.map((file, index) => {
  const { bench, command, node, cpu, rows } = results[index]!;
  const plots = (PLOTS[bench] ?? [])
    .filter((figure) => rows.some((line) => line[figure] !== null))
    .map((figure) => {
      const name = `performance-${basename(file, '.json')}-${figure}.svg`;
      const over = bench === 'soak' ? 'minute' : 'n';
      writeFileSync(join(values.to, name), plot({ title: `${TITLES[bench]}: ${figure}`, over, figure, rows }));
      return `![${figure} by ${over}](${name})\n`;
    });
  const title = `## ${TITLES[bench] ?? bench} (Node ${node.slice(1)})\n`;
  const origin = `\`${command}\`, on ${cpu}.\n`;
  return [title, origin, table(rows), ...plots].join('\n');
});

const NOTES = `## What the figures mean

- **The floor.** Sending one datagram from Node, with nothing around it, is the row \`dgram\`: a system call, and what
  \`node:dgram\` does around it. Node sends one datagram a call; it cannot batch them. Connected sockets would save a
  part of that, but take packets from one address only, so that a path could not be replaced.
- **Many calls cost more per packet than one.** With 500 calls, what a call needs has left the cache of the processor until
  its next packet, 20 ms later. Its socket alone does: compare \`dgram\` for one call and for 500. So a call touches
  little memory: sound is sent from buffers that all calls share, and samples of a file are made when their turn has come.
- **Each millisecond of twenty.** Calls send at different moments of the 20 ms of a frame, eight calls at each before the
  next one is begun: \`createCallClock()\` gives each its place. All at one moment saves wake-ups; but then the last of 500
  calls is as late as it takes to send the packets of all. Due times lie on the grid of each call, so nothing else notices.
- **Early rather than late.** Timers of Node count whole milliseconds. The wheel wakes up in the one before something is due
  and does it then, so that a timer makes nothing late; what leaves early counts as on time.
- **The wheel.** One timer serves all calls. A timeout that every packet puts off, as that of \`keepalive\`, is not moved
  until it comes.
- **A lot now and then.** Whoever holds samples asks for more when half of them has left, not for each; so a source, whose
  memory has left the cache meanwhile, too, is visited ten times a second for a file, and twice for what is encoded.
- **Garbage is memory, and time.** V8 lets the space for what is new grow to twice 64 MB on Node 24 while calls begin, and may
  collect all garbage each second from then on. With \`--max-semi-space-size=16\` it does not: see [Scaling](scaling.md), which
  advises it. Samples of a file stand in slabs that all calls share and that are soon of no use, which costs the garbage collector
  least.
- Lateness is in \`stats$\` of every call, for each track, over the last second.
`;

const page = `# Performance

Made by \`bench/page/write-page.ts\` from results of \`npm run bench\`. Each figure is the median of three runs, or of as many
as \`--runs\` says, each in a process of its own; implementations took turns. Only ratios within one table mean anything elsewhere. The receiver is
another process on the same machine, and counts every packet. An empty cell was not measured.

${values.note ? `${values.note}\n\n` : ''}## What is aimed at

The first seven are ratios of CPU per packet: ours to that of another, of the same run.

${targetTable(results)}
${NOTES}
${sections.join('\n')}`;
const path = join(values.to, 'performance.md');
writeFileSync(path, page);
console.log(`Wrote ${path}.`);
