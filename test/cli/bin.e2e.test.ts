import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/calls/create-report.ts';
import { NodeVersionError } from '../../src/core/require-node.ts';
import { findOnPath } from '../../src/ffmpeg/executable.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));

function rxcall(args: string[], env: Record<string, string> = {}) {
  const flags = process.features.typescript ? [] : ['--experimental-strip-types', '--no-warnings'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, BIN, ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('rxcall', () => {
  it('tells its version and its usage', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(rxcall(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const help = rxcall(['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const command of ['doctor', 'demo']) expect(help.stdout).toContain(command);
  });

  it('refuses what it does not know, with the usage', () => {
    for (const args of [[], ['play'], ['doctor', '--yaml'], ['doctor', 'too', 'much'], ['demo', '--loud']]) {
      const { status, stdout, stderr } = rxcall(args);
      expect([args, status, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(/Usage: rxcall|--json and nothing else/);
    }
  });

  it('reports on the machine, as text and as JSON', () => {
    const text = rxcall(['doctor']);
    expect(text.stderr).toBe('');
    expect(text.stdout).toContain('ffmpeg');
    const json = rxcall(['doctor', '--json']);
    const report = JSON.parse(json.stdout) as Report;
    expect(json.status).toBe(report.lacks.some(({ level }) => level === 'error') ? 1 : 0);
    expect(json.stdout.trim()).not.toContain('\n');
    expect(text.stdout).toContain(`${report.ffmpeg.version} at ${report.ffmpeg.path}`);
  });

  it('exits with 1 when there is no ffmpeg, and says how to get one', () => {
    const empty = mkdtempSync(join(tmpdir(), 'rxcall-empty-'));
    const env = { PATH: empty, FFMPEG_PATH: '', FFMPEG_BIN: join(empty, 'ffmpeg') };
    const { status, stdout } = rxcall(['doctor'], env);
    rmSync(empty, { recursive: true });
    expect(status).toBe(1);
    expect(stdout).toContain('Missing:\n  error: ffmpeg.');
    expect(stdout).toContain('apt install ffmpeg');
    expect(stdout).toContain(`FFMPEG_BIN: ${join(empty, 'ffmpeg')} does not exist`);
  });

  it('says in one line that Node.js is too old', async (test) => {
    const old = await findOldNode();
    if (!old) {
      console.warn('SKIPPED: no Node.js before 22.12 on PATH to try the command with');
      test.skip('no Node.js before 22.12 on PATH');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'rxcall-old-'));
    mkdirSync(join(folder, 'cli'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
    const { outputText } = ts.transpileModule(readFileSync(BIN, 'utf8'), { compilerOptions });
    writeFileSync(join(folder, 'cli/bin.js'), outputText);
    const { status, stdout, stderr } = spawnSync(old.path, [join(folder, 'cli/bin.js'), 'doctor'], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(`${new NodeVersionError(old.version).message}\n`);
  });
});

/** A Node.js of the machine, not of this project, that is too old. */
async function findOldNode(): Promise<{ path: string; version: string } | undefined> {
  const ours = resolve('node_modules') + sep;
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !resolve(folder, 'x').startsWith(ours));
  for (const folder of folders) {
    const path = await findOnPath('node', { env: { PATH: folder }, platform: process.platform });
    if (path === undefined) continue;
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < 22 || (major === 22 && minor < 12)) return { path, version };
  }
  return undefined;
}
