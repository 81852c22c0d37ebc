import type { Observable } from 'rxjs';
import type { CloseReason } from './call-state.ts';
import type { GroupCall } from './group-call.ts';
import { playbackEvents } from './playback-events.ts';
import type { CallStep, StateStore } from './state-store.ts';

type Told = 'state' | 'status' | 'playback' | 'paused' | 'held' | 'muted' | 'state$' | 'playback$';

/** What every call has, whatever carries it and wherever it is: what its state tells, and its end. */
export interface CallBase extends AsyncDisposable, Pick<GroupCall, 'chatId' | Told | 'close' | 'closed'> {
  readonly steps$: Observable<CallStep>;
  closeFor(reason: CloseReason): Promise<void>;
}

/** @param end Ends all that the call consists of; called once, when its state has said so. */
export function createCallBase(
  chatId: string,
  store: StateStore,
  end: (reason: CloseReason) => Promise<undefined>,
): CallBase {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  let closing = false;

  function closeFor(reason: CloseReason): Promise<void> {
    if (!closing) {
      closing = true;
      store.dispatch({ type: 'close', reason });
      resolve(end(reason));
    }
    return closed;
  }

  return {
    chatId,
    get state() {
      return store.state;
    },
    get status() {
      return store.state.connection.status;
    },
    get playback() {
      return store.state.playback;
    },
    get paused() {
      return store.state.paused;
    },
    get held() {
      return store.state.held;
    },
    get muted() {
      return store.state.muted;
    },
    state$: store.state$,
    steps$: store.steps$,
    playback$: playbackEvents(store.steps$),
    close: () => closeFor('user'),
    closeFor,
    closed,
    [Symbol.asyncDispose]: () => closeFor('user'),
  };
}

/** Adds members to a call, with their getters; those that it has give way. */
export function extend<Base extends object, More extends object>(
  base: Base,
  more: More,
): Omit<Base, keyof More> & More {
  const extended: object = Object.defineProperties(base, Object.getOwnPropertyDescriptors(more));
  return extended as Omit<Base, keyof More> & More;
}
