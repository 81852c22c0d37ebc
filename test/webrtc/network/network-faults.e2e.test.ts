import { describe, expect, it } from 'vitest';
import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import { requires } from '../../requires.ts';
import { startCoturn } from '../turn/coturn.ts';
import { createNetwork, mayMakeNetworks, type LinkSettings, type Network, type Peer } from './namespaces.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** We and a server, as with Telegram: it controls, opens the handshake, and is told no address of ours. */
async function connectPeers(network: Network, ours: TransportOptions = {}): Promise<[us: Peer, them: Peer]> {
  const [us, them] = [network.startPeer(0), network.startPeer(1)];
  const [local, remote] = await Promise.all([
    us.ask('create', { addresses: [network.ips[0]], ...ours }),
    them.ask('create', { addresses: [network.ips[1]], iceRole: 'controlling', dtlsRole: 'client' }),
  ]);
  await Promise.all([us.ask('connect', remote), them.ask('connect', { ...local, candidates: [] })]);
  return [us, them];
}

/** Sends for that long, and a little longer for what is under way. */
async function sendFor(us: Peer, ms: number): Promise<void> {
  await us.ask('send', null);
  await sleep(ms);
  await us.ask('stop', null);
  await sleep(1500);
}

describe.runIf(mayMakeNetworks())('on a network', () => {
  it.each([
    ['without a fault', {}, 1, 1],
    ['that loses 30 %', { loss: 0.3 }, 0.6, 0.8],
    ['that takes 500 ms', { delayMs: 500 }, 1, 1],
    ['that reorders', { delayMs: 20, jitterMs: 120 }, 1, 1],
    ['that loses, delays and reorders', { loss: 0.1, delayMs: 100, jitterMs: 80 }, 0.8, 0.98],
  ] as [string, LinkSettings, number, number][])(
    '%s it connects, stays connected, and media arrives',
    async (_name, settings, least, most) => {
      await using network = await createNetwork();
      await network.set(settings);
      const [us, them] = await connectPeers(network);
      await sendFor(us, 10_000);
      const [sender, receiver] = [await us.ask('report', null), await them.ask('report', null)];
      expect(sender.sent).toBeGreaterThan(200);
      const share = receiver.received.length / sender.sent;
      expect(share).toBeGreaterThanOrEqual(least);
      expect(share).toBeLessThanOrEqual(most);
      const inOrder = receiver.received.toSorted((a, b) => a - b);
      expect(new Set(inOrder).size).toBe(inOrder.length);
      if (settings.jitterMs) expect(receiver.received).not.toEqual(inOrder);
      expect(receiver.stats.packetsRejected).toBe(0);
      for (const { states } of [sender, receiver]) expect(states).toEqual(['new', 'connecting', 'connected']);
    },
  );

  it('that is dark for 12 s the same transport recovers', async () => {
    await using network = await createNetwork();
    const [us, them] = await connectPeers(network);
    await us.ask('send', null);
    await sleep(2000);
    await network.set({ loss: 1 });
    await sleep(12_000);
    const { received: before } = await them.ask('report', null);
    await network.set({});
    await expect
      .poll(async () => (await them.ask('report', null)).states.at(-1), { timeout: 10_000 })
      .toBe('connected');
    await expect.poll(async () => (await us.ask('report', null)).states.at(-1), { timeout: 10_000 }).toBe('connected');
    await sleep(1000);
    const [sender, receiver] = [await us.ask('report', null), await them.ask('report', null)];
    const states = ['new', 'connecting', 'connected', 'disconnected', 'connected'];
    expect([sender.states, receiver.states]).toEqual([states, states]);
    expect(receiver.received.length).toBeGreaterThan(before.length + 20);
  });

  it.runIf(requires('coturn')).each(['tcp', 'tls'])(
    'that lets no UDP pass it connects by TURN over %s',
    async (carrier) => {
      await using network = await createNetwork();
      await network.set({ blockUdp: true });
      const ip = network.ips[1];
      await using coturn = await startCoturn({ ip, port: 3478, tlsPort: 5349, prefix: network.prefix(1) });
      const { username, credential, ca } = coturn;
      const turn = carrier === 'tcp' ? `turn:${ip}?transport=tcp` : `turns:${ip}`;
      // The server that UDP would be needed for is asked in vain.
      const iceServers = [{ urls: [turn, `turn:${ip}`, `stun:${ip}`], username, credential, ca }];
      const [us, them] = await connectPeers(network, { iceServers });
      await sendFor(us, 5000);
      const [sender, receiver] = [await us.ask('report', null), await them.ask('report', null)];
      expect(receiver.received.length).toBe(sender.sent);
      expect(sender.stats.selectedPair!.local).toMatch(new RegExp(`^${ip}:`));
      expect(sender.states).toEqual(['new', 'connecting', 'connected']);
    },
  );

  it('that lets no UDP pass it does not connect without a relay, and says why', async () => {
    await using network = await createNetwork();
    await network.set({ blockUdp: true });
    const failure = connectPeers(network, { connectTimeoutMs: 3000 });
    await expect(failure).rejects.toThrow(/no path to the peer was found/);
  });
});
