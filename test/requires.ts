import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface PartFacts {
  readonly names: readonly string[];
  /** Environment variable that may name the program. */
  readonly variable?: string;
  readonly debian: string;
}

/** What a test may need that `npm test` does not bring along. */
export type Part = 'chromium' | 'ffprobe' | 'nginx' | 'coturn' | 'openssl' | 'ip' | 'xvfb';

const PARTS: Readonly<Record<Part, PartFacts>> = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    variable: 'CHROMIUM_PATH',
    debian: 'chromium',
  },
  ffprobe: { names: ['ffprobe'], variable: 'FFPROBE_PATH', debian: 'ffmpeg' },
  nginx: { names: ['nginx'], debian: 'nginx libnginx-mod-rtmp' },
  coturn: { names: ['turnserver'], debian: 'coturn' },
  openssl: { names: ['openssl'], debian: 'openssl' },
  ip: { names: ['ip'], debian: 'iproute2' },
  xvfb: { names: ['Xvfb'], debian: 'xvfb' },
};

/**
 * Whether `part` is on this machine, for `describe.runIf(requires('chromium'))(…)`. A missing one is said loudly, and is
 * an error under CI, which installs them all: a test that CI leaves out would be a hole nobody sees.
 */
export function requires(part: Part, env: NodeJS.ProcessEnv = process.env): boolean {
  if (findPart(part, env)) return true;
  const { names, debian } = PARTS[part];
  const problem = `${names.join(' or ')} is not on PATH (Debian: apt-get install ${debian})`;
  if (env['CI']) throw new Error(`Nothing is skipped under CI, and ${problem}.`);
  console.warn(`\n*** SKIPPED: ${problem} ***\n`);
  return false;
}

/** The path of `part`, or undefined. */
export function findPart(part: Part, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { names, variable } = PARTS[part];
  const named = variable && env[variable];
  if (named) return named;
  const folders = (env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
