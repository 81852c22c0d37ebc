import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { BehaviorSubject, lastValueFrom, map, Subject, throwError, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { AbortedError, CallError, OptionError } from '../../src/core/errors.ts';
import { ANSWERED, type HostMessage } from '../../src/shards/host-messages.ts';
import { packParcel } from '../../src/shards/parcel.ts';
import { createRemoteHost, type RemoteHost } from '../../src/shards/remote-host.ts';
import { serveObjects } from '../../src/shards/serve-objects.ts';

/** An object of every kind of member. */
function createThing(options: unknown) {
  const numbers$ = new Subject<number>();
  return {
    options,
    numbers$,
    failing$: throwError(() => new OptionError('a', 1, 'b')),
    twice: (n: number) => n * 2,
    later: (text: string) => Promise.resolve(text.toUpperCase()),
    refuse: () => Promise.reject(new CallError('ERR_CALL_STATE', 'Not now.')),
    blunder: () => {
      throw new OptionError('n', 3, 'a number');
    },
    waitFor: (signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new AbortedError('waitFor')))),
  };
}

/** Both ends, here in one thread: all but who stands still for an answer can be seen like this. */
function bothEnds() {
  const { port1, port2 } = new MessageChannel();
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const things: ReturnType<typeof createThing>[] = [];
  serveObjects({
    port: port2,
    flags,
    create(options) {
      if (options === 'no') return Promise.reject(new CallError('ERR_CALL_STATE', 'No more.'));
      const thing = createThing(options);
      things.push(thing);
      return Promise.resolve(thing);
    },
  });
  const host = createRemoteHost({
    port: port1,
    flags,
    onNotice: () => undefined,
    onStuck: () => undefined,
    endedError: () => new Error('ended'),
  });
  ends.push(() => host.end(new Error('over')));
  return { host, things, port1, flags };
}

const ends: (() => void)[] = [];
const call = (host: RemoteHost, member: string, ...args: unknown[]): Promise<unknown> =>
  host.get(1, member, packParcel(args));

describe('serveObjects, asked by createRemoteHost', () => {
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  it('makes objects, reads their properties and calls their methods', async () => {
    const { host } = bothEnds();
    await host.create(1, { name: 'first' });
    await host.create(2, { name: 'second' });
    expect(await host.get(1, 'options')).toEqual({ name: 'first' });
    expect(await host.get(2, 'options')).toEqual({ name: 'second' });
    expect(await call(host, 'twice', 21)).toBe(42);
    expect(await call(host, 'later', 'so')).toBe('SO');
  });

  it('gives errors back as what they were', async () => {
    const { host } = bothEnds();
    await expect(host.create(1, 'no')).rejects.toThrow(new CallError('ERR_CALL_STATE', 'No more.'));
    await host.create(1, {});
    await expect(call(host, 'refuse')).rejects.toBeInstanceOf(CallError);
    await expect(call(host, 'blunder')).rejects.toBeInstanceOf(OptionError);
    await expect(lastValueFrom(host.stream(1, 'failing$'))).rejects.toBeInstanceOf(OptionError);
  });

  it('aborts what was asked for', async () => {
    const { host } = bothEnds();
    await host.create(1, {});
    const abort = new AbortController();
    const waiting = call(host, 'waitFor', abort.signal);
    const reason = new Error('changed my mind');
    abort.abort(reason);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason });
  });

  it('passes on what its Observables say, as long as somebody listens', async () => {
    const { host, things } = bothEnds();
    await host.create(1, {});
    const { numbers$ } = things[0]!;
    const all = lastValueFrom(host.stream(1, 'numbers$').pipe(toArray()));
    const other = host.stream(1, 'numbers$').subscribe();
    await call(host, 'twice', 0); // what was asked before has arrived
    expect(numbers$.observed).toBe(true);
    numbers$.next(1);
    other.unsubscribe();
    await call(host, 'twice', 0);
    numbers$.next(2);
    numbers$.complete();
    expect(await all).toEqual([1, 2]);
    const left = host.stream(1, 'numbers$').subscribe();
    left.unsubscribe();
    await call(host, 'twice', 0);
    expect(numbers$.observed).toBe(false);
  });

  it('answers who stands still at once, and wakes him', async () => {
    const { host, things, port1, flags } = bothEnds();
    await host.create(1, {});
    const state$ = new BehaviorSubject('before');
    const change = (): string => {
      state$.next('after');
      return 'changed';
    };
    Object.assign(things[0]!, { state$, change });
    const told: unknown[] = [];
    host.stream(1, 'state$').subscribe((state) => told.push(state));
    await call(host, 'twice', 0);
    const answers = messagesOf(port1, 2);
    port1.postMessage({ type: 'get', id: 900, target: 1, member: 'change', args: [], waiting: true });
    expect(await answers).toMatchObject([{ type: 'next' }, { type: 'value', id: 900, value: 'changed' }]);
    expect(told).toEqual(['before', 'after']); // all that came of it is told before the answer
    expect(Atomics.load(flags, ANSWERED)).toBe(1);
    port1.postMessage({ type: 'get', id: 901, target: 1, member: 'blunder', args: [], waiting: true });
    expect(await messagesOf(port1, 1)).toMatchObject([{ type: 'failure', id: 901 }]);
    expect(Atomics.load(flags, ANSWERED)).toBe(2);
  });

  it('says of what has been let go of that it is closed', async () => {
    const { host } = bothEnds();
    await host.create(1, {});
    host.release(1);
    await expect(call(host, 'twice', 1)).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    expect(await lastValueFrom(host.stream(1, 'numbers$').pipe(toArray()))).toEqual([]);
  });

  it('fails what is unanswered, and ends what is listened to, when the other end has gone', async () => {
    const { host } = bothEnds();
    await host.create(1, {});
    const waiting = call(host, 'waitFor', new AbortController().signal);
    const numbers = lastValueFrom(host.stream(1, 'numbers$').pipe(map(String), toArray()));
    host.end(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(await numbers).toEqual([]);
    await expect(call(host, 'twice', 1)).rejects.toThrow('gone');
    expect(() => host.getNow(1, 'options')).toThrow('gone');
    expect(await lastValueFrom(host.stream(1, 'numbers$').pipe(toArray()))).toEqual([]);
  });
});

/** The next messages that arrive at a port. */
function messagesOf(port: MessagePort, count: number): Promise<HostMessage[]> {
  return new Promise((resolve) => {
    const messages: HostMessage[] = [];
    port.on('message', function take(message: HostMessage) {
      messages.push(message);
      if (messages.length < count) return;
      port.off('message', take);
      resolve(messages);
    });
  });
}
