import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { FFMPEG_FIXES, FfmpegNotFoundError, type LadderStep } from '../ffmpeg/ffmpeg-not-found.ts';
import { locateFfmpeg, type LocatedFfmpeg, type LocateFfmpegOptions } from '../ffmpeg/locate-ffmpeg.ts';
import { type FfmpegFeature, probeFfmpeg } from '../ffmpeg/probe-ffmpeg.ts';
import { isPhysicalInterface } from '../webrtc/ice/host-candidates.ts';
import { installedVersion, ownVersion } from './installed-version.ts';

/** Something that is missing, and what to do about it. */
export interface Lack {
  /** What is missing, as in `ffmpeg: libopus`. */
  readonly what: string;
  /** `error`: most things will not work. `warning`: some will not. */
  readonly level: 'error' | 'warning';
  /** One line or several. */
  readonly fix: string;
}

/** What this machine has. Fit to be pasted into a bug report: it names no secrets. */
export interface Report {
  /** Null is what is not installed. */
  readonly versions: Readonly<Record<'rxcall' | 'node' | 'rxjs' | 'werift' | 'ts-pattern', string | null>>;
  /** Operating system and architecture, as in `linux-x64`. */
  readonly platform: string;
  readonly ffmpeg: {
    readonly path: string | null;
    readonly version: string | null;
    /** Where it was looked for, in order, and why not there. */
    readonly steps: readonly LadderStep[];
    readonly features: Readonly<Record<FfmpegFeature, boolean>> | null;
  };
  /** Addresses that a call offers to connect by, and those it skips. */
  readonly interfaces: readonly { readonly name: string; readonly address: string; readonly used: boolean }[];
  /** How many files and sockets this process may have open; null where that cannot be asked. */
  readonly openFiles: number | null;
  readonly lacks: readonly Lack[];
}

const FEATURE_USES: Readonly<Record<FfmpegFeature, [use: string, level: Lack['level']]>> = {
  libopus: ['encode audio', 'error'],
  ogg: ['hand audio over', 'error'],
  libvpx: ['encode video', 'warning'],
  ivf: ['hand video over', 'warning'],
  libx264: ['encode H.264 and push RTMP', 'warning'],
  flv: ['push RTMP', 'warning'],
  https: ['play https addresses', 'warning'],
  rtmps: ['push to rtmps addresses, as Telegram has them', 'warning'],
};
/** A call with audio and video takes about five descriptors; two hundred calls should be no trouble. */
const ENOUGH_FILES = 4096;

/**
 * Looks at this machine: versions, which ffmpeg is found and by which step, what it can do, the interfaces for ICE, limits;
 * and says how to mend what is missing. Never rejects.
 *
 * @example
 * console.log(formatReport(await createReport()));
 */
export async function createReport(options: LocateFfmpegOptions = {}): Promise<Report> {
  const ffmpeg = await examineFfmpeg(options);
  const interfaces = listInterfaces();
  const openFiles = countOpenFiles();
  return {
    versions: {
      rxcall: ownVersion(),
      node: process.versions.node,
      rxjs: installedVersion('rxjs'),
      werift: installedVersion('werift'),
      'ts-pattern': installedVersion('ts-pattern'),
    },
    platform: `${process.platform}-${process.arch}`,
    ffmpeg,
    interfaces,
    openFiles,
    lacks: [...ffmpegLacks(ffmpeg), ...networkLacks(interfaces), ...limitLacks(openFiles)],
  };
}

async function examineFfmpeg(options: LocateFfmpegOptions): Promise<Report['ffmpeg']> {
  const missing = { path: null, version: null, features: null };
  let located: LocatedFfmpeg;
  try {
    located = await locateFfmpeg(options);
  } catch (error) {
    return { ...missing, steps: error instanceof FfmpegNotFoundError ? error.steps : [] };
  }
  const { path, version, step, steps } = located;
  try {
    return { path, version, steps, features: (await probeFfmpeg(path)).features };
  } catch (error) {
    const reason = (error as Error).message;
    return { ...missing, steps: [...steps.slice(0, -1), { step, path, ok: false, reason }] };
  }
}

function ffmpegLacks({ path, features }: Report['ffmpeg']): Lack[] {
  if (path === null || !features) {
    const fix = 'Only Opus and VP8 play without it, in files. Install it in one of these ways:';
    return [{ what: 'ffmpeg', level: 'error', fix: [fix, ...FFMPEG_FIXES].join('\n') }];
  }
  return (Object.keys(FEATURE_USES) as FfmpegFeature[])
    .filter((feature) => !features[feature])
    .map((feature) => {
      const [use, level] = FEATURE_USES[feature];
      return { what: `ffmpeg: ${feature}`, level, fix: `${path} cannot ${use}: install a full build.` };
    });
}

function listInterfaces(): Report['interfaces'] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, internal }) => ({
      name,
      address,
      used: !internal && !address.startsWith('fe80') && isPhysicalInterface(name, address),
    })),
  );
}

function networkLacks(interfaces: Report['interfaces']): Lack[] {
  if (interfaces.some(({ used }) => used)) return [];
  const fix = 'No address but loopback can be offered: only calls on this machine will connect. Check the network.';
  return [{ what: 'network interface', level: 'warning', fix }];
}

function limitLacks(openFiles: number | null): Lack[] {
  if (openFiles === null || openFiles >= ENOUGH_FILES) return [];
  const calls = Math.floor(openFiles / 5);
  return [
    {
      what: `open files: ${openFiles}`,
      level: 'warning',
      fix: `Enough for some ${calls} calls; raise it with "ulimit -n 65536", or LimitNOFILE= of systemd, for more.`,
    },
  ];
}

function countOpenFiles(): number | null {
  if (process.platform === 'win32') return null;
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  if (stdout?.trim() === 'unlimited') return Infinity;
  return Number.parseInt(stdout ?? '', 10) || null;
}
