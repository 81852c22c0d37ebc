import { BehaviorSubject, type Observable } from 'rxjs';
import { CallError } from '../core/errors.ts';
import type { OwnedCall } from './call.ts';
import { isOpen } from './call-state.ts';

export interface CallRegistryOptions<C> {
  /** What is said of a chat that has a call already. */
  taken: (chatId: string) => string;
  /** There is another call. */
  onAdd?: ((call: C) => void) | undefined;
}

/** Calls, one a chat. */
export interface CallRegistry<C extends OwnedCall> {
  get(chatId: string): C | undefined;
  /** Those that are open; replays. Completes after `close`. */
  readonly calls$: Observable<readonly C[]>;
  readonly calls: readonly C[];
  /**
   * Makes the call of a chat, in the place of one that has failed; `prepare` comes before that one is closed. The first wins,
   * and nothing is made for the others: rejects with `ERR_CALL_EXISTS`, or with `ERR_CALL_CLOSED` after `close`.
   */
  create<D extends C>(chatId: string, make: () => Promise<D>, prepare?: () => Promise<unknown>): Promise<D>;
  /** Closes every call, those that are being made too. Idempotent. */
  close(): Promise<void>;
}

export function createCallRegistry<C extends OwnedCall>(options: CallRegistryOptions<C>): CallRegistry<C> {
  const { taken, onAdd } = options;
  const calls = new Map<string, C>();
  const creating = new Map<string, Promise<unknown>>();
  const calls$ = new BehaviorSubject<readonly C[]>([]);
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new CallError('ERR_CALL_CLOSED', 'This client is closed: make a new one.');
  }

  async function createFirst<D extends C>(
    chatId: string,
    make: () => Promise<D>,
    prepare: (() => Promise<unknown>) | undefined,
  ): Promise<D> {
    await prepare?.();
    await calls.get(chatId)?.closeFor('client');
    assertOpen();
    const call = await make().catch((error: unknown) => {
      assertOpen(); // or else it was called off by that
      throw error;
    });
    if (closed) await call.closeFor('client');
    assertOpen();
    add(call);
    return call;
  }

  function add(call: C): void {
    calls.set(call.chatId, call);
    onAdd?.(call);
    calls$.next([...calls.values()]);
    void call.closed.then(() => {
      if (calls.get(call.chatId) !== call) return;
      calls.delete(call.chatId);
      calls$.next([...calls.values()]);
    });
  }

  return {
    get: (chatId) => calls.get(chatId),
    calls$: calls$.asObservable(),
    get calls() {
      return calls$.value;
    },
    async create(chatId, make, prepare) {
      assertOpen();
      const present = calls.get(chatId);
      if (creating.has(chatId) || (present && isOpen(present.state.connection))) {
        throw new CallError('ERR_CALL_EXISTS', taken(chatId));
      }
      const created = createFirst(chatId, make, prepare).finally(() => creating.delete(chatId));
      creating.set(chatId, created);
      return created;
    },
    async close() {
      closed = true;
      await Promise.all([...calls.values()].map((call) => call.closeFor('client')));
      await Promise.allSettled(creating.values());
      calls$.complete();
    },
  };
}
