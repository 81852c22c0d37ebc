import type { Observable } from 'rxjs';
import type { Logger } from '../core/logger.ts';
import { childrenEnded } from '../ffmpeg/child-registry.ts';
import { packParcel, type Parcel } from '../shards/parcel.ts';
import type { Placement, ShardPool } from '../shards/shard-pool.ts';
import type { WorkerError } from '../shards/worker-error.ts';
import { CALL_MEMBERS } from './call-members.ts';

/** A call that lives in a worker: its members, by name. */
export interface RemoteCall {
  /** Its worker is no more, or it was let go of. */
  readonly over: boolean;
  /** Resolves when its worker has ended, with why. */
  readonly ended: Promise<WorkerError>;
  /** The value of a member, or of the method that it is: the last known one when the call is over. */
  read(member: string): unknown;
  /** Calls a method, here and now; false when the call is over. */
  order(member: string): unknown;
  /** Calls a method. Sources among its arguments are there until another one has taken their place. */
  ask(member: string, args: readonly unknown[]): Promise<unknown>;
  stream(member: string): Observable<unknown>;
  /** Ends its worker, and with it all calls there. */
  terminate(): Promise<void>;
  /** Lets go of it, once all that may still be asked of it was read; resolves when processes for it are gone here, too. */
  release(): Promise<void>;
}

const READS = Object.entries(CALL_MEMBERS).flatMap(([name, kind]) =>
  kind === 'read' || kind === 'query' ? [name] : [],
);

/** Makes a call in the worker that has the fewest. */
export async function createRemoteCall(pool: ShardPool, options: unknown, logger: Logger): Promise<RemoteCall> {
  const placement = await pool.place();
  const { shard, target } = placement;
  const { host } = shard;
  const last = new Map<string, unknown>();
  /** Those that hold sources which are served from here, the oldest first. */
  const parcels = new Set<Parcel>();
  /** Of the processes that are started here for such sources. */
  const owner = {};
  let over = false;
  let releasing: Promise<void> | undefined;

  async function readAll(): Promise<void> {
    await Promise.all(READS.map(async (member) => last.set(member, await host.get(target, member))));
  }

  function letGo(): void {
    over = true;
    parcels.forEach(dispose);
    host.release(target);
    placement.release();
  }

  function dispose(parcel: Parcel): void {
    parcels.delete(parcel);
    parcel.dispose();
  }

  async function release(): Promise<void> {
    if (!over) await readAll().catch(() => undefined);
    letGo();
    await childrenEnded(owner);
  }

  /** Throws when the worker ends meanwhile, which is then told elsewhere. */
  function now(member: string): unknown {
    return host.getNow(target, member);
  }

  await makeCall(placement, options);
  void shard.ended.then(letGo);
  await readAll();

  return {
    get over() {
      return over;
    },
    read(member) {
      if (over) return last.get(member);
      try {
        last.set(member, now(member));
      } catch {
        // the last value then
      }
      return last.get(member);
    },
    order(member) {
      if (over) return false;
      try {
        return now(member);
      } catch {
        return false;
      }
    },
    async ask(member, args) {
      const parcel = packParcel(args, { logger, owner });
      if (!parcel.hasSource) return host.get(target, member, parcel);
      const formers = [...parcels];
      parcels.add(parcel);
      try {
        const value = await host.get(target, member, parcel);
        formers.forEach(dispose); // they can be returned to no more
        return value;
      } catch (error) {
        dispose(parcel);
        throw error;
      }
    },
    stream: (member) => host.stream(target, member),
    ended: shard.ended,
    terminate: () => shard.terminate(),
    release: () => (releasing ??= release()),
  };
}

async function makeCall({ shard, target, release }: Placement, options: unknown): Promise<void> {
  try {
    await shard.host.create(target, options);
  } catch (error) {
    release();
    throw error;
  }
}
