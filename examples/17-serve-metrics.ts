/**
 * Numbers of all calls for Prometheus, by an HTTP server of twenty lines.
 *
 *     npx node examples/17-serve-metrics.ts [FILE]
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient, fromFile } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

function metricsOf(client: Client): string {
  return client.calls
    .flatMap((call) => {
      if (!('joinPayload' in call)) return []; // an RTMP call
      const { audio, transport } = call.getStats();
      const metric = (name: string, value: number | null | undefined): string =>
        `rxcall_${name}{chat="${call.chatId}"} ${value ?? 0}`;
      return [
        metric('connected', call.state.connection.status === 'connected' ? 1 : 0),
        metric('packets_sent_total', audio?.packetsSent),
        metric('packets_lost_total', audio?.remotePacketsLost),
        metric('lateness_p99_seconds', (audio?.latenessP99Ms ?? 0) / 1000),
        metric('round_trip_seconds', (audio?.roundTripMs ?? 0) / 1000),
        metric('bytes_received_total', transport.bytesReceived),
      ];
    })
    .join('\n');
}

await using conference = await createConference();
await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
const server = createServer((_, response) => response.end(`${metricsOf(client)}\n`)).listen(0, '127.0.0.1');

const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));
await call.play(fromFile(process.argv[2] ?? 'assets/sample.opus'));
await sleep(1200);

const { port } = server.address() as AddressInfo;
console.log(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
server.close();
server.closeAllConnections();
