/* Measures calls in a process of their own: `measure-calls.ts IMPL N SECONDS [video]`. Prints a row as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { createLateness } from '../lateness.ts';
import { PeerProcess } from '../peer-process.ts';
import { row } from '../report.ts';
import { collectGarbage, rssMB, watchUsage } from '../usage.ts';
import { OPEN_CALLS } from './open-calls.ts';

const PROFILE: SrtpProfile = 'AEAD_AES_128_GCM';
/** Until files are open and what is hot is compiled. */
const WARM_UP_MS = 4000;
/** What the kernel has must reach the peer before it is counted. */
const SETTLE_MS = 1000;

const [impl, count, duration, video] = process.argv.slice(2);
const n = Number(count);
const seconds = Number(duration);
const lateness = createLateness();
const peer = new PeerProcess();
const open = await OPEN_CALLS[impl!]!();
collectGarbage();
const emptyMB = rssMB();

const options = { n, video: video === 'video', profile: PROFILE, seconds: seconds + 60, lateness };
const calls = await open(peer, options);
calls.start();
await sleep(WARM_UP_MS);
lateness.reset();
const usage = watchUsage();
const packetsBefore = calls.packets();
await sleep(seconds * 1000);
const { cpuPct, gcPct, rssMB: fullMB, wallMs, cpuMs } = usage();
const packets = calls.packets() - packetsBefore;
const figures = lateness.figures();
calls.stop();

await sleep(SETTLE_MS);
const sent = calls.packets();
const { received } = await peer.ask({ ask: 'count' });
console.log(
  JSON.stringify(
    row({
      impl: impl!,
      n,
      profile: PROFILE,
      cpuUsPerPacket: (cpuMs * 1000) / packets,
      cpuPct,
      gcPct,
      packetsPerS: (packets * 1000) / wallMs,
      ...figures,
      rssPerCallKB: ((fullMB - emptyMB) * 1024) / n,
      rssMB: fullMB,
      lossPct: ((sent - received) / sent) * 100,
    }),
  ),
);
peer.close();
process.exit();
