import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Observable, type Subscriber } from 'rxjs';
import { AbortedError } from '../core/errors.ts';
import { ANSWERED, ENDED, type HostMessage, type HostNotice, type HostRequest } from './host-messages.ts';
import { packAnswer, type Parcel, unpack } from './parcel.ts';

/** How long one stands still for a worker before it is given up. It sends no packets meanwhile either. */
const STUCK_MS = 10_000;

/** The objects that live in one worker, seen from outside. `target` numbers them. */
export interface RemoteHost {
  create(target: number, options: unknown): Promise<void>;
  get(target: number, member: string, parcel?: Parcel): Promise<unknown>;
  /**
   * The same, here and now: this thread stands still meanwhile, usually for some tens of microseconds. All that the worker
   * told before its answer is told before this returns, as if the object were here. Throws when the worker ends meanwhile.
   */
  getNow(target: number, member: string): unknown;
  stream(target: number, member: string): Observable<unknown>;
  release(target: number): void;
  /** The worker has ended: tells what it said last, fails what is unanswered, and whatever is asked from now on. */
  end(error: Error): void;
}

export interface RemoteHostOptions {
  readonly port: MessagePort;
  readonly flags: Int32Array<SharedArrayBuffer>;
  readonly onNotice: (notice: HostNotice) => void;
  /** The worker does not answer. */
  readonly onStuck: () => void;
  /** What is thrown to who waits for an answer when the worker has ended. */
  readonly endedError: () => Error;
}

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function createRemoteHost(options: RemoteHostOptions): RemoteHost {
  const { port, flags, onNotice, onStuck, endedError } = options;
  const waiters = new Map<number, Waiter>();
  const subscribers = new Map<number, Subscriber<unknown>>();
  let nextId = 1;
  let ended: Error | undefined;

  function post(request: HostRequest, parcel?: Parcel): void {
    port.postMessage(request, [...(parcel?.transfer ?? [])]);
  }

  function receive(message: HostMessage): void {
    if (message.type === 'log' || message.type === 'ffmpeg') return onNotice(message);
    const { type, id } = message;
    const value = unpack(message.value);
    if (type === 'next') return subscribers.get(id)?.next(value);
    if (type === 'error') return subscribers.get(id)?.error(value);
    if (type === 'complete') return subscribers.get(id)?.complete();
    const waiter = waiters.get(id);
    waiters.delete(id);
    if (type === 'value') waiter?.resolve(value);
    else waiter?.reject(value as Error);
  }

  /** Takes in what has arrived, without waiting for a turn of the event loop. */
  function drain(until: () => boolean = () => false): void {
    while (!until()) {
      const received = receiveMessageOnPort(port);
      if (!received) return;
      receive(received.message as HostMessage);
    }
  }

  function ask(request: (id: number) => HostRequest, parcel?: Parcel): Promise<unknown> {
    if (ended) return Promise.reject(ended);
    const id = nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiters.set(id, { resolve, reject });
    post(request(id), parcel);
    const signal = parcel?.signal;
    if (!signal) return promise;
    const abort = (): void => post({ type: 'abort', id });
    signal.addEventListener('abort', abort, { once: true });
    return promise
      .catch((error: unknown) => {
        // The reason has not travelled.
        if (error instanceof AbortedError && signal.aborted) error.cause = signal.reason;
        throw error;
      })
      .finally(() => signal.removeEventListener('abort', abort));
  }

  function waitFor(answered: () => boolean): void {
    const deadline = performance.now() + STUCK_MS;
    for (;;) {
      const seen = Atomics.load(flags, ANSWERED);
      drain(answered);
      if (answered()) return;
      if (ended || Atomics.load(flags, ENDED) === 1) throw ended ?? endedError();
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0 || Atomics.wait(flags, ANSWERED, seen, remainingMs) === 'timed-out') {
        onStuck();
        throw ended ?? endedError();
      }
    }
  }

  port.on('message', receive);

  return {
    async create(target, created) {
      await ask((id) => ({ type: 'create', id, target, options: packAnswer(created) }));
    },
    get: (target, member, parcel) =>
      ask((id) => ({ type: 'get', id, target, member, args: parcel?.content ?? [], waiting: false }), parcel),
    getNow(target, member) {
      if (ended) throw ended;
      const id = nextId++;
      const answer: { value?: unknown; error?: Error } = {};
      waiters.set(id, { resolve: (value) => (answer.value = value), reject: (error) => (answer.error = error) });
      post({ type: 'get', id, target, member, args: [], waiting: true });
      waitFor(() => !waiters.has(id));
      if (answer.error) throw answer.error;
      return answer.value;
    },
    stream: (target, member) =>
      new Observable((subscriber) => {
        if (ended) return subscriber.complete();
        const id = nextId++;
        subscribers.set(id, subscriber);
        post({ type: 'subscribe', id, target, member });
        return () => {
          subscribers.delete(id);
          post({ type: 'unsubscribe', id });
        };
      }),
    release: (target) => post({ type: 'release', target }),
    end(error) {
      drain();
      ended = error;
      for (const { reject } of [...waiters.values()]) reject(error);
      waiters.clear();
      for (const subscriber of [...subscribers.values()]) subscriber.complete();
      port.close();
    },
  };
}
