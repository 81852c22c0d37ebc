/* Measures one sender in a process of its own: `measure.ts IMPL PROFILE BYTES PACKETS`. Prints JSON. */
import { PeerProcess } from '../peer-process.ts';
import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { openDgram } from './dgram.ts';
import { openNodeDatachannel } from './node-datachannel.ts';
import { openRxcall } from './rxcall.ts';
import type { OpenSender, Sender } from './sender.ts';
import { openWerift } from './werift.ts';

const SENDERS: Readonly<Record<string, OpenSender>> = {
  rxcall: openRxcall,
  werift: openWerift,
  'node-datachannel': openNodeDatachannel,
  dgram: openDgram,
};

/** Packets between two turns of the event loop, as a busy process has them. */
const BURST = 50;
const WARM_UP = 20_000;

async function sendMany(sender: Sender, packets: number): Promise<void> {
  for (let sent = 0; sent < packets; sent += BURST) {
    for (let i = 0; i < BURST; i++) sender.send();
    await new Promise(setImmediate);
  }
}

const [impl, profile, bytes, packets] = process.argv.slice(2);
const peer = new PeerProcess();
const sender = await SENDERS[impl!]!(peer, profile as SrtpProfile, [Number(bytes)]);
await sendMany(sender, WARM_UP);
const before = process.cpuUsage();
await sendMany(sender, Number(packets));
const { user, system } = process.cpuUsage(before);
const { received, rejected } = await peer.ask({ ask: 'count' });
console.log(JSON.stringify({ cpuUsPerPacket: (user + system) / Number(packets), received, rejected }));
await sender.close();
peer.close();
process.exit();
