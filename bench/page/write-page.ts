/*
 * Writes docs/performance.md, and the plots in it, from what `npm run bench -- … --json` printed, a file each:
 *
 *   node bench/page/write-page.ts [--to docs] send.json calls.json …
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../report.ts';
import { plot } from './plot.ts';
import { table } from './table.ts';

interface Result {
  readonly bench: string;
  readonly command: string;
  readonly node: string;
  readonly cpu: string;
  readonly rows: readonly Row[];
}

const TITLES: Readonly<Record<string, string>> = {
  send: 'CPU of one packet',
  calls: 'Calls in one process',
  broadcast: 'One source for all calls, and a source for each',
  setup: 'Setting connections up, 200 at once',
  legs: 'What ffmpeg costs per leg of a call',
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
  options: { to: { type: 'string', default: 'docs' } },
});
if (files.length === 0) {
  console.error('Say which files of results.');
  process.exit(2);
}

const sections = files.map((file) => {
  const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
  const { bench, command, node, cpu, rows } = result;
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

const page = `# Performance

Made by \`bench/page/write-page.ts\` from results of \`npm run bench\`. Each figure is a median of several runs, each in a
process of its own; implementations took turns. Only ratios within one table mean anything elsewhere. The receiver is
another process on the same machine, and counts every packet. An empty cell was not measured.

${sections.join('\n')}`;
const path = join(values.to, 'performance.md');
writeFileSync(path, page);
console.log(`Wrote ${path}.`);
