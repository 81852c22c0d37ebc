import { setTimeout as sleep } from 'node:timers/promises';
import { CallError } from '../core/errors.ts';
import { bindLogger } from '../core/logger.ts';
import { type Shard, type ShardOptions, startShard } from './shard.ts';

export interface ShardPoolOptions extends ShardOptions {
  /** How many workers. */
  readonly workers: number;
}

/** One object in one worker. */
export interface Placement {
  readonly shard: Shard;
  /** Its number there. */
  readonly target: number;
  /** It is no more. May be called more than once. */
  release(): void;
}

export interface ShardPool {
  /** A place in the worker with the fewest objects, which is started if need be. Rejects after `close`. */
  place(): Promise<Placement>;
  /** Ends all workers. */
  close(): Promise<void>;
}

interface Slot {
  shard: Shard | undefined;
  objects: number;
  /** Crashes in a row. */
  crashes: number;
  /** When it may be started again, in milliseconds of the process. */
  startsAtMs: number;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;
/** A worker that has run for so long is started anew without delay after a crash; it is told apart from one that cannot run. */
const STABLE_MS = 60_000;

/** Workers that are started when they are first needed, and anew when they crash, a little later each time. */
export function createShardPool(options: ShardPoolOptions): ShardPool {
  const logger = bindLogger(options.logger, { layer: 'call' });
  const slots = Array.from({ length: options.workers }, createSlot);
  const closing = new AbortController();
  let nextTarget = 1;

  function start(slot: Slot): Shard {
    const shard = startShard(options);
    const startedMs = performance.now();
    slot.shard = shard;
    slot.objects = 0;
    void shard.ended.then((error) => {
      slot.shard = undefined;
      if (closing.signal.aborted) return;
      const now = performance.now();
      slot.crashes = now - startedMs < STABLE_MS ? slot.crashes + 1 : 0;
      const delayMs = slot.crashes === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (slot.crashes - 1), MAX_DELAY_MS);
      slot.startsAtMs = now + delayMs;
      logger.error({ error, objects: slot.objects, delayMs }, 'a worker thread has crashed');
    });
    return shard;
  }

  /** The slot with the fewest objects of those that can be used now, or else the one that can be used first. */
  function choose(): Slot {
    const now = performance.now();
    const usable = slots.filter(({ shard, startsAtMs }) => shard || startsAtMs <= now);
    const load = ({ shard, objects }: Slot): number => (shard ? objects : 0);
    if (usable.length > 0) return usable.reduce((least, slot) => (load(slot) < load(least) ? slot : least));
    return slots.reduce((first, slot) => (slot.startsAtMs < first.startsAtMs ? slot : first));
  }

  async function place(): Promise<Placement> {
    for (;;) {
      assertOpen(closing.signal);
      const slot = choose();
      const waitMs = slot.shard ? 0 : slot.startsAtMs - performance.now();
      if (waitMs <= 0) return occupy(slot, slot.shard ?? start(slot));
      await sleep(waitMs, undefined, closing).catch(() => undefined); // `close` ends it
    }
  }

  function occupy(slot: Slot, shard: Shard): Placement {
    let released = false;
    slot.objects++;
    shard.hold(true);
    return {
      shard,
      target: nextTarget++,
      release() {
        if (released || slot.shard !== shard) return;
        released = true;
        slot.objects--;
        if (slot.objects === 0) shard.hold(false);
      },
    };
  }

  return {
    place,
    async close() {
      closing.abort();
      await Promise.all(slots.map(async ({ shard }) => shard?.terminate()));
    },
  };
}

function createSlot(): Slot {
  return { shard: undefined, objects: 0, crashes: 0, startsAtMs: 0 };
}

function assertOpen(closing: AbortSignal): void {
  if (closing.aborted) throw new CallError('ERR_CALL_CLOSED', 'This client is closed: make a new one.');
}
