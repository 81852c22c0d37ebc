/**
 * A queue of songs that is added to while it plays, without a gap between them.
 *
 *     npx node examples/07-add-to-a-queue-while-it-plays.ts [FILE]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom, type Observable, Subject, tap } from 'rxjs';
import { createClient, fromFile, type Sample } from '../src/index.ts';
import { playlist, takeDuration } from '../src/operators/index.ts';
import { createConference } from '../src/testing/index.ts';

const file = process.argv[2] ?? 'assets/sample.opus';

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

const queue$ = new Subject<Observable<Sample>>();
const add = (name: string): void => {
  let begun = false;
  const song$ = fromFile(file).pipe(
    takeDuration(700),
    tap(() => {
      if (!begun) console.log(`${name} is ready`);
      begun = true;
    }),
  );
  queue$.next(song$);
};

const ended = firstValueFrom(call.playback$.pipe(filter((event) => event.type === 'ended')));
const playing = call.play(playlist(queue$, { onFail: 'skip' }));
add('first');
await playing;
await sleep(300);
add('second');
add('third');
queue$.complete(); // nothing more will come: the playback ends with the last one

console.log(`${(await ended).reason} after ${call.positionMs} ms`);
console.log(`longest gap ${conference.participants[0]!.measure().maxGapMs.toFixed(0)} ms`);
