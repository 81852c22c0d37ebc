/*
 * Measurements of this library next to its peers, in one run. Usage:
 *
 *   npm run bench -- send [--packets 100000]
 *   npm run bench -- calls [--n 1,50,200,500,1000] [--seconds 20] [--video]
 *   npm run bench -- broadcast [--n 1000] [--seconds 20] [--video]
 *   npm run bench -- setup [--n 500]
 *   npm run bench -- legs
 *   npm run bench -- first-packet
 *   npm run bench -- workers [--n 200]
 *   npm run bench -- parse [--packets 100000]
 *   npm run bench -- soak [--n 50] [--minutes 30] [--video]
 *   npm run bench -- all [--out reports/bench]        what docs/performance.md is made of
 *
 * `--node /path/to/node`, once or more, runs on others than this one. All but `all` take `--json`; `--runs 3`: everything is
 * measured that often, in turns, and medians are reported (soak: once); and `--only rxcall,werift` for some of the
 * implementations.
 *
 * `send`: CPU of sending one RTP packet, for an audio packet and a full video packet, under both SRTP profiles.
 * `calls`: what a process with so many calls costs, and how late packets leave.
 * `broadcast`: one source for all calls, next to a source for each.
 * `setup`: CPU and time of a connection, 200 at once.
 * `legs`: what ffmpeg costs per leg of a call. `first-packet`: time from `play()` to the wire, by our sources and by gotgcall's
 * commands.
 * `parse`: CPU per packet of reading Ogg, IVF, VP8 and RTP.
 * `soak`: heap, handles and drift of calls over a long time.
 *
 * What is measured is compiled, as users run it.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureAll } from './measure-all.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const RUN = join(ROOT, '.cache/bench/bench/run.js');

const { values, positionals, tokens } = parseArgs({
  allowPositionals: true,
  strict: false,
  tokens: true,
  options: { node: { type: 'string', multiple: true }, out: { type: 'string', default: 'reports/bench' } },
});
const nodes = (values.node ?? [process.execPath]) as string[];

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(ROOT, 'bench')], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

if (positionals[0] === 'all') {
  measureAll({ nodes, run: RUN, out: values.out as string });
} else {
  /** All but `--node` and what follows it. */
  const own = new Set(
    tokens.flatMap((token) => (token.kind === 'option' && token.name === 'node' ? indexes(token) : [])),
  );
  const args = process.argv.slice(2).filter((_, index) => !own.has(index));
  for (const node of nodes) {
    const result = spawnSync(node, ['--no-warnings', RUN, ...args], { stdio: 'inherit' });
    process.exitCode ||= result.status ?? 1;
  }
}

function indexes({ index, inlineValue }: { index: number; inlineValue?: boolean | undefined }): number[] {
  return inlineValue ? [index] : [index, index + 1];
}
