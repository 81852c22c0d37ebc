import type { OpenCalls } from './calls.ts';
import { tickedCalls } from './ticked-calls.ts';

/** What sends, by the name it has in results. Each loads only what it needs, so that memory is its own. */
export const OPEN_CALLS: Readonly<Record<string, () => Promise<OpenCalls>>> = {
  rxcall: async () => (await import('./pipeline-calls.ts')).openPipelineCalls,
  'rxcall-broadcast': async () => (await import('./pipeline-calls.ts')).openBroadcastCalls,
  'rxcall-client': async () => (await import('./client-calls.ts')).openClientCalls(0),
  'rxcall-workers': async () => (await import('./client-calls.ts')).openClientCalls(2),
  'rxcall-sender': async () => tickedCalls((await import('../send/rxcall.ts')).openRxcall),
  werift: async () => tickedCalls((await import('../send/werift.ts')).openWerift),
  'node-datachannel': async () => tickedCalls((await import('../send/node-datachannel.ts')).openNodeDatachannel),
  dgram: async () => tickedCalls((await import('../send/dgram.ts')).openDgram),
};
