/**
 * A test picture with a tone, made by two commands of ffmpeg, and what of it arrived. A file: `fromFile(path, { video: true })`.
 *
 *     npx node examples/13-show-a-picture.ts
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromShells } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

await using conference = await createConference();
await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
client.on('legEnd', ({ kind }) => console.log(`${kind} is over`));

const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));
await call.play(
  fromShells({
    audio: 'ffmpeg -f lavfi -i sine=frequency=440:duration=2 -b:a 64k',
    video: 'ffmpeg -f lavfi -i testsrc=size=320x180:rate=15:duration=2 -b:v 200k',
  }),
);
await sleep(2500);

const { audio, video } = call.getStats();
console.log(`sent ${audio?.packetsSent} packets of sound and ${video?.packetsSent} of picture`);
console.log(`${video?.pliCount} requests for a keyframe`);
