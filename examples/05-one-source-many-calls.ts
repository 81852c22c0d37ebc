/**
 * One file, read and encoded once, in three calls at a time; the second one pauses, and the others do not notice.
 *
 *     npx node examples/05-one-source-many-calls.ts [FILE]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromFile } from '../src/index.ts';
import { broadcast, loop, pace } from '../src/operators/index.ts';
import { createConference } from '../src/testing/index.ts';

const station$ = fromFile(process.argv[2] ?? 'assets/sample.opus').pipe(loop(), pace(), broadcast());

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });

const calls = await Promise.all(['one', 'two', 'three'].map((chat) => client.createCall(chat)));
for (const call of calls) {
  await call.connect(await conference.join(call.joinPayload));
  await call.play(station$);
}

await sleep(1000);
calls[1]!.pause();
await sleep(2000);
calls[1]!.resume();
await sleep(1000);

for (const [index, participant] of conference.participants.entries()) {
  const { packets, maxGapMs } = participant.measure();
  console.log(`${calls[index]!.chatId}: ${packets} packets, longest gap ${Math.round(maxGapMs)} ms`);
}
