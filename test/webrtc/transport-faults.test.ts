import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { decodeStun, encodeStun } from '../../src/webrtc/ice/stun-message.ts';
import type { Impairment } from '../../src/webrtc/transport-options.ts';
import {
  connectPair,
  createPair,
  LOOPBACK,
  parametersOf,
  reached,
  recordStates,
  seededRandom,
  type TransportPair,
} from './transport-pair.ts';

const RECEIVER_REPORT = Buffer.from('80c9000100000007', 'hex');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Something gets through. One report may be lost in a flood. */
async function hearsAReport({ us, them }: TransportPair): Promise<void> {
  let heard = false;
  us.onRtcp = () => (heard = true);
  await expect
    .poll(() => {
      them.sendRtcp(RECEIVER_REPORT);
      return heard;
    })
    .toBe(true);
}

describe('a transport', () => {
  it('connects though 30 % of all datagrams are lost, and the rest delayed', async () => {
    const attempts = Array.from({ length: 20 }, async (_, i) => {
      const random = seededRandom(1000 + i);
      const impair = { lossRate: 0.3, delayMs: 10, jitterMs: 30, direction: 'send', random } as const;
      await using pair = await createPair({ impair }, { impair });
      await connectPair(pair);
      return pair.us.getStats().srtpProfile;
    });
    expect(await Promise.all(attempts)).toEqual(Array.from({ length: 20 }, () => 'AEAD_AES_128_GCM'));
  });

  it('recovers from a blackout', async () => {
    const iceTimings = { preCheckDelayMs: 0, disconnectedAfterMs: 400, failedAfterMs: 20_000, consentMs: 100 };
    const impair: Impairment = {};
    await using pair = await createPair({ iceTimings, impair }, { iceTimings });
    await connectPair(pair);
    const states = recordStates(pair.us);
    impair.lossRate = 1;
    await reached(pair.us, 'disconnected');
    await reached(pair.them, 'disconnected');
    impair.lossRate = 0;
    await reached(pair.us, 'connected');
    await reached(pair.them, 'connected');
    expect(states).toEqual(['connected', 'disconnected', 'connected']);
    await hearsAReport(pair);
  });

  it('has failed when the path does not come back, and lets go of everything', async () => {
    const iceTimings = { preCheckDelayMs: 0, disconnectedAfterMs: 200, failedAfterMs: 200, consentMs: 100 };
    const impair: Impairment = {};
    await using pair = await createPair({ iceTimings, impair });
    await connectPair(pair);
    const states = recordStates(pair.us);
    impair.lossRate = 1;
    await reached(pair.us, 'failed');
    expect(states).toEqual(['connected', 'disconnected', 'failed']);
    const { port } = pair.us.localParameters.candidates[0]!;
    const another = await createTransport({ ...LOOPBACK, portRange: [port, port] });
    await another.close();
  });

  it('does not care about 10,000 datagrams of garbage, while connecting and afterwards', async () => {
    await using pair = await createPair({}, { iceBehavior: { registerAfterMs: 300 } });
    const socket = createSocket('udp4');
    const { port } = pair.us.localParameters.candidates[0]!;
    const throwGarbage = async () => {
      for (let i = 0; i < 5000; i++) {
        const garbage = randomBytes(1 + (i % 300));
        // Every kind the first byte can announce, with and without a plausible header.
        if (i % 4 === 1) garbage.set([22, 0xfe, 0xfd].slice(0, garbage.length));
        if (i % 4 === 2) garbage.set([0x80, 111].slice(0, garbage.length));
        if (i % 4 === 3) garbage.set([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42].slice(0, garbage.length));
        socket.send(garbage, port, '127.0.0.1');
        if (i % 100 === 0) await sleep(1);
      }
    };
    await Promise.all([connectPair(pair), throwGarbage()]);
    const states = recordStates(pair.us);
    await throwGarbage();
    await hearsAReport(pair);
    expect(states).toEqual(['connected']);
    expect(pair.us.getStats().packetsRejected).toBe(0);
    socket.close();
  });

  it('loses the traffic it is told to lose, and no other', async () => {
    const impair: Impairment = {};
    await using pair = await createPair({ impair });
    await connectPair(pair);
    const received: number[] = [];
    pair.us.onRtcp = () => received.push(1);
    Object.assign(impair, { lossRate: 1, traffic: 'media', direction: 'receive' });
    pair.them.sendRtcp(RECEIVER_REPORT);
    await sleep(50);
    expect(received).toEqual([]);
    Object.assign(impair, { direction: 'send' });
    pair.them.sendRtcp(RECEIVER_REPORT);
    await expect.poll(() => received).toEqual([1]);
    Object.assign(impair, { lossRate: 0, delayMs: 100, direction: 'both' });
    const sentMs = performance.now();
    pair.them.sendRtcp(RECEIVER_REPORT);
    await expect.poll(() => received).toEqual([1, 1]);
    expect(performance.now() - sentMs).toBeGreaterThan(90);
  });
});

