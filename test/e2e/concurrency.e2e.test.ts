import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/calls/client-events.ts';
import { type Client, type ClientOptions, createClient } from '../../src/calls/client.ts';
import type { Signaling } from '../../src/telegram/signaling.ts';
import { createConference, createFakeSource, type LoopbackConference } from '../../src/testing/index.ts';
import { LOOPBACK_TRANSPORT, sleep, until } from './stage.ts';

let conference: LoopbackConference;
let asked: string[];
let client: Client;

/** Telegram, as far as a join needs it; `before` holds its answers back. */
function signaling(before: (what: string) => Promise<unknown> = () => Promise.resolve()): Signaling {
  const ask = async <T>(what: string, answer: () => Promise<T>): Promise<T> => {
    asked.push(what);
    await before(what);
    const given = await answer();
    asked.push(`${what} done`);
    return given;
  };
  return {
    join: (chatId, payload) => ask(`join ${chatId}`, () => conference.join(payload)),
    leave: (chatId, source) => ask(`leave ${chatId}`, () => conference.leave(source)),
    joinPresentation: (chatId, payload) =>
      ask('present', () => {
        const call = client.get(chatId)!;
        if (!('ssrcs' in call)) throw new Error('an RTMP call');
        return conference.joinPresentation(call.ssrcs.audio, payload);
      }),
    leavePresentation: () => ask('leave presentation', () => Promise.resolve()),
  };
}

function open(options: ClientOptions = {}): Client {
  client = createClient({ signaling: signaling(), requireFfmpeg: false, transport: LOOPBACK_TRANSPORT, ...options });
  return client;
}

/** What became of promises: what each call is, or the code it was refused with. */
async function settle(promises: Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(promises);
  return results.map((it) => (it.status === 'fulfilled' ? it.value : (it.reason as { code: string }).code));
}

beforeEach(async () => {
  asked = [];
  conference = await createConference();
});
afterEach(async () => {
  await client.close();
  await conference.close();
});

describe.each([0, 1])('a client, with %d workers,', (workers) => {
  it('joins a chat once, whoever asks for it at the same time, and by whatever method', async () => {
    open({ workers });
    const [call, ...others] = await settle([
      client.join(1),
      client.join('1'),
      client.createCall(1n),
      client.createRtmpCall(1, 'rtmp://127.0.0.1:1/live/key'),
    ]);
    expect(others).toEqual(['ERR_CALL_EXISTS', 'ERR_CALL_EXISTS', 'ERR_CALL_EXISTS']);
    expect(client.get(1)).toBe(call);
    expect(asked).toEqual(['join 1', 'join 1 done']);
  });

  it('joins many chats at once', async () => {
    open({ workers });
    const calls = await Promise.all([1, 2, 3, 4].map((chatId) => client.join(chatId)));
    await Promise.all(calls.map((call) => call.play(createFakeSource())));
    expect(client.calls.map(({ status }) => status)).toEqual(Array(4).fill('connected'));
    await Promise.all([...calls.map((call) => call.close()), client.close()]);
    expect(asked.filter((it) => /^leave . done$/.test(it))).toHaveLength(4);
  });

  it('does not join what was called off before, and frees the chat', async () => {
    open({ workers });
    expect(await settle([client.join(1, { signal: AbortSignal.abort() })])).toEqual(['ERR_ABORTED']);
    expect(asked).toEqual([]);
    expect(client.calls).toEqual([]);
    await client.join(1);
  });

  it('leaves again when a join is called off while Telegram has not answered, and frees the chat', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
    open({ workers, signaling: signaling((what) => (what.startsWith('join') ? answered : Promise.resolve())) });
    const aborter = new AbortController();
    const joining = settle([client.join(1, { signal: aborter.signal })]);
    await until(() => asked.includes('join 1'));
    aborter.abort();
    answer(undefined);
    expect(await joining).toEqual(['ERR_ABORTED']);
    expect(asked).toEqual(['join 1', 'join 1 done', 'leave 1', 'leave 1 done']);
    expect(client.calls).toEqual([]);
    await client.join(1);
  });

  it('may be asked for anything by a handler and by a subscriber', async () => {
    open({ workers });
    const made: Promise<unknown[]>[] = [];
    client.on('connectionChange', async ({ chatId, state }) => {
      if (chatId === '1' && state === 'connecting') made.push(settle([client.createCall(1)]), settle([client.join(2)]));
      if (chatId === '2' && state === 'connected') await client.get(2)!.close();
    });
    const subscription = client.calls$.subscribe((calls) => {
      if (calls.length !== 1 || made.length > 0) return;
      made.push(settle([client.createCall('1')]), settle([client.createCall(3)]));
    });
    await client.join(1);
    await until(() => made.length === 4 && asked.includes('leave 2 done'));
    subscription.unsubscribe();
    const [first, third, again, second] = (await Promise.all(made)).flat();
    expect([first, again]).toEqual(['ERR_CALL_EXISTS', 'ERR_CALL_EXISTS']);
    expect(client.get(3)).toBe(third);
    // It was closed the moment it was connected: before or after the join was through.
    if (second !== 'ERR_CALL_CLOSED') expect(second).toMatchObject({ status: 'closed' });
  });

  it('is closed only when Telegram knows that we have left, joined or joining', async () => {
    open({ workers, signaling: signaling((what) => sleep(what.startsWith('leave') || what === 'join 2' ? 300 : 0)) });
    await client.join(1);
    const joining = settle([client.join(2)]);
    await until(() => asked.includes('join 2'));
    await client.close();
    expect(asked).toContain('leave 1 done');
    expect(asked).toContain('leave 2 done');
    expect(await joining).toEqual(['ERR_CALL_CLOSED']);
  });

  it('makes nothing any more once it is closed, whatever was under way', async () => {
    open({ workers });
    const call = await client.join(1);
    const making = settle([client.createPresentation(1), client.present(1), client.createCall(2), client.join(3)]);
    await client.close();
    for (const result of await making) expect(result).toMatch(/^ERR_CALL_/);
    expect(call.status).toBe('closed');
    expect(client.calls).toEqual([]);
    expect(client.getPresentation(1)).toBeUndefined();
  });
});

describe('client.present', () => {
  it('asks nobody when it was called off before, and leaves when it is called off meanwhile', async () => {
    open({ signaling: signaling((what) => sleep(what === 'present' ? 200 : 0)) });
    const events: ClientEvent[] = [];
    client.events$.subscribe((event) => events.push(event));
    await client.join(1);
    expect(await settle([client.present(1, { signal: AbortSignal.abort() })])).toEqual(['ERR_ABORTED']);
    expect(asked).not.toContain('present');
    const aborter = new AbortController();
    const presenting = settle([client.present(1, { signal: aborter.signal })]);
    await until(() => asked.includes('present'));
    aborter.abort();
    expect(await presenting).toEqual(['ERR_ABORTED']);
    await until(() => asked.includes('leave presentation done'));
    expect(client.getPresentation(1)).toBeUndefined();
    await client.present(1);
  });
});
