/*
 * Runs a command that needs ffmpeg: node scripts/with-ffmpeg.mjs COMMAND [ARGUMENTS]
 *
 * Where this machine has no ffmpeg, one is fetched into .cache/ffmpeg: that of ffmpeg-static, or, where its download is out
 * of reach, that of @ffmpeg-installer/ffmpeg, which is old and lies in the npm registry. Nothing else is touched. The command
 * finds it by FFMPEG_PATH.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateFfmpeg } from '../src/ffmpeg/locate-ffmpeg.ts';

const CACHE = fileURLToPath(new URL('../.cache/ffmpeg', import.meta.url));
const DOWNLOAD_TIMEOUT_MS = 60_000;

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error('Usage: node scripts/with-ffmpeg.mjs COMMAND [ARGUMENTS]');
  process.exit(2);
}
const ffmpeg = (await present()) ?? (await cached()) ?? (await fetched());
if (!ffmpeg) console.error('No ffmpeg could be fetched. What needs one will say how to install it.');

const shell = process.platform === 'win32'; // there, the commands of node_modules/.bin are scripts
const child = spawn(command, args, {
  stdio: 'inherit',
  shell,
  env: { ...process.env, ...(ffmpeg && { FFMPEG_PATH: ffmpeg }) },
});
// A terminal tells both of Ctrl-C; told twice, the command would think that it is urgent.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 127;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});

/** The one of this machine. */
async function present() {
  return usable(undefined);
}

/** One that was fetched before. */
async function cached() {
  for (const path of [staticPath(), installerPath()]) {
    const found = path && (await usable(path));
    if (found) return found;
  }
  return undefined;
}

async function fetched() {
  console.error('This machine has no ffmpeg: fetching one into .cache/ffmpeg.');
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(
    join(CACHE, 'package.json'),
    JSON.stringify({ private: true, allowScripts: { 'ffmpeg-static': true } }),
  );
  const tries = [
    ['ffmpeg-static', [], staticPath],
    ['@ffmpeg-installer/ffmpeg', ['--ignore-scripts'], installerPath],
  ];
  for (const [name, flags, pathOf] of tries) {
    npmInstall(name, flags);
    const path = pathOf();
    const found = path && (await usable(path));
    if (found) {
      console.error(`Using the ffmpeg of ${name}.`);
      return found;
    }
    console.error(`${name} could not be installed here.`);
  }
  return undefined;
}

function npmInstall(name, flags) {
  const npm = process.env.npm_execpath;
  const install = ['install', '--prefix', CACHE, '--no-save', '--no-audit', '--no-fund', ...flags, name];
  const options = { stdio: 'ignore', timeout: DOWNLOAD_TIMEOUT_MS, cwd: CACHE };
  if (npm) spawnSync(process.execPath, [npm, ...install], options);
  else spawnSync('npm', install, { ...options, shell });
}

/** The path, if an ffmpeg runs there; without a path, whichever is found. */
async function usable(path) {
  try {
    if (path && process.platform !== 'win32') chmodSync(path, 0o755); // its own install script may not run
    return (await locateFfmpeg(path === undefined ? {} : { path })).path;
  } catch {
    return undefined;
  }
}

function staticPath() {
  return fromCache((require) => require('ffmpeg-static'));
}

function installerPath() {
  return fromCache((require) => require('@ffmpeg-installer/ffmpeg').path);
}

function fromCache(read) {
  try {
    return read(createRequire(join(CACHE, 'package.json'))) ?? undefined;
  } catch {
    return undefined;
  }
}
