import { extname } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';
import { OptionError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { findUnportable } from '../core/source-description.ts';
import { createShardPool } from '../shards/shard-pool.ts';
import type { OwnedGroupCall, OwnedGroupCallOptions } from './create-group-call.ts';
import { createRemoteCall } from './remote-call.ts';
import { createShardedCall } from './sharded-call.ts';

/** What a worker is told of all its calls. */
export interface CallWorkerSettings {
  readonly sharedUdp: boolean;
}

/** What a worker is told of one call: what its client was told, as far as that is plain data. */
export type RemoteCallOptions = Omit<OwnedGroupCallOptions, 'clock' | 'logger' | 'rejoin' | 'takeCertificate'> & {
  readonly rejoin: 'elsewhere' | undefined;
};

export interface CallShardsOptions {
  readonly workers: number;
  readonly sharedUdp: boolean;
  readonly logger: Logger;
  /** The module that the workers run. Default: the one beside this. */
  readonly entry?: URL | undefined;
  /** Default: those of this process, but for the memory of what is new. */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** Makes calls that live in worker threads. */
export interface CallShards {
  create(options: OwnedGroupCallOptions): Promise<OwnedGroupCall>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/**
 * Three times 16 MiB. When hundreds of calls begin, V8 would else take 64 MiB for each half of what is new, in each thread,
 * and then collect all garbage much more often: see docs/scaling.md.
 */
const MAX_YOUNG_GENERATION_MB = 48;

/** Source or build, the worker is of the same kind. */
const ENTRY = new URL(`./call-worker${extname(import.meta.url)}`, import.meta.url);

export function createCallShards(options: CallShardsOptions): CallShards {
  const { workers, logger, sharedUdp, entry = ENTRY } = options;
  if (!(Number.isInteger(workers) && workers >= 1)) {
    throw new OptionError('options.workers', workers, 'a whole number, 0 or more');
  }
  const settings: CallWorkerSettings = { sharedUdp };
  const resourceLimits = { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB, ...options.resourceLimits };
  const pool = createShardPool({ workers, entry, settings, logger, resourceLimits });
  return {
    create({ clock: _, logger: __, takeCertificate: ___, rejoin, ...rest }) {
      const remote: RemoteCallOptions = { ...rest, rejoin: rejoin && 'elsewhere' };
      const { chatId } = rest;
      return createShardedCall({ chatId, rejoin, logger, create: () => createRemoteCall(pool, remote, logger) });
    },
    close: () => pool.close(),
  };
}

/** Throws an {@link OptionError} for the first option that cannot be had with workers: what is not plain data. */
export function checkPortable(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    const path = findUnportable(value, `options.${name}`);
    if (path !== undefined) throw new OptionError(path, value, 'left out with workers: it cannot go to another thread');
  }
}
