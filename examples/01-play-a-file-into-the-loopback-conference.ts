/**
 * Plays a file into a conference on this machine, and tells where a browser can listen to it.
 *
 *     npx node examples/01-play-a-file-into-the-loopback-conference.ts [FILE]
 *
 * In a project of your own, import from 'rxcall' and 'rxcall/testing'.
 */
import { filter, firstValueFrom } from 'rxjs';
import { createClient, fromFile } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

const file = process.argv[2] ?? 'assets/sample.opus';

// The conference stands in for Telegram: it takes the same JSON and gives the same JSON.
await using conference = await createConference();
const page = await conference.servePage();

// Ogg/Opus passes through as it is; ffmpeg is looked for when another file is opened.
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

const ended = firstValueFrom(call.playback$.pipe(filter((event) => event.type === 'ended')));
await call.play(fromFile(file));
console.log(`Playing ${file}. Listen at ${page.url}`);

const { reason } = await ended;
const { packets, lossPct, maxGapMs } = conference.participants[0]!.measure();
console.log(`${reason}: ${packets} packets arrived, ${lossPct} % lost, longest gap ${maxGapMs.toFixed(1)} ms`);
