/**
 * How does a bot take an ffmpeg that crashes, lies or falls silent? A scripted one shows it, every time the same.
 *
 *     npx node examples/21-have-ffmpeg-fail.ts
 */
import { count, lastValueFrom } from 'rxjs';
import { fromFile, type RxcallError } from '../src/index.ts';
import { reconnect, stall } from '../src/operators/index.ts';
import { createScriptedFfmpeg } from '../src/testing/index.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  crash: 'audio 2s\nkill SIGSEGV',
  'full disk': 'audio 1s\nstderr [error] No space left on device\nexit 1',
  silence: 'audio 1s\nwait',
};

for (const [name, script] of Object.entries(SCRIPTS)) {
  using ffmpeg = createScriptedFfmpeg(script, 'audio 4s'); // the second run would go well
  const song$ = fromFile('package.json', { ffmpegPath: ffmpeg.path }).pipe(
    stall({ thenMs: 500 }),
    reconnect({ firstDelayMs: 10 }), // only where trying again may help
  );
  const result = await lastValueFrom(song$.pipe(count())).then(
    (packets) => `${packets} packets`,
    (error: unknown) => (error as RxcallError).message,
  );
  console.log(`${name}: ${result}\n  ffmpeg ran ${ffmpeg.runs.length} times`);
}
