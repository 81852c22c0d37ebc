import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';

function withFfmpeg(...command: string[]) {
  return spawnSync(process.execPath, ['scripts/with-ffmpeg.mjs', ...command], { encoding: 'utf8' });
}

it.skipIf(!process.features.typescript)('with-ffmpeg runs a command that finds an ffmpeg, and ends as it does', () => {
  const { status, stdout, stderr } = withFfmpeg('node', '-p', 'process.env.FFMPEG_PATH');
  expect(status).toBe(0);
  expect(existsSync(stdout.trim())).toBe(true);
  expect(stderr).toBe(''); // nothing to say where there is one
  expect(withFfmpeg('node', '-e', 'process.exit(7)').status).toBe(7);
  expect(withFfmpeg('node', '-e', 'process.kill(process.pid, "SIGKILL")').status).toBe(1);
  expect(withFfmpeg('no-such-command').status).toBe(127);
  expect(withFfmpeg()).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') as string });
});
