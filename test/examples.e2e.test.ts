import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRecentFfmpeg } from './ffmpeg/recent-ffmpeg.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'rxcall-examples-'));
const song = join(folder, 'song.opus');

const BREAKS_OFF = '09-survive-a-radio-that-breaks-off.ts';

/** What each example prints when it plays the song, in part. One that needs an account or a server has none: it only compiles. */
const EXPECTED: Readonly<Record<string, RegExp | undefined>> = {
  '01-play-a-file-into-the-loopback-conference.ts': /Listen at http[^]*ended: \d\d+ packets arrived, 0 % lost/,
  '02-compose-a-pipeline.ts': /2 s: \d+ samples/,
  '03-write-an-operator-and-test-it.ts': /Both hold/,
  '04-watch-what-happens.ts': /missing\.opus does not exist[^]*ended, replaced[^]*ended, stopped[^]*no more/,
  '05-one-source-many-calls.ts': /one: \d\d+ packets[^]*two: \d\d+ packets[^]*three: \d\d+ packets/,
  '06-stream-over-rtmp.ts': /active[^]*paused at 1\.\d s[^]*(ended|stopped)[^]*published 1 time, \d\d+ KB[^]*closed/,
  '07-add-to-a-queue-while-it-plays.ts': /first is ready[^]*third is ready[^]*ended after (6|7)\d\d ms/,
  '08-seek-and-show-the-position.ts':
    /seekTo\(2000\): at 2 s\nseekBy\(-1500\): at 0 s[^]*paused: at 1\d\d\d ms[^]*ended/,
  [BREAKS_OFF]: /reconnect: [^]*still playing, \d\d+ packets/,
  '10-have-a-second-source-at-hand.ts':
    /studio plays \(first\)[^]*relay plays[^]*studio plays \(failback\)[^]*\d\d packets/,
  '11-play-what-a-synthesizer-says.ts': /ended\nheard (4|5|6|8)\d\d Hz/,
  '12-keep-a-sound-in-memory.ts': /30 samples[^]*ring 1: ended\nring 2: ended/,
  '13-show-a-picture.ts': /(video|audio) is over[^]*sent \d\d+ packets of sound and \d\d+ of picture/,
  '14-put-sound-under-a-picture.ts': /: \d\d+ packets of sound, 20 frames/,
  '15-write-a-sink.ts': /(\|.{50}\|\n){2}That was all/,
  '16-speak-to-a-webrtc-peer.ts': /connected over 127[^]*50 packets sent, (50|49|48) received/,
  '17-serve-metrics.ts': /rxcall_connected\{chat="@example"\} 1\nrxcall_packets_sent_total\{chat="@example"\} \d\d/,
  '18-see-what-goes-on-inside.ts': /spawn: ffmpeg[^]*exit: 0[^]*Error: /,
  '19-give-up-in-time.ts':
    /ERR_CONNECT_TIMEOUT, try again\naborted: ERR_ABORTED, for good\nmissing: ERR_SOURCE_NOT_FOUND, for good\nand the call plays/,
  '20-test-a-bot.ts': /pass 1/,
  '21-have-ffmpeg-fail.ts':
    /crash: .*SIGSEGV[^]*full disk: .*No space left[^]*silence: 2\d\d packets\n {2}ffmpeg ran 2 times/,
  '22-bring-a-telegram-library.ts': /join @my_group[^]*connected[^]*leave @my_group[^]*all is closed/,
  '23-make-an-announcement.ts': /back to the music, at (0\.9|1(\.\d)?) s\nat 1\.\d s/,
  '24-hold-a-film-for-hours.ts':
    /without pace: 360000[^]*paused: [0-2] more read, \d+ held\ngoing on: 0 problems\nclosed: true/,
  '25-ask-what-a-machine-can-do.ts': /ffmpeg \S+, found by/,
};

/** Prints that must not be there. */
const SECRET = /secret|token=abc/;

describe('examples', () => {
  beforeAll(() => {
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3', '-c:a', 'libopus', '-b:a', '64k'];
    execFileSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', ['-v', 'error', ...tone, song]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const files = readdirSync('examples').filter((name) => name.endsWith('.ts'));

  it('are all known here, and in their index', () => {
    expect(files).toEqual(Object.keys(EXPECTED));
    const index = readFileSync('examples/README.md', 'utf8');
    expect(files.filter((file) => !index.includes(`](${file})`))).toEqual([]);
  });

  /** An older ffmpeg takes a download that was cut off for one that has ended. */
  const isRunnable = (file: string): boolean => file !== BREAKS_OFF || hasRecentFfmpeg(file);

  // Some at a time: most of what they do is wait.
  it.concurrent.each(files.filter(isRunnable))('%s runs, is short, and says how to run it', async (file) => {
    const text = readFileSync(join('examples', file), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
    const [, flags = ''] = /^ \* +npx node (--\S+ )?examples\//m.exec(text) ?? [];
    expect(text).toContain(`npx node ${flags}examples/${file}`);
    const expected = EXPECTED[file];
    if (!expected) return;
    const args = [...(flags === '' ? [] : [flags.trim()]), join('examples', file), song];
    const { stdout } = await run(process.execPath, flags === '' ? args : args.slice(0, -1));
    expect(stdout).toMatch(expected);
    expect(stdout).not.toMatch(SECRET);
  });
});
