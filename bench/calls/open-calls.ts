import { openDgram } from '../send/dgram.ts';
import { openNodeDatachannel } from '../send/node-datachannel.ts';
import { openRxcall } from '../send/rxcall.ts';
import { openWerift } from '../send/werift.ts';
import type { OpenCalls } from './calls.ts';
import { openClientCalls } from './client-calls.ts';
import { openBroadcastCalls, openPipelineCalls } from './pipeline-calls.ts';
import { tickedCalls } from './ticked-calls.ts';

/** What sends, by the name it has in results. */
export const OPEN_CALLS: Readonly<Record<string, OpenCalls>> = {
  rxcall: openPipelineCalls,
  'rxcall-broadcast': openBroadcastCalls,
  'rxcall-client': openClientCalls(0),
  'rxcall-workers': openClientCalls(2),
  'rxcall-sender': tickedCalls(openRxcall),
  werift: tickedCalls(openWerift),
  'node-datachannel': tickedCalls(openNodeDatachannel),
  dgram: tickedCalls(openDgram),
};
