import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const run: typeof execFile.__promisify__ = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: { readonly rxcall: string };
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** What can be imported, as in `rxcall/testing`. */
export const ENTRIES: readonly string[] = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'rxcall'));

/** A folder for projects, and the packed package. */
export interface Workshop extends Disposable {
  readonly tarball: string;
  /** Where a project called `name` is, or will be. */
  path(name: string): string;
  /** Makes a project with npm, and installs packages; returns its folder. */
  install(name: string, packages: readonly string[], manifest?: object): string;
}

/** Builds and packs in a folder of its own, so that neither an old build nor one under way matters. Slow. */
export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-package-'));
  const path = (name: string): string => join(folder, name);
  return {
    tarball: pack(path('source')),
    path,
    install(name, packages, extra = { type: 'module' }) {
      mkdirSync(path(name), { recursive: true });
      writeFileSync(join(path(name), 'package.json'), JSON.stringify({ name: 'empty', private: true, ...extra }));
      npm(path(name), ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
      return path(name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function pack(folder: string): string {
  mkdirSync(folder);
  for (const path of globSync([...manifest.files, 'package.json', 'tsconfig.json', 'tsconfig.build.json'])) {
    if (path !== 'dist') cpSync(path, join(folder, path), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  npm(folder, ['run', 'build']);
  const [packed] = JSON.parse(npm(folder, ['pack', '--ignore-scripts', '--json'])) as [{ filename: string }];
  return join(folder, packed.filename);
}

/** Runs npm as a user would, without what `npm test` put into the environment. */
export function npm(cwd: string, args: readonly string[]): string {
  return execute(cwd, 'npm', args);
}

export function execute(cwd: string, program: string, args: readonly string[]): string {
  const shell = process.platform === 'win32'; // where npm is a shell script
  try {
    return execFileSync(program, args, { cwd, env: userEnvironment(), encoding: 'utf8', stdio: 'pipe', shell });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The environment without what npm and vitest add to it. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const added = /^(npm_(package|lifecycle|config_local)|NODE_ENV|NODE_OPTIONS|VITEST|TEST$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}

/** Bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}

export const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
