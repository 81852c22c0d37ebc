import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { targetTable, type Measured } from '../../bench/page/targets.ts';
import { table } from '../../bench/page/table.ts';
import { hasFigures, medianRow, row, type Row } from '../../bench/report.ts';

/** Runs a bench as `npm run bench` does, uncompiled. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', 'bench/run.ts', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function calls(options: string, node: string, n: number, latenessP99Ms: number): Measured {
  const command = `npm run bench -- calls${options}`;
  return { bench: 'calls', command, node, rows: [row({ impl: 'rxcall', n, latenessP99Ms })] };
}

describe('a bench', () => {
  it('is compiled with the module that worker threads run, which nothing imports', () => {
    const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'bench', '--listFilesOnly'], { encoding: 'utf8' });
    expect(stdout).toContain('src/calls/call-worker.ts');
  });

  it('prints rows that have every figure, null where it measures none', () => {
    const args = ['parse', '--packets', '200', '--runs', '1', '--only', 'werift'];
    const { status, stdout } = run(...args, '--json');
    const { rows, ...origin } = JSON.parse(stdout) as { rows: Row[] };
    expect(status).toBe(0);
    expect(origin).toMatchObject({
      bench: 'parse',
      command: `npm run bench -- ${args.join(' ')}`,
      node: process.version,
    });
    expect(rows.map(({ impl }) => impl)).toEqual(['werift, vp8 read', 'werift, rtp']);
    for (const one of rows) {
      expect(Object.keys(one)).toEqual(Object.keys(row({ impl: '' })));
      expect(one.cpuUsPerPacket).toBeGreaterThanOrEqual(0);
      expect(one.cpuPct).toBeNull();
    }
  });

  it('fails when it has measured nothing', () => {
    expect(run('parse', '--only', 'nobody')).toMatchObject({ status: 1, stderr: 'parse: nothing was measured.\n' });
    expect(run('parsing').status).toBe(2);
    expect(run('parse', '--runs', 'many').status).toBe(2);
  });
});

describe('what benches report', () => {
  it('is the median of each figure, of the runs that have it', () => {
    const runs = [3, null, 9, 4].map((cpuPct, rssMB) => row({ impl: 'a', profile: 'p', cpuPct, rssMB }));
    expect(medianRow(runs)).toEqual(row({ impl: 'a', profile: 'p', cpuPct: 4, rssMB: 1.5 }));
  });

  it('is nothing without a figure', () => {
    expect(hasFigures(row({ impl: 'a', n: 5, profile: 'p', bytes: 160 }))).toBe(false);
    expect(hasFigures(row({ impl: 'a', lossPct: 0 }))).toBe(true);
  });

  it('is shown by the columns that somebody has, to three digits', () => {
    const rows = [row({ impl: 'a', cpuPct: 12.3456 }), row({ impl: 'b', rssMB: 1 })];
    expect(table(rows).split('\n')).toEqual([
      '| impl | n | cpuPct | rssMB |',
      '| --- | ---: | ---: | ---: |',
      '| a | 1 | 12.3 |  |',
      '| b | 1 |  | 1 |',
      '',
    ]);
  });

  it('is held against what is aimed at, of that version of Node, sound and video apart', () => {
    const lines = targetTable([
      calls('', 'v24.1.0', 150, 99),
      calls(' --video', 'v24.1.0', 150, 4),
      calls('', 'v22.12.0', 500, 7),
    ]).split('\n');
    expect(lines[0]).toBe('| aim | Node 24.1.0 | Node 22.12.0 |');
    expect(lines).toContain('| 150 calls with video: lateness p99, ms | 4 of 5 |  |');
    expect(lines).toContain('| 500 calls: lateness p99, ms |  | 7 **over** 3 |');
  });

  it('do not take a run with other options of Node for one without', () => {
    const options = '--max-semi-space-size=16';
    const plain = calls('', 'v24.1.0', 500, 7);
    const limited = { ...calls('', 'v24.1.0', 500, 2), command: `NODE_OPTIONS=${options} npm run bench -- calls` };
    const lines = targetTable([limited, plain]).split('\n');
    expect(lines).toContain('| 500 calls: lateness p99, ms | 7 **over** 3 |');
    expect(lines).toContain(`| 500 calls, \`${options}\`: lateness p99, ms | 2 of 3 |`);
  });
});
