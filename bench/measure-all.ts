import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MeasureAllOptions {
  /** Node binaries to measure on, one after the other. */
  nodes: readonly string[];
  /** The compiled script that runs one bench. */
  run: string;
  /** Folder for the results. */
  out: string;
}

interface Part {
  readonly args: string;
  /** Default: none. */
  readonly nodeOptions?: string;
}

/** What docs/performance.md shows, by the name of the file that it goes to. About twenty minutes for each Node. */
const PARTS: Readonly<Record<string, Part>> = {
  send: { args: 'send --packets 40000' },
  calls: { args: 'calls --n 500 --seconds 5' },
  'calls-16': {
    args: 'calls --n 500 --seconds 5 --only rxcall,rxcall-sender',
    nodeOptions: '--max-semi-space-size=16',
  },
  'calls-n': { args: 'calls --n 1,50,200,1000 --seconds 5 --only rxcall,rxcall-sender' },
  'calls-video': { args: 'calls --n 150 --video --seconds 5' },
  broadcast: { args: 'broadcast --n 1000 --seconds 5' },
  setup: { args: 'setup --n 200' },
  parse: { args: 'parse --packets 50000' },
};

/** Writes what each bench prints to a file of its own, and says how the documentation is made of them. */
export function measureAll({ nodes, run, out }: MeasureAllOptions): void {
  mkdirSync(out, { recursive: true });
  const files: string[] = [];
  for (const [name, { args, nodeOptions = '' }] of Object.entries(PARTS)) {
    for (const node of nodes) {
      console.error(`${nodeOptions} ${args}, on ${node}`.trim());
      const { stdout, status } = spawnSync(node, ['--no-warnings', run, ...args.split(' '), '--json'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: nodeOptions },
      });
      if (status !== 0) throw new Error(`${args} failed on ${node}.`);
      const { node: version } = JSON.parse(stdout) as { node: string };
      const file = join(out, `${name}-node${version.slice(1).split('.')[0]}.json`);
      writeFileSync(file, stdout);
      files.push(file);
    }
  }
  console.log(`Now: node bench/page/write-page.ts --to docs ${files.join(' ')}`);
}
