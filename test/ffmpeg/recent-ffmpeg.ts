import { execFileSync } from 'node:child_process';

/** The libavformat of ffmpeg 5. */
const RECENT = 59;

/**
 * Whether the ffmpeg of the tests is version 5 or later, for what an older one does wrong by itself; its own number may be
 * that of a commit. The one that npm brings along is 4.1. An older one is said loudly.
 */
export function hasRecentFfmpeg(what: string): boolean {
  const version = execFileSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', ['-version'], { encoding: 'utf8' });
  const [, major] = /^libavformat +(\d+)\./m.exec(version) ?? [];
  if (Number(major) >= RECENT) return true;
  const problem = `${what} needs ffmpeg 5 or later, and this one is older`;
  if (process.env['CI']) throw new Error(`Nothing is skipped under CI, and ${problem}.`);
  console.warn(`\n*** SKIPPED: ${problem} ***\n`);
  return false;
}
