import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES, execute, inMiB, manifest, openWorkshop, run, sizeOf, type Workshop } from './tarball.ts';

/** The oldest Node.js that is supported, the newest, and one that is too old; the one between runs the tests. */
const NODES = { oldest: '22.12.0', newest: '26', tooOld: '20' };
/** What an install may weigh, all dependencies counted: a little more than it does. */
const MAX_INSTALLED_BYTES = 40 * 2 ** 20;

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
  let workshop: Workshop;
  const node = (name: keyof typeof NODES): string => join(workshop.path('nodes'), 'node_modules', name, 'bin', 'node');
  const programs = { oldest: () => node('oldest'), own: () => process.execPath, newest: () => node('newest') };
  const managers = ['npm', 'pnpm'] as const;

  beforeAll(() => {
    workshop = openWorkshop();
    const project = workshop.install('npm', [workshop.tarball, '@types/node@22']);
    const aliases = Object.entries(NODES).map(([name, version]) => `${name}@npm:node@${version}`);
    workshop.install('nodes', aliases, { allowScripts: { node: true } });
    // A project of pnpm, where nothing can be imported that is not a dependency, and no install script runs unasked.
    const pnpm = join(workshop.install('tools', ['pnpm@12']), 'node_modules/.bin/pnpm');
    workshop.install('pnpm', []);
    execute(workshop.path('pnpm'), pnpm, ['add', '--store-dir', workshop.path('store'), workshop.tarball, 'rxjs']);
    for (const manager of managers) writeFileSync(join(workshop.path(manager), 'load-all.js'), LOAD_ALL);
    expect(project).toBe(workshop.path('npm'));
  }, 600_000);
  afterAll(() => workshop[Symbol.dispose]());

  const cases = managers.flatMap((manager) =>
    (['oldest', 'own', 'newest'] as const).map((name) => [manager, name] as const),
  );
  it.each(cases)('by %s, loads under the %s Node.js, by import and by require', async (manager, name) => {
    const quiet = '--disable-warning=ExperimentalWarning'; // which require() of ESM still is in the oldest
    const cwd = workshop.path(manager);
    const { stdout, stderr } = await run(programs[name](), [quiet, 'load-all.js'], { cwd });
    expect(stderr).toBe('');
    const exports = JSON.parse(stdout) as Record<string, string[]>;
    expect(exports['rxcall']).toEqual(expect.arrayContaining(['createClient', 'fromFile', 'pace', 'toWebRtcTrack']));
    expect(exports['rxcall/operators']).toContain('pauseGate');
    expect(exports['rxcall/testing']).toContain('createConference');
  });

  it.each(['oldest', 'newest'] as const)('runs its command under the %s Node.js', async (name) => {
    const { stdout } = await run(node(name), [bin(), '--version']);
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('says in one line that a Node.js is too old', async () => {
    const ended = run(node('tooOld'), [bin(), 'doctor']);
    const error = await ended.then(
      () => undefined,
      (error: unknown) => error as { stderr: string; code: number },
    );
    expect(error?.stderr).toMatch(/^rxcall needs Node\.js 22\.12 or newer; this is 20\.\d+\.\d+\.\n$/);
    expect(error?.code).toBe(1);
  });

  it('says so when it is imported, too', async () => {
    const code = "import('rxcall').catch((error) => console.log(error.message))";
    const { stdout } = await run(node('tooOld'), ['-e', code], { cwd: workshop.path('npm') });
    expect(stdout).toMatch(/^rxcall needs Node\.js 22\.12 or newer; this is 20\.\d+\.\d+\.\n$/);
  });

  it('resolves its types in a strict project', () => {
    const project = workshop.path('npm');
    const used = "import { createClient, fromFile, type GroupCall } from 'rxcall';";
    const code = `${used}\nconst client = createClient();\nexport const call: Promise<GroupCall> = client.createCall(1);\n`;
    writeFileSync(join(project, 'use.ts'), `${code}call.then((it) => it.play(fromFile('a.mp3')));\n`);
    const language = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const options = ['--strict', '--noEmit', '--pretty', 'false', ...language];
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: project, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('runs no install script and brings no test along', () => {
    const project = workshop.path('npm');
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const scripted = Object.entries(lock.packages).filter(([, it]) => it.hasInstallScript);
    expect(scripted.map(([path]) => path)).toEqual([]);
    const files = readdirSync(join(project, 'node_modules/rxcall'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain(join('dist', 'index.js'));
    expect(files.filter((path) => /\.(test|spec)\.|fixture/.test(path))).toEqual([]);
  });

  it('is not large, with all that it brings', () => {
    const modules = join(workshop.path('npm'), 'node_modules');
    const own = sizeOf(join(modules, 'rxcall'));
    const all = sizeOf(modules) - sizeOf(join(modules, '@types')) - sizeOf(join(modules, 'undici-types'));
    console.log(`installed: rxcall ${inMiB(own)}, with rxjs and all dependencies ${inMiB(all)}`);
    expect(all).toBeLessThan(MAX_INSTALLED_BYTES);
  });

  function bin(): string {
    return join(workshop.path('npm'), 'node_modules/rxcall', manifest.bin.rxcall);
  }
});
