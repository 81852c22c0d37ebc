/**
 * A stream to an RTMP server, here an ffmpeg that listens: a song under a still picture, paused and resumed.
 *
 *     npx node examples/06-stream-over-rtmp.ts [FILE]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromFile, locateFfmpeg } from '../src/index.ts';

const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const url = `rtmp://127.0.0.1:${(probe.address() as AddressInfo).port}/live/stream-key`;
probe.close();

const { path } = await locateFfmpeg();
const server = spawn(path, ['-v', 'error', '-listen', '1', '-i', url, '-f', 'null', '-'], { stdio: 'ignore' });
await sleep(1000);

await using client = createClient();
// With Telegram, the address is what phone.getGroupCallStreamRtmpUrl gives.
const call = await client.createRtmpCall('example', url, { coverWidth: 640, coverHeight: 360 });
call.status$.subscribe({ next: ({ status }) => console.log(status), complete: () => server.kill() });
call.playback$.subscribe((event) => event.type === 'ended' && console.log(event.reason));

await call.play(fromFile(process.argv[2] ?? 'assets/sample.opus'));
await sleep(1200);
call.pause(); // silence goes on, so the server stays
console.log(`paused at ${(call.positionMs / 1000).toFixed(1)} s`);
await sleep(1000);
call.resume();
await sleep(500);
call.stop();

const { publishes, sentBytes } = call.getStats();
console.log(`published ${publishes} time, ${Math.round(sentBytes / 1000)} KB`);
