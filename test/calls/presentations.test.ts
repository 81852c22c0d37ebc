import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OwnedGroupCall } from '../../src/calls/create-group-call.ts';
import { createPresentations, type Presentations } from '../../src/calls/presentations.ts';
import type { Signaling } from '../../src/telegram/signaling.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { connectFake, openFakeCall } from './fake-call.ts';
import type { FakeTransport } from './fake-transport.ts';

let transports: FakeTransport[];
let call: OwnedGroupCall;

async function makeCall(): Promise<OwnedGroupCall> {
  const fake = await openFakeCall();
  transports.push(fake.transport);
  return fake.call;
}

beforeEach(async () => {
  transports = [];
  call = await makeCall();
  await connectFake({ call, transport: transports[0]! });
});
afterEach(() => call.close());

function openPresentations(make = makeCall): Presentations {
  return createPresentations({ callOf: () => call, make, onStep: () => undefined });
}

describe('a presentation that is over by itself', () => {
  it('has not been closed by the user', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const presentations = openPresentations();
    const late = await presentations.create('chat');
    late.connect(RTC_ANSWER).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(36_000);
    expect(late.state.connection).toEqual({ status: 'closed', reason: 'timeout' });

    const lost = await presentations.create('chat');
    await connectFake({ call: lost, transport: transports.at(-1)! });
    transports.at(-1)!.lose();
    expect(lost.state.connection).toEqual({ status: 'closed', reason: 'failed' });
    await lost.closed;
    expect(presentations.get('chat')).toBeUndefined();
  });
});

describe('a presentation that is being joined', () => {
  it('is called off at once, and left when the join is through after all', async () => {
    const answered = Promise.withResolvers<string>();
    let leaves = 0;
    const signaling: Signaling = {
      join: () => answered.promise,
      leave: () => Promise.resolve(),
      joinPresentation: () => answered.promise,
      leavePresentation: () => Promise.resolve(leaves++),
    };
    const abort = new AbortController();
    const presentations = openPresentations();
    const joining = presentations.join('chat', 'chat', signaling, abort.signal);
    const outcome = joining.catch((error: unknown) => error);
    await vi.waitFor(() => expect(presentations.get('chat')).toBeDefined());
    abort.abort();
    expect(await outcome).toMatchObject({ code: 'ERR_ABORTED' });
    expect(presentations.get('chat')).toBeUndefined();
    expect(leaves).toBe(0);
    answered.resolve(RTC_ANSWER);
    await vi.waitFor(() => expect(leaves).toBe(1));
  });
});

describe('a presentation that is being made', () => {
  it.each(['lost', 'closed'])('comes to nothing when its call is %s meanwhile', async (how) => {
    const made: OwnedGroupCall[] = [];
    const make = async (): Promise<OwnedGroupCall> => {
      const presentation = await makeCall();
      made.push(presentation);
      if (how === 'lost') transports[0]!.lose();
      else await call.close();
      return presentation;
    };
    const presentations = openPresentations(make);
    await expect(presentations.create('chat')).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    expect(made.map(({ status }) => status)).toEqual(['closed']);
    expect(presentations.get('chat')).toBeUndefined();
  });

  it('can be made again when that has failed', async () => {
    let fails = true;
    const make = (): Promise<OwnedGroupCall> => (fails ? Promise.reject(new Error('no port')) : makeCall());
    const presentations = openPresentations(make);
    await expect(presentations.create('chat')).rejects.toThrow('no port');
    fails = false;
    await presentations.create('chat');
    await presentations.close();
  });
});
