/* Lets calls play for long, in a process of their own: `measure-soak.ts N MINUTES [video]`. Prints rows as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { openPipelineCalls } from '../calls/pipeline-calls.ts';
import { createLateness } from '../lateness.ts';
import { PeerProcess } from '../peer-process.ts';
import { row, type Row } from '../report.ts';
import { collectGarbage, rssMB, watchUsage } from '../usage.ts';

const PROFILE: SrtpProfile = 'AEAD_AES_128_GCM';
/** At most; a short run has a row every ten seconds. */
const MOST_ROWS = 30;
const WARM_UP_MS = 4000;
/** The pause of a full collection is not the calls'. */
const AFTER_COLLECTION_MS = 1000;

const [count, duration, video] = process.argv.slice(2);
const n = Number(count);
const minutes = Number(duration);
const intervalMs = Math.max(10_000, (minutes * 60_000) / MOST_ROWS);
const intervals = Math.max(1, Math.floor((minutes * 60_000) / intervalMs));
const lateness = createLateness();
const peer = new PeerProcess();
const options = { n, video: video === 'video', profile: PROFILE, seconds: minutes * 60 + 120, lateness };
const calls = await openPipelineCalls(peer, options);
calls.start();
await sleep(WARM_UP_MS);

/** Packets of audio and, if wanted, of video, of all calls, a second. */
const packetsPerS = n * (video === 'video' ? 150 : 50);
const startMs = performance.now();
const startPackets = calls.packets();
const rows: Row[] = [];

function report(measured: Partial<Row>): void {
  rows.push(row({ impl: 'rxcall', n, profile: PROFILE, ...measured }));
  console.error(JSON.stringify(measured));
}

/** Memory is what is left after a collection. */
function state(): Partial<Row> {
  const elapsedMs = performance.now() - startMs;
  const driftMs = ((calls.packets() - startPackets) / packetsPerS) * 1000 - elapsedMs;
  collectGarbage();
  return {
    minute: elapsedMs / 60_000,
    rssMB: rssMB(),
    heapMB: getHeapStatistics().used_heap_size / 1024 / 1024,
    handles: process.getActiveResourcesInfo().length,
    driftMs,
  };
}

report(state());
for (let i = 1; i <= intervals; i++) {
  await sleep(AFTER_COLLECTION_MS);
  lateness.reset();
  const usage = watchUsage();
  await sleep(Math.max(0, startMs + i * intervalMs - performance.now()));
  const { cpuPct, gcPct } = usage();
  const figures = lateness.figures();
  report({ cpuPct, gcPct, ...figures, ...state() });
}
calls.stop();
await sleep(1000);
const sent = calls.packets();
const { received } = await peer.ask({ ask: 'count' });
report({ minute: (performance.now() - startMs) / 60_000, lossPct: (1 - received / sent) * 100 });
console.log(JSON.stringify(rows));
peer.close();
process.exit();
