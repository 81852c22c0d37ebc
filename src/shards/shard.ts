import { channel } from 'node:diagnostics_channel';
import { MessageChannel, type ResourceLimits, SHARE_ENV, Worker } from 'node:worker_threads';
import { type Logger, silentLogger } from '../core/logger.ts';
import { type AdoptedChild, adoptChild } from '../ffmpeg/child-registry.ts';
import type { HostNotice } from './host-messages.ts';
import { createRemoteHost, type RemoteHost } from './remote-host.ts';
import type { ShardData } from './serve-shard.ts';
import { WorkerError } from './worker-error.ts';

export interface ShardOptions {
  /** The module that calls {@link serveShard}. */
  readonly entry: URL;
  /** What it makes of its objects as a whole; plain data. */
  readonly settings: unknown;
  readonly logger: Logger;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** One worker thread. */
export interface Shard {
  readonly host: RemoteHost;
  /** Resolves with why, once it has ended and its processes were ended. */
  readonly ended: Promise<WorkerError>;
  /** Whether it keeps the process alive. */
  hold(held: boolean): void;
  /** Ends it at once. */
  terminate(): Promise<void>;
}

/** Starts a worker. Whatever becomes of it, the processes that it has started are ended with it. */
export function startShard({ entry, settings, logger, resourceLimits }: ShardOptions): Shard {
  const { port1, port2 } = new MessageChannel();
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const children = new Map<number, AdoptedChild>();
  let cause: unknown;
  let stuck = false;
  const logs = logger !== silentLogger;
  const worker = new Worker(entry, {
    workerData: { port: port2, flags, logs, settings } satisfies ShardData,
    transferList: [port2],
    env: SHARE_ENV,
    name: 'rxcall',
    ...(isEvaluated() && { execArgv: [] }),
    ...(resourceLimits && { resourceLimits }),
  });
  const host = createRemoteHost({
    port: port1,
    flags,
    onNotice,
    onStuck() {
      stuck = true;
      void worker.terminate();
    },
    endedError: () => endedBy(null),
  });

  function onNotice(notice: HostNotice): void {
    if (notice.type === 'log') return logger[notice.level](notice.data as object, notice.message);
    const { event, facts } = notice;
    if (event === 'spawn') children.set(facts.pid, adoptChild(facts.pid));
    else children.get(facts.pid)?.release();
    if (event === 'exit') children.delete(facts.pid);
    channel(`rxcall:ffmpeg:${event}`).publish(facts);
  }

  function endedBy(exitCode: number | null): WorkerError {
    const said = cause instanceof Error ? `: ${cause.message}` : '';
    const problem = stuck ? 'of this call did not answer, and was ended' : 'of this call has ended';
    return new WorkerError(`${problem}${exitCode === null ? '' : ` (exit code ${exitCode})`}${said}`, exitCode, {
      cause,
    });
  }

  const ended = new Promise<WorkerError>((resolve) => {
    worker.on('error', (error) => (cause = error));
    worker.on('exit', (exitCode) => {
      const error = endedBy(stuck ? null : exitCode);
      host.end(error);
      for (const child of children.values()) child.kill();
      children.clear();
      resolve(error);
    });
  });

  return {
    host,
    ended,
    hold(held) {
      if (held) {
        worker.ref();
        port1.ref();
      } else {
        worker.unref();
        port1.unref();
      }
    },
    async terminate() {
      await worker.terminate();
      await ended;
    },
  };
}

/** Whether this process runs text instead of a file; a worker would take over the flag that says so, and cannot run a file. */
function isEvaluated(): boolean {
  return process.execArgv.some((arg) => arg.startsWith('--input-type'));
}
