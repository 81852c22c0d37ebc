import { channel } from 'node:diagnostics_channel';
import type { MessagePort } from 'node:worker_threads';
import { type Logger, silentLogger } from '../core/logger.ts';
import { ENDED, type FfmpegFacts, type HostMessage, wake } from './host-messages.ts';
import { packAnswer } from './parcel.ts';
import { serveObjects } from './serve-objects.ts';

/** What a worker is started with. */
export interface ShardData {
  readonly port: MessagePort;
  readonly flags: Int32Array<SharedArrayBuffer>;
  /** Whether anybody reads its log lines. */
  readonly logs: boolean;
  readonly settings: unknown;
}

/**
 * What the entry file of a worker calls with its `workerData`: serves objects that `create` makes, sends log lines home, and
 * tells of every process that is started here, so that none outlives this thread.
 */
export function serveShard(
  { port, flags, logs }: ShardData,
  create: (options: unknown, logger: Logger) => Promise<object>,
): void {
  const logger = logs ? portLogger(port) : silentLogger;
  for (const event of ['spawn', 'exit'] as const) {
    channel(`rxcall:ffmpeg:${event}`).subscribe((facts) =>
      port.postMessage({ type: 'ffmpeg', event, facts: facts as FfmpegFacts } satisfies HostMessage),
    );
  }
  process.once('exit', () => {
    Atomics.store(flags, ENDED, 1);
    wake(flags);
  });
  serveObjects({ port, flags, create: (options) => create(options, logger) });
}

function portLogger(port: MessagePort): Logger {
  const to =
    (level: keyof Logger) =>
    (data: object, message?: string): void =>
      port.postMessage({ type: 'log', level, data: packAnswer(data), message } satisfies HostMessage);
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
}
