/**
 * A radio station that hangs up every second, played as if it did not.
 *
 *     npx node examples/09-survive-a-radio-that-breaks-off.ts [FILE]
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromUrl } from '../src/index.ts';
import { reconnect, stall } from '../src/operators/index.ts';
import { createConference } from '../src/testing/index.ts';

const bytes = readFileSync(process.argv[2] ?? 'assets/sample.opus');

// A bad server: sends half of what it promised, and hangs up.
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'audio/ogg', 'content-length': bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2));
  setTimeout(() => response.destroy(), 500);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

await using conference = await createConference();
await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

const { port } = server.address() as AddressInfo;
const radio$ = fromUrl(`http://127.0.0.1:${port}/radio.ogg`, { live: true }).pipe(
  stall({ thenMs: 3000 }), // a silence is an error, too
  reconnect({ firstDelayMs: 100, jitter: 0, onStatus: (status) => console.log('reconnect:', status) }),
);
await call.play(radio$);
await sleep(4000);
console.log(`still ${call.state.playback.status}, ${conference.participants[0]!.measure().packets} packets arrived`);
server.closeAllConnections();
server.close();
