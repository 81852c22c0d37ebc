import { EMPTY, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OwnedGroupCall, OwnedGroupCallOptions } from '../../src/calls/create-group-call.ts';
import type { RemoteCall } from '../../src/calls/remote-call.ts';
import { createShardedCall } from '../../src/calls/sharded-call.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { WorkerError } from '../../src/shards/worker-error.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { connectFake, type FakeCall, openFakeCall } from './fake-call.ts';

/** A call that is in this thread after all, and a worker that ends when the test says so. */
interface Worker extends FakeCall {
  crash(): void;
}

let workers: Worker[];
let call: OwnedGroupCall;

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function createRemote(rejoin: OwnedGroupCallOptions['rejoin']): Promise<RemoteCall> {
  const fake = await openFakeCall({ rejoin: rejoin && 'elsewhere' });
  const inWorker = fake.call;
  const { promise: ended, resolve } = Promise.withResolvers<WorkerError>();
  let over = false;
  const crash = (): void => {
    over = true;
    resolve(new WorkerError('has ended', 1));
  };
  const get = (member: string): unknown => Reflect.get(inWorker, member) as unknown;
  const invoke = (member: string, args: readonly unknown[]): unknown => {
    const value = get(member);
    return typeof value === 'function' ? Reflect.apply(value, inWorker, args) : value;
  };
  workers.push({ ...fake, crash });
  return {
    get over() {
      return over;
    },
    ended,
    read: (member) => invoke(member, []),
    order: (member) => !over && invoke(member, []),
    ask: async (member, args) => Promise.race([invoke(member, args), ended.then((error) => Promise.reject(error))]),
    stream: (member) => (over ? EMPTY : (get(member) as Observable<unknown>)),
    terminate() {
      crash();
      return Promise.resolve();
    },
    release: () => Promise.resolve(void (over = true)),
  };
}

async function open(rejoin?: OwnedGroupCallOptions['rejoin']): Promise<void> {
  call = await createShardedCall({
    chatId: 'chat',
    rejoin,
    logger: silentLogger,
    create: () => createRemote(rejoin),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
});
afterEach(async () => {
  await call.close();
  await Promise.all(workers.map((worker) => worker.call.close()));
  vi.useRealTimers();
});

describe('a call in a worker that has closed by itself', () => {
  it('does not come back by another answer or payload', async () => {
    await open();
    call.connect(RTC_ANSWER).catch(() => undefined);
    await pass(36_000);
    await call.closed;
    expect(call.state.connection).toEqual({ status: 'closed', reason: 'timeout' });
    await expect(call.renew()).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    await expect(call.connect(RTC_ANSWER)).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    expect(workers).toHaveLength(1);
  });

  it('says so even if its worker ends before it could', async () => {
    await open();
    call.connect(RTC_ANSWER).catch(() => undefined);
    const { crash } = workers[0]!;
    call.state$.subscribe(({ connection }) => connection.status === 'closed' && crash());
    await pass(36_000);
    await call.closed;
  });
});

describe('a call in a worker that nobody joins again any more', () => {
  it('plays nothing, and says so', async () => {
    await open({ hook: () => Promise.resolve(undefined), policy: { delayMs: () => 0 } });
    await connectFake({ call, transport: workers[0]!.transport });
    workers[0]!.transport.lose();
    await pass(100);
    expect(call.state.connection).toMatchObject({ status: 'failed', rejoining: false });
    const playing = call.play(createFakeSource());
    playing.catch(() => undefined);
    await pass(100);
    await expect(playing).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    expect(workers[0]!.call.playback.status).toBe('idle');
  });
});

describe('a call that moves to another worker', () => {
  it('is closed when it is gone from there, too', async () => {
    await open();
    workers[0]!.crash();
    await pass(0);
    const renewed = call.renew();
    renewed.catch(() => undefined);
    await call.close();
    expect(workers.map((worker) => worker.call.status)).toEqual(['new', 'closed']);
  });
});
