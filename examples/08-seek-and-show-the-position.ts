/**
 * Goes forward, back and beyond the end, and shows where it is.
 *
 *     npx node examples/08-seek-and-show-the-position.ts [FILE]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { interval, map, takeUntil } from 'rxjs';
import { createClient, fromFile } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

await call.play(fromFile(process.argv[2] ?? 'assets/sample.opus'));
const bar = (ms: number): string => `${'='.repeat(Math.round(ms / 100))}> ${(ms / 1000).toFixed(1)} s`;
interval(250)
  .pipe(
    map(() => call.positionMs),
    takeUntil(call.closed.then(() => true)),
  )
  .subscribe((ms) => console.log(bar(ms)));

await sleep(500);
await call.seekTo(2_000);
console.log(`seekTo(2000): at ${Math.floor(call.positionMs / 1000)} s`);
await call.seekBy(-1_500);
console.log(`seekBy(-1500): at ${Math.floor(call.positionMs / 1000)} s`);
call.pause();
await call.seekTo(1_000); // also while paused: goes on there
console.log(`paused: at ${call.positionMs} ms`);
call.resume();
await sleep(300);
await call.seekTo(3_600_000); // beyond the end is the end
console.log(`playback: ${call.state.playback.status}`);
