import type { MessagePort } from 'node:worker_threads';
import type { Observable, Subscription } from 'rxjs';
import { match } from 'ts-pattern';
import { CallError } from '../core/errors.ts';
import { type HostMessage, type HostRequest, wake } from './host-messages.ts';
import { packAnswer, unpack } from './parcel.ts';

export interface ServeObjectsOptions {
  readonly port: MessagePort;
  /** The shared counters. */
  readonly flags: Int32Array<SharedArrayBuffer>;
  /** Makes the object that another thread asked for. */
  readonly create: (options: unknown) => Promise<object>;
}

/** The worker's end: makes objects, calls their methods, reads their properties and subscribes to their Observables. */
export function serveObjects({ port, flags, create }: ServeObjectsOptions): void {
  const objects = new Map<number, object>();
  const aborts = new Map<number, AbortController>();
  const subscriptions = new Map<number, Subscription>();

  function tell(message: HostMessage): void {
    port.postMessage(message);
  }

  function answer(id: number, value: unknown): void {
    aborts.delete(id);
    tell({ type: 'value', id, value: packAnswer(value) });
  }

  function fail(id: number, error: unknown): void {
    aborts.delete(id);
    tell({ type: 'failure', id, value: packAnswer(error) });
  }

  function member(target: number, name: string): { object: object; value: unknown } {
    const object = objects.get(target);
    if (!object) throw new CallError('ERR_CALL_CLOSED', `This call is closed: ${name} needs a new one.`);
    return { object, value: Reflect.get(object, name) };
  }

  function get({ id, target, member: name, args, waiting }: Extract<HostRequest, { type: 'get' }>): void {
    const abort = new AbortController();
    aborts.set(id, abort);
    try {
      const { object, value } = member(target, name);
      const result: unknown =
        typeof value === 'function' ? Reflect.apply(value, object, unpack(args, abort.signal) as unknown[]) : value;
      if (waiting) answer(id, result);
      else settle(id, Promise.resolve(result));
    } catch (error) {
      fail(id, error);
    }
    if (waiting) wake(flags);
  }

  function settle(id: number, result: Promise<unknown>): void {
    result.then(
      (value) => answer(id, value),
      (error: unknown) => fail(id, error),
    );
  }

  function subscribe({ id, target, member: name }: Extract<HostRequest, { type: 'subscribe' }>): void {
    const stream$ = objects.has(target) ? (member(target, name).value as Observable<unknown>) : undefined;
    if (!stream$) return tell({ type: 'complete', id });
    const subscription = stream$.subscribe({
      next: (value) => tell({ type: 'next', id, value: packAnswer(value) }),
      error: (error: unknown) => tell({ type: 'error', id, value: packAnswer(error) }),
      complete: () => tell({ type: 'complete', id }),
    });
    subscriptions.set(id, subscription);
    subscription.add(() => subscriptions.delete(id));
  }

  async function make(target: number, options: unknown): Promise<void> {
    objects.set(target, await create(unpack(options)));
  }

  port.on('message', (request: HostRequest) =>
    match(request)
      .with({ type: 'create' }, ({ id, target, options }) => settle(id, make(target, options)))
      .with({ type: 'get' }, get)
      .with({ type: 'abort' }, ({ id }) => aborts.get(id)?.abort())
      .with({ type: 'subscribe' }, subscribe)
      .with({ type: 'unsubscribe' }, ({ id }) => subscriptions.get(id)?.unsubscribe())
      .with({ type: 'release' }, ({ target }) => void objects.delete(target))
      .exhaustive(),
  );
}
