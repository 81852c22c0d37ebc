import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const ENTRIES = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'rxcall'));

/** The oldest Node.js that is supported, the newest, and one that is too old; the one between runs the tests. */
const NODES = { oldest: '22.12.0', newest: '26', tooOld: '20' };

/** Loads every entry both ways and prints what each exports. */
const LOAD_ALL = `
  import { createRequire } from 'node:module';
  const require = createRequire(import.meta.url);
  const found = {};
  for (const entry of ${JSON.stringify(ENTRIES)}) {
    const imported = await import(entry);
    const required = require(entry);
    for (const [name, value] of Object.entries(imported)) {
      if (value === undefined) throw new Error(entry + ' exports an undefined ' + name);
      if (value !== required[name]) throw new Error(name + ' of ' + entry + ' differs when required');
    }
    found[entry] = Object.keys(imported);
  }
  if (require('rxcall/package.json').name !== 'rxcall') throw new Error('no package.json');
  console.log(JSON.stringify(found));
`;

/** Slow: builds, packs, and installs from the registry. */
describe('the package, installed into an empty project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-package-'));
  const project = join(folder, 'project');
  const nodes = join(folder, 'nodes');
  const node = (name: keyof typeof NODES): string => join(nodes, 'node_modules', name, 'bin', 'node');

  beforeAll(() => {
    const tarball = pack(join(folder, 'source'));
    installInto(project, { type: 'module' }, [tarball, '@types/node@22']);
    const aliases = Object.entries(NODES).map(([name, version]) => `${name}@npm:node@${version}`);
    installInto(nodes, { allowScripts: { node: true } }, aliases);
    writeFileSync(join(project, 'load-all.js'), LOAD_ALL);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['oldest', 'own', 'newest'] as const)(
    'loads under the %s Node.js, by import and by require',
    async (name) => {
      const path = name === 'own' ? process.execPath : node(name);
      const quiet = '--disable-warning=ExperimentalWarning'; // which require() of ESM still is in the oldest
      const { stdout, stderr } = await run(path, [quiet, 'load-all.js'], { cwd: project });
      expect(stderr).toBe('');
      const exports = JSON.parse(stdout) as Record<string, string[]>;
      expect(exports['rxcall']).toEqual(expect.arrayContaining(['createClient', 'fromFile', 'pace', 'toWebRtcTrack']));
      expect(exports['rxcall/operators']).toContain('pauseGate');
      expect(exports['rxcall/testing']).toContain('createConference');
    },
  );

  it.each(['oldest', 'newest'] as const)('runs its command under the %s Node.js', async (name) => {
    const { stdout } = await run(node(name), [bin(project), '--version']);
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('says in one line that a Node.js is too old', async () => {
    const ended = run(node('tooOld'), [bin(project), 'doctor']);
    const error = await ended.then(
      () => undefined,
      (error: unknown) => error as { stderr: string; code: number },
    );
    expect(error?.stderr).toMatch(/^rxcall needs Node\.js 22\.12 or newer; this is 20\.\d+\.\d+\.\n$/);
    expect(error?.code).toBe(1);
  });

  it('says so when it is imported, too', async () => {
    const code = "import('rxcall').catch((error) => console.log(error.message))";
    const { stdout } = await run(node('tooOld'), ['-e', code], { cwd: project });
    expect(stdout).toMatch(/^rxcall needs Node\.js 22\.12 or newer; this is 20\.\d+\.\d+\.\n$/);
  });

  it('resolves its types in a strict project', () => {
    const used = "import { createClient, fromFile, type GroupCall } from 'rxcall';";
    const code = `${used}\nconst client = createClient();\nexport const call: Promise<GroupCall> = client.createCall(1);\n`;
    writeFileSync(join(project, 'use.ts'), `${code}call.then((it) => it.play(fromFile('a.mp3')));\n`);
    const options = [
      '--strict',
      '--noEmit',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--pretty',
      'false',
    ];
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: project, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('runs no install script and brings no test along', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
    const scripted = Object.entries<{ hasInstallScript?: boolean }>(lock.packages).filter(
      ([, it]) => it.hasInstallScript,
    );
    expect(scripted.map(([path]) => path)).toEqual([]);
    const files = readdirSync(join(project, 'node_modules/rxcall'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain(join('dist', 'index.js'));
    expect(files.filter((path) => /\.(test|spec)\.|fixture/.test(path))).toEqual([]);
  });
});

/** Builds in a folder of its own, so that neither an old build nor one under way matters; returns the tarball. */
function pack(folder: string): string {
  mkdirSync(folder);
  for (const path of [...manifest.files, 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    if (path !== 'dist') cpSync(path, join(folder, path), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  npm(folder, ['run', 'build']);
  const [packed] = JSON.parse(npm(folder, ['pack', '--ignore-scripts', '--json']));
  return join(folder, packed.filename);
}

function installInto(folder: string, extra: object, packages: readonly string[]): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, ...extra }));
  npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
}

/** Runs npm as a user would, without what `npm test` put into the environment. */
function npm(cwd: string, args: readonly string[]): string {
  const env = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|config_local)|NODE_ENV)/.test(name),
  );
  try {
    const windows = process.platform === 'win32'; // where npm is a shell script
    return execFileSync('npm', args, {
      cwd,
      env: Object.fromEntries(env),
      encoding: 'utf8',
      stdio: 'pipe',
      shell: windows,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`npm ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

function bin(project: string): string {
  return join(project, 'node_modules/rxcall', manifest.bin.rxcall);
}
