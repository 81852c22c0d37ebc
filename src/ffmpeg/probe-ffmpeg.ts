import { execFile, type ExecFileException } from 'node:child_process';
import { RxcallError } from '../core/errors.ts';
import { type FfmpegVersion, parseFfmpegVersion } from './ffmpeg-version.ts';

/** What of ffmpeg this library can make use of. */
export type FfmpegFeature = 'libopus' | 'libvpx' | 'libx264' | 'https' | 'rtmps' | 'ogg' | 'ivf' | 'flv';

/** An ffmpeg, and what it can do. */
export interface FfmpegProbe extends FfmpegVersion {
  readonly path: string;
  /** Encoders libopus, libvpx, libx264; protocols https, rtmps; muxers ogg, ivf, flv. */
  readonly features: Readonly<Record<FfmpegFeature, boolean>>;
}

/** Long enough for a cold disk on a busy machine. */
const TIMEOUT_MS = 15_000;

const versions = new Map<string, Promise<FfmpegVersion>>();
const probes = new Map<string, Promise<FfmpegProbe>>();

/**
 * Runs `ffmpeg -version`, once a path. Rejects with `ERR_FFMPEG_FAILED` when the file does not run or is something else;
 * that is asked again the next time.
 */
export function readFfmpegVersion(path: string): Promise<FfmpegVersion> {
  return once(versions, path, async () => {
    const version = parseFfmpegVersion(await run(path, ['-version']));
    if (!version) throw new RxcallError('ERR_FFMPEG_FAILED', `${path} -version does not answer as ffmpeg does.`);
    return version;
  });
}

/**
 * Version and features of an ffmpeg, once a path. Rejects with `ERR_FFMPEG_FAILED` when it does not run.
 *
 * @example
 * const { path } = await locateFfmpeg();
 * const { version, features } = await probeFfmpeg(path);
 */
export function probeFfmpeg(path: string): Promise<FfmpegProbe> {
  return once(probes, path, async () => {
    const version = await readFfmpegVersion(path);
    const list = (what: string): Promise<string> => run(path, ['-hide_banner', what]);
    const [encoders, protocols, muxers] = await Promise.all([list('-encoders'), list('-protocols'), list('-muxers')]);
    const encoder = (name: string): boolean => new RegExp(`^ *[AV]\\S* +${name}\\b`, 'm').test(encoders);
    // Of protocols, names alone stand on the lines, those for output last.
    const protocol = (name: string): boolean => new RegExp(`^ *${name}$`, 'm').test(protocols);
    const muxer = (name: string): boolean => new RegExp(`^ *D?E +${name}\\b`, 'm').test(muxers);
    return {
      path,
      ...version,
      features: {
        libopus: encoder('libopus'),
        libvpx: encoder('libvpx'),
        libx264: encoder('libx264'),
        https: protocol('https'),
        rtmps: protocol('rtmps'),
        ogg: muxer('ogg'),
        ivf: muxer('ivf'),
        flv: muxer('flv'),
      },
    };
  });
}

function once<T>(cache: Map<string, Promise<T>>, path: string, make: () => Promise<T>): Promise<T> {
  let result = cache.get(path);
  if (!result) {
    result = make();
    cache.set(path, result);
    result.catch(() => cache.delete(path));
  }
  return result;
}

function run(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', windowsHide: true, maxBuffer: 2 ** 22 } as const;
    const child = execFile(path, args, options, (cause, stdout) => {
      if (!cause) resolve(stdout);
      else reject(new RxcallError('ERR_FFMPEG_FAILED', `${path} ${args.join(' ')} failed: ${why(cause)}.`, { cause }));
    });
    child.stdin?.end();
  });
}

function why(error: ExecFileException): string {
  if (error.killed) return `no answer within ${TIMEOUT_MS / 1000} s`;
  if (typeof error.code === 'string') return error.code;
  return error.signal ? `signal ${error.signal}` : `exit code ${error.code}`;
}
