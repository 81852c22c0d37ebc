import { BehaviorSubject, concat, defer, NEVER, type Observable, switchMap, takeUntil } from 'rxjs';
import { match } from 'ts-pattern';
import { CallError, type RxcallError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { WorkerError } from '../shards/worker-error.ts';
import { createCallBase, extend } from './call-base.ts';
import { CALL_MEMBERS, type MembersHere } from './call-members.ts';
import { type CallEvent, type CallState, type CloseReason, isOver } from './call-state.ts';
import type { OwnedGroupCall, OwnedGroupCallOptions } from './create-group-call.ts';
import { followWithRejoins, type Rejoin, type RejoinHook, type RejoinOptions } from './rejoiner.ts';
import type { RemoteCall } from './remote-call.ts';
import { type CallStep, createStateStore } from './state-store.ts';

/** How long a worker has to close a call before it is ended. Sources need up to two seconds. */
const CLOSE_MS = 10_000;

export interface ShardedCallOptions extends Pick<OwnedGroupCallOptions, 'chatId' | 'rejoin'> {
  logger: Logger;
  /** Makes the call in a worker, and anew in another one after its worker has crashed. */
  create: () => Promise<RemoteCall>;
}

/**
 * A call that lives in a worker, with the members of one that lives here. Its events come over, and lead to the same states;
 * when the worker crashes, the call has failed.
 */
export async function createShardedCall(options: ShardedCallOptions): Promise<OwnedGroupCall> {
  const { chatId, rejoin, logger } = options;
  const store = createStateStore();
  const remote$ = new BehaviorSubject(await options.create());
  const base = createCallBase(chatId, store, end);
  const { closeFor, closed } = base;
  let renewing: Promise<void> | undefined;

  function follow(remote: RemoteCall): void {
    remote.stream('steps$').subscribe((step) => {
      const { event } = step as CallStep;
      store.dispatch(ownEvent(event, store.state));
      if (event.type === 'close') void closeFor(event.reason); // by itself
    });
    void remote.ended.then((error) => crashed(remote, error));
  }

  function crashed(remote: RemoteCall, error: WorkerError): void {
    if (remote !== remote$.value) return;
    if (isOver(store.state.connection)) return void closeFor('timeout');
    store.dispatch({ type: 'failed', error, rejoining: rejoin !== undefined });
    // Who waits for another connection has nothing left to wait with.
    const { opening, playback } = store.state;
    if (opening) store.dispatch({ type: 'abandon', playback: opening });
    if (playback.status !== 'playing') return;
    store.dispatch({ type: 'end', playback: playback.playback, reason: 'disconnected', error });
  }

  async function end(reason: CloseReason): Promise<undefined> {
    await closeRemote(remote$.value, reason);
    await renewing?.catch(() => undefined);
  }

  async function renew(): Promise<void> {
    const remote = remote$.value;
    assertOpen('renew');
    if (!remote.over) await remote.ask('renew', []);
    else await (renewing ??= moveElsewhere().finally(() => (renewing = undefined)));
  }

  async function moveElsewhere(): Promise<void> {
    const remote = await options.create();
    if (isOver(store.state.connection)) return closeRemote(remote, 'client');
    const { paused, held, muted } = store.state;
    for (const [order, wanted] of [
      ['pause', paused],
      ['hold', held],
      ['mute', muted],
    ] as const) {
      if (wanted) remote.order(order);
    }
    store.dispatch({ type: 'renew' });
    remote$.next(remote);
    follow(remote);
  }

  async function connect(...args: Parameters<OwnedGroupCall['connect']>): Promise<void> {
    assertOpen('connect');
    if (remote$.value.over) {
      await renew();
      throw new WorkerError(`of call ${chatId} has ended, and there is a new one: join with its joinPayload`, null);
    }
    await remote$.value.ask('connect', args);
  }

  async function ask(member: string, args: readonly unknown[]): Promise<unknown> {
    const remote = remote$.value;
    assertOpen(member, remote.over);
    return remote.ask(member, args);
  }

  function assertOpen(what: string, isGone = false): void {
    const { connection } = store.state;
    if (!isGone && !isOver(connection)) return;
    throw new CallError('ERR_CALL_CLOSED', `Call ${chatId} is ${connection.status}: ${what} needs a new call.`);
  }

  /** Nobody brings the connection back any more. */
  async function giveUp(error: RxcallError): Promise<void> {
    const remote = remote$.value;
    if (remote.over) store.dispatch({ type: 'failed', error });
    else await remote.ask('giveUp', [error]).catch(() => undefined); // its worker has ended
  }

  function stream(member: string): Observable<unknown> {
    return remote$.pipe(
      switchMap((remote) => concat(remote.stream(member), NEVER)),
      takeUntil(defer(() => closed)),
    );
  }

  function elsewhere(): PropertyDescriptorMap {
    const members: PropertyDescriptorMap = {};
    for (const [name, kind] of Object.entries(CALL_MEMBERS)) {
      if (kind === 'here') continue;
      const read = (): unknown => remote$.value.read(name);
      const descriptor = match(kind)
        .returnType<PropertyDescriptor>()
        .with('read', () => ({ get: read }))
        .with('query', () => ({ value: read }))
        .with('order', () => ({ value: () => remote$.value.order(name) }))
        .with('ask', () => ({ value: (...args: unknown[]) => ask(name, args) }))
        .with('stream', () => ({ value: stream(name) }))
        .exhaustive();
      members[name] = { ...descriptor, enumerable: true };
    }
    return members;
  }

  const here: MembersHere = extend(base, { connect, renew, giveUp });
  const call = Object.defineProperties(here, elsewhere()) as OwnedGroupCall;

  /** The payload of a call whose worker has ended is good for nothing. */
  async function rejoinWith({ hook }: RejoinOptions, request: Rejoin): Promise<string | undefined> {
    if (!remote$.value.over) return hook(request);
    await renew();
    return hook({ ...request, joinPayload: call.joinPayload });
  }

  follow(remote$.value);
  if (typeof rejoin === 'object') {
    const hook: RejoinHook = (request) => rejoinWith(rejoin, request);
    followWithRejoins({ ...rejoin, hook, call, logger });
  }
  return call;
}

/** Closes a call in its worker, which is ended if that takes too long. */
async function closeRemote(remote: RemoteCall, reason: CloseReason): Promise<void> {
  if (!remote.over) {
    const deadline = setTimeout(() => void remote.terminate(), CLOSE_MS);
    await remote.ask('closeFor', [reason]).catch(() => undefined); // its worker has ended
    clearTimeout(deadline);
  }
  await remote.release();
}

/** An event that has come over means the playback that is known here, and not a copy of it. */
function ownEvent(event: CallEvent, { opening, playback }: CallState): CallEvent {
  if (!('playback' in event)) return event;
  const known = [opening, playback.status === 'idle' ? undefined : playback.playback];
  const own = known.find((it) => it?.id === event.playback.id);
  return own ? { ...event, playback: own } : event;
}
