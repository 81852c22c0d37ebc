/**
 * Every state of a call and every end of a playback, with its reason: a file that is missing, one that is replaced, one
 * that is stopped.
 *
 *     npx node examples/04-watch-what-happens.ts
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromFile } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');

call.state$.subscribe({
  next: ({ connection, playback, paused }) =>
    console.log(`state: ${connection.status}, ${playback.status}${paused ? ', paused' : ''}`),
  complete: () => console.log('state: no more'),
});
call.playback$.subscribe((event) =>
  console.log(`playback ${event.playback.id}: ${event.type}${event.type === 'ended' ? `, ${event.reason}` : ''}`),
);

await call.connect(await conference.join(call.joinPayload));

try {
  await call.play(fromFile('missing.opus'));
} catch (error) {
  console.log(String(error)); // says what is missing; the call goes on
}

await call.play(fromFile('assets/sample.opus'));
await sleep(300);
await call.play(fromFile('assets/sample.opus', { startMs: 20_000 }));
call.pause();
call.resume();
await call.seekBy(5_000);
await sleep(300);
call.stop();
