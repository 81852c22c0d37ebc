import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import type { FfmpegError } from '../../src/core/errors.ts';

/** Whether this ffmpeg has it: not every build has everything. */
export function has(list: '-protocols' | '-filters', name: string): boolean {
  const { stdout } = spawnSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', ['-hide_banner', list]);
  if (new RegExp(`^(?: *| .* )${name}(?: |$)`, 'm').test(stdout.toString())) return true;
  console.warn(`\n*** SKIPPED: this ffmpeg has no ${name} ***\n`);
  return false;
}

/** There are static builds that crash on every transport stream. */
export function skipIfCrashed(test: TestContext): (error: unknown) => never {
  return (error) => {
    if ((error as FfmpegError).signal === 'SIGSEGV')
      test.skip('this build of ffmpeg crashes on every transport stream');
    throw error;
  };
}
