/**
 * A sound that is read once, kept as samples, and played at any time afterwards without a file or a process.
 *
 *     npx node examples/12-keep-a-sound-in-memory.ts [FILE]
 */
import { filter, firstValueFrom, from, lastValueFrom, map, toArray } from 'rxjs';
import { createClient, fromFile, fromSamples } from '../src/index.ts';
import { rebase, takeDuration } from '../src/operators/index.ts';
import { createConference } from '../src/testing/index.ts';

const file = process.argv[2] ?? 'assets/sample.opus';

// Without pace it runs at full speed. The segment goes: each playback gets one of its own.
const samples = await lastValueFrom(
  fromFile(file).pipe(
    takeDuration(600),
    rebase(),
    map(({ segment: _, ...sample }) => sample),
    toArray(),
  ),
);
const bytes = samples.reduce((sum, { data }) => sum + data.length, 0);
console.log(`${samples.length} samples, ${bytes} bytes`);

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

for (const ring of [1, 2]) {
  const ended = firstValueFrom(call.playback$.pipe(filter((event) => event.type === 'ended')));
  await call.play(fromSamples(from(samples), { label: 'doorbell' }));
  console.log(`ring ${ring}: ${(await ended).reason}`);
}
