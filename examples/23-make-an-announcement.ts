/**
 * Music, an announcement in between, and then the music again where it was.
 *
 *     npx node examples/23-make-an-announcement.ts [FILE]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { createClient, fromFile, fromShell, type GroupCall, type MediaSource } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

/** Plays `announcement`, and then goes on with `music`. */
async function announce(call: GroupCall, music: MediaSource, announcement: MediaSource): Promise<void> {
  const startMs = call.positionMs;
  const label = announcement.label;
  const over = firstValueFrom(
    call.playback$.pipe(filter((event) => event.type === 'ended' && event.playback.label === label)),
  );
  await call.play(announcement); // the music plays on until the first sample of it is there
  await over;
  console.log(`back to the music, at ${Math.round(startMs / 100) / 10} s`);
  await call.play(music);
  await call.seekTo(startMs);
}

await using conference = await createConference();
await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

const music = fromFile(process.argv[2] ?? 'assets/sample.opus');
await call.play(music);
await sleep(1000);
await announce(call, music, fromShell('ffmpeg -f lavfi -i sine=frequency=880:duration=0.5'));
await sleep(300);
console.log(`at ${(call.positionMs / 1000).toFixed(1)} s`);
