/* Measures how connections come up, in a process of their own: `measure-setup.ts IMPL N`. Prints a row as JSON. */
import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { connectMany } from '../connect-many.ts';
import { PeerProcess } from '../peer-process.ts';
import { median, row } from '../report.ts';
import { openNodeDatachannel } from '../send/node-datachannel.ts';
import { connectRxcall } from '../send/rxcall.ts';
import { openWerift } from '../send/werift.ts';
import type { Peer } from '../peer-process.ts';
import { collectGarbage, rssMB, watchUsage } from '../usage.ts';

const PROFILE: SrtpProfile = 'AEAD_AES_128_GCM';
const AT_ONCE = 200;
/** The first connections pay for keys and for compiling. */
const WARM_UP = 20;

const CONNECT: Readonly<Record<string, (peer: Peer) => Promise<unknown>>> = {
  rxcall: (peer) => connectRxcall(peer, PROFILE),
  werift: (peer) => openWerift(peer, PROFILE, []),
  'node-datachannel': (peer) => openNodeDatachannel(peer, PROFILE, []),
};

const [impl, count] = process.argv.slice(2);
const n = Number(count);
const connect = CONNECT[impl!]!;
const peer = new PeerProcess();
await connectMany(WARM_UP, WARM_UP, (call) => connect(peer.call(n + call)));
collectGarbage();
const emptyMB = rssMB();

/** How long each took, and each batch. */
const eachMs: number[] = [];
const batchesMs: number[] = [];
const usage = watchUsage();
for (let first = 0; first < n; first += AT_ONCE) {
  const startMs = performance.now();
  const size = Math.min(AT_ONCE, n - first);
  await connectMany(size, size, async (call) => {
    await connect(peer.call(first + call));
    eachMs.push(performance.now() - startMs);
  });
  batchesMs.push(performance.now() - startMs);
}
const { cpuMs, gcPct, rssMB: fullMB } = usage();
console.log(
  JSON.stringify(
    row({
      impl: impl!,
      n,
      profile: PROFILE,
      gcPct,
      rssPerCallKB: ((fullMB - emptyMB) * 1024) / n,
      rssMB: fullMB,
      setupCpuMs: cpuMs / n,
      setupP50Ms: median(eachMs),
      setupMaxMs: Math.max(...eachMs),
      setupAllMs: Math.max(...batchesMs),
    }),
  ),
);
peer.close();
process.exit();