describe('closing a transport', () => {
  it.each([
    ['before it connects', 0],
    ['while it looks for a path', 1],
    ['in the middle of the handshake', 2],
    ['once it is connected', 3],
  ])('%s leaves no socket and no timer', async (_name, phase) => {
    const before = resources();
    const impair: Impairment = phase === 2 ? { traffic: 'dtls', delayMs: 5000 } : {};
    const pair = await createPair({ impair }, { impair });
    const failures: unknown[] = [];
    if (phase > 0) {
      const remote = phase === 1 ? parametersOf(pair.them, { candidates: [] }) : parametersOf(pair.them);
      const connecting = [pair.us.connect(remote)];
      if (phase > 1) connecting.push(pair.them.connect(parametersOf(pair.us)));
      for (const one of connecting) one.catch((error: unknown) => failures.push(error));
      if (phase === 3) await Promise.all(connecting);
      else await sleep(60);
    }
    await Promise.all([pair.us.close(), pair.us.close(), pair.them.close()]);
    expect([pair.us.state, pair.them.state]).toEqual(['closed', 'closed']);
    await sleep(0);
    expect(failures).toHaveLength(phase === 1 || phase === 2 ? phase : 0);
    await expect.poll(() => exceeding(before)).toEqual([]);
  });

  it('while it asks servers for a second session leaves no timer', async () => {
    const before = resources();
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (request, { address: ip, port }) => {
      const { transactionId } = decodeStun(request)!;
      server.send(encodeStun({ class: 'success', transactionId, mappedAddress: { ip, port } }), port, ip);
    });
    const iceServers = [{ urls: `stun:127.0.0.1:${server.address().port}` }];
    const { us, them } = await createPair({ iceServers });
    server.close();
    const attempts = [us.connect(parametersOf(them)), us.connect(parametersOf(them))] as const;
    attempts[0].catch(() => {}); // the later one takes its place
    await sleep(50);
    await Promise.all([us.close(), them.close()]);
    await expect(attempts[1]).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    await expect.poll(() => exceeding(before)).toEqual([]);
  });

  it('may happen in any callback', async () => {
    for (const when of ['connecting', 'connected'] as const) {
      await using pair = await createPair();
      pair.us.state$.subscribe((state) => {
        if (state === when) void pair.us.close();
      });
      const [ours] = await Promise.allSettled([
        pair.us.connect(parametersOf(pair.them)),
        pair.them.connect(parametersOf(pair.us), { signal: AbortSignal.timeout(1000) }),
      ]);
      expect(ours).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TRANSPORT_CLOSED' } });
      expect(pair.us.state).toBe('closed');
    }
    await using pair = await createPair();
    const received = new Promise<void>((resolve) => {
      pair.us.onRtcp = () => {
        void pair.us.close();
        resolve();
      };
    });
    await connectPair(pair);
    pair.them.sendRtcp(RECEIVER_REPORT);
    await received;
    expect(pair.us.state).toBe('closed');
  });

  it('a hundred times over leaves nothing behind', async () => {
    const before = resources();
    for (let round = 0; round < 10; round++) {
      const pairs = await Promise.all(Array.from({ length: 10 }, () => createPair()));
      await Promise.all(pairs.map(connectPair));
      await Promise.all(pairs.map((pair) => pair[Symbol.asyncDispose]()));
    }
    await expect.poll(() => exceeding(before)).toEqual([]);
  });
});

/** How many sockets and timers keep this process alive. */
function resources(): Record<'UDPWrap' | 'Timeout', number> {
  const count = (kind: string) => process.getActiveResourcesInfo().filter((one) => one === kind).length;
  return { UDPWrap: count('UDPWrap'), Timeout: count('Timeout') };
}

/** Of what there is more now than before. The runner's own timers come and go. */
function exceeding(before: ReturnType<typeof resources>): string[] {
  const now = resources();
  return (['UDPWrap', 'Timeout'] as const).filter((kind) => now[kind] > before[kind]);
}
