import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import { createConference, createFakeSource } from '../../src/testing/index.ts';
import type { Signaling } from '../../src/telegram/signaling.ts';
import { LOOPBACK_TRANSPORT, until } from './stage.ts';

/** A conference, and a signaling of two functions in front of it. */
async function openConference() {
  const conference = await createConference();
  const left: number[] = [];
  const signaling: Signaling = {
    join: (_, payload) => conference.join(payload),
    async leave(_, source) {
      left.push(source);
      await conference.leave(source);
    },
  };
  return { conference, left, signaling };
}

describe('client.join', () => {
  it('joins, plays, and leaves when the call closes', async () => {
    const { conference, left, signaling } = await openConference();
    const client = createClient({ signaling, requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const call = await client.join(-1001234567890n);
    expect(client.get('-1001234567890')).toBe(call);
    await call.play(createFakeSource());
    await until(() => conference.participants[0]!.measure().packets > 20);
    const source = call.ssrcs.audio;
    await call.close();
    await until(() => left.length > 0);
    expect(left).toEqual([source]);
    expect(call.state.connection).toEqual({ status: 'closed', reason: 'user' });
    await client.close();
    await conference.close();
  });

  it('joins again when it was thrown out, as the same participant, and plays on where it was', async () => {
    const { conference, signaling } = await openConference();
    const client = createClient({ signaling, requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const states: string[] = [];
    client.on('connectionChange', ({ state }) => void states.push(state));
    const call = await client.join(4242, { rejoin: { delayMs: () => 10 } });
    await call.play(createFakeSource());
    const first = call.ssrcs.audio;
    await until(() => call.positionMs > 500);
    await conference.participants[0]!.leave();
    await until(() => conference.participants.length === 2 && conference.participants[1]!.measure().packets > 20);
    expect(call.ssrcs.audio).toBe(first);
    expect(call.state).toMatchObject({ connection: { status: 'connected' }, playback: { status: 'playing' } });
    expect(call.positionMs).toBeGreaterThan(500);
    expect(call.positionMs).toBeLessThan(5000);
    expect(conference.participants[1]!.measure().lost).toBe(0);
    await client.close();
    await until(() => states.at(-1) === 'closed');
    expect(states.slice(0, 3)).toEqual(['connecting', 'connected', 'failed']);
    await conference.close();
  });

  it('rejects, and keeps no call, when Telegram refuses', async () => {
    const signaling: Signaling = {
      join: () => Promise.reject(new Error('GROUPCALL_FORBIDDEN')),
      leave: () => Promise.resolve(),
    };
    const client = createClient({ signaling, requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    await expect(client.join(1)).rejects.toThrow('GROUPCALL_FORBIDDEN');
    expect(client.calls).toEqual([]);
    await client.close();
  });

  it('refuses a policy that is none', async () => {
    const { conference, signaling } = await openConference();
    const client = createClient({ signaling, requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const rejoin = { delayMs: 10 } as unknown as { delayMs: () => number };
    await expect(client.join(1, { rejoin })).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'rejoin.delayMs' });
    expect(client.calls).toEqual([]);
    await client.close();
    await conference.close();
  });

  it('says what is missing without signaling', async () => {
    const client = createClient({ requireFfmpeg: false });
    await expect(client.join(1)).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'options.signaling' });
    await client.close();
  });
});

describe('createClient', () => {
  it('gives a chat one call at a time, however its id is written', async () => {
    const client = createClient({ requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const results = await Promise.allSettled([
      client.createCall(-1001),
      client.createCall('-1001'),
      client.createCall(-1001n),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { code: 'ERR_CALL_EXISTS' } });
    await client.get(-1001)!.close();
    expect(client.get(-1001)).toBeUndefined();
    await expect(client.createCall(-1001)).resolves.toBeDefined();
    await client.close();
    await client.close();
    await expect(client.createCall(-1002)).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
  });

  it('lets calls share a socket, but never towards one address of a server', async () => {
    const conferences = [await createConference(), await createConference()];
    const client = createClient({ requireFfmpeg: false, sharedUdp: true, transport: LOOPBACK_TRANSPORT });
    const ports: (string | undefined)[] = [];
    for (const [index, conference] of conferences.entries()) {
      const call = await client.createCall(index + 1);
      await call.connect(await conference.join(call.joinPayload));
      await call.play(createFakeSource());
      ports.push(call.getStats().transport.selectedPair?.local);
    }
    expect(ports[0]).toBe(ports[1]); // each conference has a port of its own
    await until(() => conferences.every(({ participants }) => participants[0]!.measure().packets > 20));
    await client.close();
    await Promise.all(conferences.map((conference) => conference.close()));
  });

  it('may be closed, and its calls, from inside a handler', async () => {
    const conference = await createConference();
    const client = createClient({ requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const told: string[] = [];
    client.on('connectionChange', async ({ state }) => {
      told.push(state);
      if (state === 'connected') await client.close();
    });
    const call = await client.createCall(7);
    await call.connect(await conference.join(call.joinPayload));
    await call.closed;
    await until(() => told.length === 3);
    expect(told).toEqual(['connecting', 'connected', 'closed']);
    await conference.close();
  });

  it('refuses to start without ffmpeg unless told that it is not needed', async () => {
    const client = createClient({ ffmpegPath: '/nowhere/ffmpeg' });
    await expect(client.createCall(1)).rejects.toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    await client.close();
  });
});
