/* What a worker thread of a client runs: calls, as the client itself makes them without workers. */
import { workerData } from 'node:worker_threads';
import { processClock } from '../core/process-clock.ts';
import { serveShard, type ShardData } from '../shards/serve-shard.ts';
import { createSocketPool } from '../webrtc/socket-pool.ts';
import type { CallWorkerSettings, RemoteCallOptions } from './call-shards.ts';
import { createGroupCall } from './create-group-call.ts';

const data = workerData as ShardData;
const { sharedUdp } = data.settings as CallWorkerSettings;
const socketPool = sharedUdp ? createSocketPool() : undefined;

serveShard(data, (options, logger) => {
  const { transport, ...rest } = options as RemoteCallOptions;
  return createGroupCall({
    ...rest,
    clock: processClock,
    logger,
    transport: socketPool ? { socketPool, ...transport } : transport,
  });
});
