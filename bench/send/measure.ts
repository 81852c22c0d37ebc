/* Measures one sender in a process of its own: `measure.ts IMPL N PROFILE BYTES PACKETS`. Prints a row as JSON. */
import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { PeerProcess } from '../peer-process.ts';
import { row } from '../report.ts';
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

/** Sends whole bursts; returns how many packets those were. */
async function sendMany(sender: Sender, packets: number): Promise<number> {
  let sent = 0;
  for (; sent < packets; sent += BURST) {
    for (let i = 0; i < BURST; i++) sender.send();
    await new Promise(setImmediate);
  }
  return sent;
}

const [impl, , profile, bytes, packets] = process.argv.slice(2);
const peer = new PeerProcess();
const sender = await SENDERS[impl!]!(peer, profile as SrtpProfile, [Number(bytes)]);
const warmUp = await sendMany(sender, WARM_UP);
const before = process.cpuUsage();
const sent = await sendMany(sender, Number(packets));
const { user, system } = process.cpuUsage(before);
const { received } = await peer.ask({ ask: 'count' });
console.log(
  JSON.stringify(
    row({
      impl: impl!,
      profile: impl === 'dgram' ? null : profile!,
      bytes: Number(bytes),
      cpuUsPerPacket: (user + system) / sent,
      lossPct: (1 - received / (warmUp + sent)) * 100,
    }),
  ),
);
await sender.close();
peer.close();
process.exit();
