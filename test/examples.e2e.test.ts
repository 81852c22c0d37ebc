import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'rxcall-examples-'));
const song = join(folder, 'song.opus');

/** What each example prints when it plays the song, in part. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  '01-play-a-file-into-the-loopback-conference.ts': /Listen at http[^]*ended: \d\d+ packets arrived, 0 % lost/,
  '02-compose-a-pipeline.ts': /2 s: \d+ samples/,
  '03-write-an-operator-and-test-it.ts': /Both hold/,
  '04-watch-what-happens.ts': /missing\.opus does not exist[^]*ended, replaced[^]*ended, stopped[^]*no more/,
  '05-one-source-many-calls.ts': /one: \d\d+ packets[^]*two: \d\d+ packets[^]*three: \d\d+ packets/,
};

describe('examples', () => {
  beforeAll(() => {
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3', '-c:a', 'libopus', '-b:a', '64k'];
    execFileSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', ['-v', 'error', ...tone, song]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const files = readdirSync('examples').filter((name) => name.endsWith('.ts'));

  it('are all known here', () => {
    expect(files).toEqual(Object.keys(EXPECTED));
  });

  it.each(files)('%s runs, is short, and says how to run it', async (file) => {
    const text = readFileSync(join('examples', file), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
    expect(text).toContain(`npx node examples/${file}`);
    const { stdout } = await run(process.execPath, [join('examples', file), song]);
    expect(stdout).toMatch(EXPECTED[file]!);
  });
});
