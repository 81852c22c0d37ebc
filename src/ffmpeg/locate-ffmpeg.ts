import { createRequire } from 'node:module';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { findOnPath, type SearchPlace, whyNotExecutable } from './executable.ts';
import { FfmpegNotFoundError, type LadderPlace, type LadderStep } from './ffmpeg-not-found.ts';
import type { FfmpegVersion } from './ffmpeg-version.ts';
import { readFfmpegVersion } from './probe-ffmpeg.ts';

export interface LocateFfmpegOptions {
  /** The ffmpeg to use: a path, or a command to be found on PATH. When it cannot be used, that is an error. */
  path?: string | undefined;
  /** Told of places that should have had an ffmpeg and had not, and of a very old one. Default: silent. */
  logger?: Logger | undefined;
  /** Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where modules are looked for besides the package's own place. Default `process.cwd()`. */
  cwd?: string | undefined;
  /** Default `process.platform`. */
  platform?: NodeJS.Platform | undefined;
}

/** The ffmpeg that was found. */
export interface LocatedFfmpeg extends FfmpegVersion {
  readonly path: string;
  /** The place that had it. */
  readonly step: LadderPlace;
  /** All places up to that one, in order. */
  readonly steps: readonly LadderStep[];
}

interface Search extends SearchPlace {
  readonly option: string | undefined;
  readonly cwd: string;
}

/** Finds a path, `undefined` when the place is empty, or throws to say why there is none. */
type Place = (search: Search) => Promise<string | undefined> | string | undefined;

const PLACES: readonly (readonly [LadderPlace, Place, nothing: string])[] = [
  ['FFMPEG_PATH', ({ env }) => env['FFMPEG_PATH'] || undefined, 'is not set'],
  ['FFMPEG_BIN', ({ env }) => env['FFMPEG_BIN'] || undefined, 'is not set'],
  ['ffmpeg-static', (search) => fromModule('ffmpeg-static', search), 'is not installed'],
  ['PATH', (search) => findOnPath('ffmpeg', search), 'has no ffmpeg'],
  ['@ffmpeg-installer/ffmpeg', (search) => fromModule('@ffmpeg-installer/ffmpeg', search), 'is not installed'],
];

const found = new Map<string, LocatedFfmpeg>();

/**
 * Looks for ffmpeg, down this ladder: the `path` option, FFMPEG_PATH, FFMPEG_BIN, the package ffmpeg-static, PATH, the
 * package `@ffmpeg-installer/ffmpeg`. A place counts when its file is there and `-version` runs.
 *
 * - `path` must be right: it is the only place looked at. A stale environment variable is passed over, with a warning.
 * - What was found is remembered for the same input, and looked for again once the file is gone.
 * - Rejects with {@link FfmpegNotFoundError}, which says what was wrong with each place and how to get an ffmpeg.
 *
 * @example
 * const { path, step, version } = await locateFfmpeg();
 */
export async function locateFfmpeg(options: LocateFfmpegOptions = {}): Promise<LocatedFfmpeg> {
  const { path: option, logger = silentLogger, env = process.env, platform = process.platform } = options;
  if (option !== undefined && (typeof option !== 'string' || option === '')) {
    throw new OptionError('options.ffmpegPath', option, 'a path');
  }
  const search: Search = { option, env, platform, cwd: options.cwd ?? process.cwd() };
  const key = JSON.stringify([option, env['FFMPEG_PATH'], env['FFMPEG_BIN'], env['PATH'], search.cwd, platform]);
  const known = found.get(key);
  if (known && (await whyNotExecutable(known.path)) === undefined) return known;

  const located = await climb(search);
  found.set(key, located);
  for (const step of located.steps) {
    if (!step.ok && step.path !== undefined) logger.warn(step, `ffmpeg of ${step.step} passed over: ${step.reason}`);
  }
  if (located.step === '@ffmpeg-installer/ffmpeg') {
    logger.warn({ path: located.path, version: located.version }, 'this ffmpeg is many years old: install a newer one');
  }
  logger.debug({ path: located.path, version: located.version, step: located.step }, 'ffmpeg found');
  return located;
}

async function climb(search: Search): Promise<LocatedFfmpeg> {
  const steps: LadderStep[] = [];
  const places = search.option === undefined ? PLACES : [['option', fromOption, 'is not given'] as const];
  for (const [step, find, nothing] of places) {
    let path: string | undefined;
    try {
      path = await find(search);
      const problem = path === undefined ? nothing : await whyNotExecutable(path);
      if (path === undefined || problem !== undefined) {
        steps.push({ step, path, ok: false, reason: problem ?? nothing });
        continue;
      }
      const version = await readFfmpegVersion(path);
      steps.push({ step, path, ok: true, reason: `version ${version.version}` });
      return { path, step, steps, ...version };
    } catch (error) {
      steps.push({ step, path, ok: false, reason: (error as Error).message.split('\n')[0]! });
    }
  }
  throw new FfmpegNotFoundError(steps);
}

async function fromOption(search: Search): Promise<string> {
  const path = search.option!;
  const isCommand = !isAbsolute(path) && !path.includes(sep) && !path.includes('/');
  if (!isCommand) return resolve(search.cwd, path);
  const onPath = await findOnPath(path, search);
  if (onPath === undefined) throw new Error(`${path} is not on PATH`);
  return onPath;
}

/** The path that a package names, looked for from this package and from the working directory. */
async function fromModule(name: string, { cwd }: Search): Promise<string | undefined> {
  for (const base of [import.meta.url, join(cwd, 'index.js')]) {
    let file: string;
    try {
      file = createRequire(base).resolve(name);
    } catch {
      continue; // not installed there
    }
    const { default: exported } = (await import(pathToFileURL(file).href)) as { default: unknown };
    const path = typeof exported === 'string' ? exported : (exported as { path?: unknown } | null)?.path;
    if (typeof path === 'string') return path;
    throw new Error('has no binary for this platform');
  }
  return undefined;
}
