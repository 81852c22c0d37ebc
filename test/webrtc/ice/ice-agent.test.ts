import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IceAgentOptions } from '../../../src/webrtc/ice/ice-agent-options.ts';
import { encodeStun } from '../../../src/webrtc/ice/stun-message.ts';
import { seededRandom } from '../transport-pair.ts';
import { VirtualNetwork, type Datagram, type Peer } from './virtual-network.ts';

const requestsOf = (peer: Peer) => peer.sent.filter((one) => one.message.class === 'request');
const statesOf = (peer: Peer) => peer.states.map(([, state]) => state);
const isRequest = (one: Datagram) => one.message.class === 'request';

/** Two agents that know each other and begin at once. */
function meet(
  network: VirtualNetwork,
  ours: Partial<IceAgentOptions> = {},
  theirs: Partial<IceAgentOptions> = {},
  ips: [string[], string[]] = [['10.0.0.1'], ['10.0.0.2']],
): [us: Peer, them: Peer] {
  const us = network.addPeer(ips[0], { role: 'controlled', ...ours });
  const them = network.addPeer(ips[1], { role: 'controlling', ...theirs });
  us.start(them, { iceLite: theirs.behavior?.lite ?? false });
  them.start(us, { iceLite: ours.behavior?.lite ?? false });
  return [us, them];
}

describe('two ICE agents', () => {
  it.each([
    ['IPv4', '10.0.0.1', '10.0.0.2'],
    ['IPv6', '2001:db8::1', '2001:db8::2'],
    ['loopback', '127.0.0.1', '127.0.0.1'],
  ])('connect over %s, the controlling one nominates', (_name, a, b) => {
    const network = new VirtualNetwork();
    const [us, them] = meet(network, {}, {}, [[a], [b]]);
    network.run(1000);
    expect(us.agent.state).toBe('connected');
    expect(them.agent.state).toBe('connected');
    expect(us.agent.route?.nominated).toBe(true);
    expect(them.agent.route?.nominated).toBe(true);
    // One round trip and the answer to it: nothing waits for a timer.
    expect(us.states).toEqual([
      [0, 'checking'],
      [30, 'connected'],
    ]);
    expect(requestsOf(us).every((one) => one.message.controlled !== undefined)).toBe(true);
  });

  it.each([
    ['controlled', 'controlled'],
    ['controlling', 'controlling'],
  ] as const)('settle who controls when they are %s and %s', (first, second) => {
    for (let i = 0; i < 20; i++) {
      const network = new VirtualNetwork();
      const timings = { preCheckDelayMs: 0 };
      const [us, them] = meet(network, { role: first, timings }, { role: second, timings });
      network.run(1000);
      expect([us.agent.state, them.agent.state]).toEqual(['connected', 'connected']);
      expect([us.agent.role, them.agent.role].sort()).toEqual(['controlled', 'controlling']);
      expect(us.agent.route?.nominated && them.agent.route?.nominated).toBe(true);
    }
  });

  it('find each other when only one knows the address of the other', () => {
    const network = new VirtualNetwork();
    const us = network.addPeer(['10.0.0.1']);
    const them = network.addPeer(['10.0.0.2'], { role: 'controlling' });
    them.start(us, { candidates: [] });
    us.start(them);
    network.run(1000);
    expect(them.agent.state).toBe('connected');
    expect(them.agent.pairs.map((pair) => pair.remote.type)).toEqual(['prflx']);
  });

  it('meet although the checks of one arrive before the other is told of it', () => {
    const network = new VirtualNetwork();
    const us = network.addPeer(['10.0.0.1']);
    const them = network.addPeer(['10.0.0.2'], { role: 'controlling' });
    them.start(us);
    network.run(300);
    us.start(them);
    network.run(100);
    expect(us.agent.state).toBe('connected');
  });

  it('connect on the one pair of several that works', () => {
    const network = new VirtualNetwork();
    network.passes = (one) => [one.from, one.to].every((ip) => ip.endsWith('.9') || ip.endsWith('.8'));
    const ips: [string[], string[]] = [
      ['10.0.0.1', '2001:db8::1', '10.0.0.9'],
      ['10.0.0.2', '10.0.0.8'],
    ];
    const [us, them] = meet(network, {}, {}, ips);
    network.run(1000);
    expect(us.selected).toEqual(['10.0.0.9>10.0.0.8']);
    expect(them.selected).toEqual(['10.0.0.8>10.0.0.9']);
  });

  it.each(['controlled', 'controlling'] as const)('leave a relay when the %s one finds a direct way later', (role) => {
    const network = new VirtualNetwork();
    // The direct way opens only after the relayed one was found; nobody else nominates.
    network.passes = (one) => network.nowMs > 450 || [one.from, one.to].includes('203.0.113.5');
    const us = network.addPeer(['10.0.0.1', '203.0.113.5'], { role }, ['203.0.113.5']);
    const other = role === 'controlled' ? 'controlling' : 'controlled';
    const them = network.addPeer(['10.0.0.2'], { role: other, behavior: { nominate: false } });
    us.start(them);
    them.start(us, { candidates: [] });
    network.run(2000);
    expect(us.selected).toEqual(['203.0.113.5>10.0.0.2', '10.0.0.1>10.0.0.2']);
    expect(us.states.map(([, state]) => state)).toEqual(['checking', 'connected']);
  });

  it('stay on the relay that the peer has nominated', () => {
    const network = new VirtualNetwork();
    network.passes = (one) => network.nowMs > 450 || [one.from, one.to].includes('203.0.113.5');
    const us = network.addPeer(['10.0.0.1', '203.0.113.5'], {}, ['203.0.113.5']);
    const them = network.addPeer(['10.0.0.2'], { role: 'controlling' });
    us.start(them);
    them.start(us, { candidates: [] });
    network.run(2000);
    expect(us.selected).toEqual(['203.0.113.5>10.0.0.2']);
  });

  it('connect under heavy loss', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        const network = new VirtualNetwork();
        const random = seededRandom(seed);
        network.passes = () => random() > 0.4;
        const [us, them] = meet(network);
        network.run(9000);
        expect([us.agent.state, them.agent.state]).toEqual(['connected', 'connected']);
      }),
      { numRuns: 50 },
    );
  });

  it('pair no loopback address with another one', () => {
    const network = new VirtualNetwork();
    const [us] = meet(network, {}, {}, [
      ['127.0.0.1', '10.0.0.1'],
      ['127.0.0.1', '10.0.0.2', '::1'],
    ]);
    const pairs = us.agent.pairs.map((pair) => `${pair.localCandidate.ip} ${pair.remote.ip}`);
    expect(pairs.sort()).toEqual(['10.0.0.1 10.0.0.2', '127.0.0.1 127.0.0.1']);
  });

  it('ignore candidates they cannot use', () => {
    const network = new VirtualNetwork();
    const them = network.addPeer(['10.0.0.2']);
    const us = network.addPeer(['10.0.0.1']);
    const good = them.parameters.candidates[0]!;
    us.start(them, {
      candidates: [
        { ...good, protocol: 'tcp' },
        { ...good, port: 443, protocol: 'tcp', tcpType: 'passive' },
        { ...good, port: 9, protocol: 'tcp', tcpType: 'active' },
        { ...good, component: 2 },
        { ...good, ip: 'd3adb33f.local' },
        { ...good, port: 0 },
        { ...good, port: 70000 },
        good,
        good,
      ],
    });
    expect(us.agent.pairs).toHaveLength(1);
  });
});

describe('a controlled agent', () => {
  it('waits before its first check, as long as it is told', () => {
    for (const preCheckDelayMs of [undefined, 0, 400]) {
      const network = new VirtualNetwork();
      const [us] = meet(network, { timings: { preCheckDelayMs } }, { behavior: { lite: true } });
      network.run(1000);
      expect(requestsOf(us)[0]!.sentMs).toBe(preCheckDelayMs ?? 250);
    }
  });

  it('sends on a pair that answers, although a lite peer never nominates', () => {
    for (let i = 0; i < 10; i++) {
      const network = new VirtualNetwork();
      // A lite peer that is controlled itself, as both sides of Telegram's own clients are, must not mind the roles.
      const [us, them] = meet(network, {}, { role: 'controlled', behavior: { lite: true } });
      network.run(1000);
      expect(us.states).toEqual([
        [0, 'checking'],
        [270, 'connected'],
      ]);
      expect(us.agent.role).toBe('controlled');
      expect(us.agent.route?.nominated).toBe(false);
      expect(requestsOf(them)).toEqual([]);
      expect(them.agent.state).toBe('connected');
    }
  });

  it('follows a nomination that comes later, for another pair', () => {
    const network = new VirtualNetwork();
    const ips: [string[], string[]] = [['10.0.0.1', '10.0.1.1'], ['10.0.0.2']];
    // The peer's checks of one pair are held up; ours go through.
    let blocked = '10.0.0.1';
    network.passes = (one) => !(isRequest(one) && one.from === '10.0.0.2' && one.to === blocked);
    const [us] = meet(network, { timings: { preCheckDelayMs: 0 } }, { behavior: { nominate: false } }, ips);
    network.run(500);
    expect(us.selected).toEqual(['10.0.0.1>10.0.0.2']);
    blocked = '';
    const rival = us.agent.pairs.find((pair) => pair.localCandidate.ip === '10.0.1.1')!;
    const nomination = encodeStun(
      {
        class: 'request',
        transactionId: randomBytes(12),
        username: `${us.parameters.ice.ufrag}:x`,
        controlling: 2n ** 64n - 1n,
        useCandidate: true,
      },
      createSecretKey(Buffer.from(us.parameters.ice.pwd)),
    );
    network.inject(us, nomination, rival.remote.ip, rival.remote.port, rival.local);
    network.run(100);
    expect(us.selected).toEqual(['10.0.0.1>10.0.0.2', '10.0.1.1>10.0.0.2']);
    expect(us.agent.route?.nominated).toBe(true);
  });

  it('goes on checking for as long as nobody answers', () => {
    const network = new VirtualNetwork();
    const [us] = meet(network, {}, { behavior: { registerAfterMs: Infinity } });
    network.run(60_000);
    expect(statesOf(us)).toEqual(['checking']);
    const recent = requestsOf(us).filter((one) => one.sentMs > 50_000);
    expect(recent.length).toBeGreaterThan(15);
    expect(recent.length).toBeLessThan(25);
  });

  it.each(['silence', 'error-401'] as const)(
    'connects to a peer that learns of it late and until then answers with %s',
    (answer) => {
      for (const registerAfterMs of [100, 500, 3000]) {
        const network = new VirtualNetwork();
        const behavior = { registerAfterMs, unregisteredAnswer: answer };
        const [us, them] = meet(network, {}, { behavior });
        network.run(registerAfterMs + 600);
        expect(us.agent.state).toBe('connected');
        const refusals = them.sent.filter((one) => one.message.errorCode === 401);
        if (answer === 'silence') expect(refusals).toEqual([]);
        else if (registerAfterMs > 250) expect(refusals.length).toBeGreaterThan(0);
      }
    },
  );
});

describe('a controlling agent', () => {
  it('nominates regularly towards a lite peer: on a second check', () => {
    const network = new VirtualNetwork();
    const [us, them] = meet(network, { role: 'controlling' }, { role: 'controlled', behavior: { lite: true } });
    network.run(1000);
    expect(requestsOf(us).map((one) => one.message.useCandidate ?? false)).toEqual([false, true]);
    expect(us.agent.route?.nominated).toBe(true);
    expect(them.agent.state).toBe('connected');
  });

  it('that was told not to never nominates, and both connect', () => {
    const network = new VirtualNetwork();
    const [us, them] = meet(network, {}, { behavior: { nominate: false } });
    network.run(5000);
    expect(requestsOf(them).some((one) => one.message.useCandidate)).toBe(false);
    expect([us.agent.state, them.agent.state]).toEqual(['connected', 'connected']);
  });
});

describe('a storm of role conflicts', () => {
  it.each([1, 2, 3, 10])('of %i answers 487 ends in a connection', (roleConflicts) => {
    for (const role of ['controlled', 'controlling'] as const) {
      const network = new VirtualNetwork();
      const [us, them] = meet(network, { role }, { behavior: { roleConflicts } });
      network.run(9000);
      expect([us.agent.state, them.agent.state]).toEqual(['connected', 'connected']);
      expect(them.sent.filter((one) => one.message.errorCode === 487).length).toBeGreaterThanOrEqual(roleConflicts);
    }
  });

  it.each([{ nominate: false }, { lite: true }])(
    'without end does not become a flood, from a peer with %j',
    (behavior) => {
      const network = new VirtualNetwork();
      network.latencyMs = 1;
      const [us] = meet(network, {}, { behavior: { ...behavior, roleConflicts: Infinity } });
      network.run(10_000);
      expect(us.agent.state).toBe('checking');
      expect(requestsOf(us).length).toBeLessThan(60);
    },
  );

  it('that a peer without checks of its own answers is settled by taking the other role, in the very next check', () => {
    for (const [role, other] of [
      ['controlled', 'controlling'],
      ['controlling', 'controlled'],
    ] as const) {
      const network = new VirtualNetwork();
      const [us] = meet(network, { role }, { behavior: { lite: true, roleConflicts: 1 } });
      network.run(1000);
      expect([us.agent.role, us.agent.state]).toEqual([other, 'connected']);
      const [first, ...later] = requestsOf(us).map(({ message }) => message);
      expect([first![role], later[0]![other]]).toEqual([expect.any(BigInt), expect.any(BigInt)]);
      expect(later[0]![role]).toBeUndefined();
    }
  });

  it('of a peer that contradicts its own checks does not confuse a controlled agent', () => {
    const network = new VirtualNetwork();
    const [us] = meet(network, { timings: { preCheckDelayMs: 1000 } }, { behavior: { roleConflicts: 3 } });
    network.run(50);
    expect(us.agent.role).toBe('controlled');
    network.run(3000);
    expect(us.agent.role).toBe('controlled');
    expect(us.agent.state).toBe('connected');
  });
});

describe('a connected agent', () => {
  function connected(ours: Partial<IceAgentOptions> = {}, ips?: [string[], string[]]) {
    const network = new VirtualNetwork();
    const [us, them] = meet(network, { timings: { preCheckDelayMs: 0 }, ...ours }, {}, ips);
    network.run(1000);
    expect(us.agent.state).toBe('connected');
    return { network, us, them };
  }

  it('asks for consent every 5 s and keeps bindings alive every 2 s, and for no more', () => {
    const { network, us } = connected();
    us.sent.length = 0;
    network.run(60_000);
    const requests = requestsOf(us);
    expect(requests.length).toBe(12);
    expect(us.sent.filter((one) => one.message.class === 'indication')).toHaveLength(30);
    expect(new Set(requests.map((one) => one.message.transactionId.toString('hex'))).size).toBe(12);
  });

  it('spreads its consent checks by chance', () => {
    let chance = 0;
    const { network, us } = connected({ random: () => (chance = (chance + 0.37) % 1) });
    us.sent.length = 0;
    network.run(60_000);
    const times = requestsOf(us).map((one) => one.sentMs);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6020);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(3);
  });

  it('sends no keepalive while data flows', () => {
    const { network, us } = connected();
    us.sent.length = 0;
    for (let second = 0; second < 10; second++) {
      us.agent.noteSent();
      network.run(1000);
    }
    expect(us.sent.filter((one) => one.message.class === 'indication')).toEqual([]);
  });

  it('is disconnected after 10 s of silence and recovers from a blackout of 12 s', () => {
    const { network, us, them } = connected();
    network.passes = () => false;
    network.run(12_000);
    expect(statesOf(us)).toEqual(['checking', 'connected', 'disconnected']);
    network.passes = () => true;
    network.run(1500);
    expect(statesOf(us)).toEqual(['checking', 'connected', 'disconnected', 'connected']);
    expect(statesOf(them)).toEqual(['checking', 'connected', 'disconnected', 'connected']);
    expect(us.selected).toHaveLength(1);
  });

  it('has failed after 30 s more, and then does nothing', () => {
    const { network, us } = connected();
    network.passes = () => false;
    network.run(45_000);
    const [, , disconnected, failed] = us.states;
    expect(statesOf(us)).toEqual(['checking', 'connected', 'disconnected', 'failed']);
    expect(failed![0] - disconnected![0]).toBe(30_000);
    expect(us.agent.tick(network.nowMs)).toBe(Infinity);
    us.sent.length = 0;
    network.passes = () => true;
    network.run(20_000);
    expect(us.sent).toEqual([]);
  });

  it('counts data as a sign of life, but stops sending when consent expires', () => {
    const { network, us } = connected();
    network.passes = (one) => one.message.class !== 'success';
    const { local, remote } = us.agent.route!;
    for (let second = 0; second < 28; second++) {
      expect(us.agent.hears(local, remote.ip, remote.port, network.nowMs)).toBe(true);
      network.run(1000);
    }
    expect(us.agent.state).toBe('connected');
    expect(us.agent.route).toBeDefined();
    network.run(5000);
    expect(us.agent.state).toBe('disconnected');
    expect(us.agent.route).toBeUndefined();
    network.passes = () => true;
    network.run(1500);
    expect(us.agent.state).toBe('connected');
    expect(us.agent.route).toBeDefined();
  });

  it.each(['controlled', 'controlling'] as const)('moves to another pair when the selected one dies, as %s', (role) => {
    const network = new VirtualNetwork();
    const theirs = role === 'controlled' ? 'controlling' : 'controlled';
    const ips: [string[], string[]] = [
      ['10.0.0.1', '2001:db8::1'],
      ['10.0.0.2', '2001:db8::2'],
    ];
    const timings = { preCheckDelayMs: 0 };
    const [us, them] = meet(network, { role, timings }, { role: theirs, timings }, ips);
    network.run(1000);
    expect(us.agent.route!.localCandidate.ip).toBe('10.0.0.1');
    network.passes = (one) => one.from.includes(':');
    network.run(12_000);
    expect(us.agent.route!.localCandidate.ip).toBe('2001:db8::1');
    expect(them.agent.route!.localCandidate.ip).toBe('2001:db8::2');
    expect([us.agent.state, them.agent.state]).toEqual(['connected', 'connected']);
    expect(statesOf(us)).not.toContain('failed');
    expect(us.agent.route!.nominated && them.agent.route!.nominated).toBe(true);
  });

  it('moves back, and says so, when the pair it had left is the one that works again', () => {
    const ips: [string[], string[]] = [
      ['10.0.0.1', '2001:db8::1'],
      ['10.0.0.2', '2001:db8::2'],
    ];
    const timings = { preCheckDelayMs: 0 };
    const network = new VirtualNetwork();
    const [us, them] = meet(network, { timings }, { timings }, ips);
    network.run(1000);
    for (const works of [(ip: string) => ip.includes(':'), (ip: string) => !ip.includes(':')]) {
      network.passes = (one) => works(one.from);
      network.run(15_000);
      for (const { agent } of [us, them]) {
        expect(agent.state).toBe('connected');
        expect(works(agent.route!.remote.ip)).toBe(true);
        expect(agent.route!.nominated).toBe(true);
      }
    }
    const nominations = requestsOf(them).filter((one) => one.message.useCandidate);
    expect(nominations.map((one) => one.to)).toEqual(expect.arrayContaining(['10.0.0.1', '2001:db8::1']));
    expect(nominations.at(-1)!.to).toBe('10.0.0.1');
  });

  it('does not wander between pairs under loss', () => {
    const ips: [string[], string[]] = [
      ['10.0.0.1', '10.0.1.1'],
      ['10.0.0.2', '10.0.1.2'],
    ];
    const { network, us } = connected({}, ips);
    const random = seededRandom(7);
    network.passes = () => random() > 0.3;
    network.run(600_000);
    expect(us.states.filter(([, state]) => state === 'failed')).toEqual([]);
    expect(us.selected.length).toBeLessThan(8);
  });
});

describe('what an agent hears', () => {
  it("counts as the peer's only from where somebody has shown the credentials", () => {
    const network = new VirtualNetwork();
    const [us, them] = meet(network, {}, { behavior: { registerAfterMs: 500 } });
    const { ip, port } = them.parameters.candidates[0]!;
    network.run(100);
    expect(us.agent.hears(0, ip, port, network.nowMs)).toBe(false);
    network.run(1000);
    expect(us.agent.hears(0, ip, port, network.nowMs)).toBe(true);
    expect(us.agent.hears(0, ip, port + 1, network.nowMs)).toBe(false);
    expect(us.agent.hears(0, '10.0.0.3', port, network.nowMs)).toBe(false);
  });

  it.each([
    ['the peer, from another address', '10.0.0.2', 1, true],
    ['somebody else, from the address of the peer', '10.0.0.2', 0, false],
  ])(
    'as an answer to a check counts only from the peer at its address, not from %s',
    (_who, ip, portOffset, isPeer) => {
      const network = new VirtualNetwork();
      const [us, them] = meet(
        network,
        { timings: { preCheckDelayMs: 0 } },
        { behavior: { registerAfterMs: Infinity } },
      );
      network.run(10);
      const { transactionId } = requestsOf(us)[0]!.message;
      const key = createSecretKey(Buffer.from(isPeer ? them.parameters.ice.pwd : 'x'.repeat(32)));
      const mappedAddress = { ip: '10.0.0.1', port: 1000 };
      const answer = encodeStun({ class: 'success', transactionId, mappedAddress }, key);
      network.inject(us, answer, ip, them.parameters.candidates[0]!.port + portOffset);
      expect(us.agent.state).toBe('checking');
    },
  );

  it('is not answered when made with other credentials', () => {
    const network = new VirtualNetwork();
    const us = network.addPeer(['10.0.0.1']);
    const them = network.addPeer(['10.0.0.2'], { role: 'controlling' });
    const stranger = network.addPeer(['10.0.0.3'], { role: 'controlling' });
    us.start(them);
    const wrong = { ...us.parameters, ice: { ...us.parameters.ice, pwd: 'x'.repeat(32) } };
    stranger.agent.start(wrong, 0);
    network.run(1000);
    expect(us.sent.filter((one) => one.to === '10.0.0.3')).toEqual([]);
    expect(us.agent.pairs).toHaveLength(1);
    expect(stranger.agent.state).toBe('checking');
  });

  it('does not matter when it is garbage', () => {
    const network = new VirtualNetwork();
    const [us] = meet(network);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(65535), (noise, port) => {
        network.inject(us, Buffer.from(noise), '10.6.6.6', port);
      }),
      { numRuns: 3000 },
    );
    network.run(1000);
    expect(us.agent.state).toBe('connected');
    expect(us.agent.pairs).toHaveLength(1);
  });

  it('from ever new ports of the peer does not grow without bound', () => {
    const network = new VirtualNetwork();
    const [us] = meet(network);
    const key = createSecretKey(Buffer.from(us.parameters.ice.pwd));
    for (let port = 1; port < 1000; port++) {
      const request = {
        class: 'request',
        transactionId: randomBytes(12),
        username: `${us.parameters.ice.ufrag}:x`,
      } as const;
      network.inject(us, encodeStun({ ...request, controlling: 1n }, key), '10.0.0.2', port);
    }
    expect(us.agent.pairs.length).toBeLessThanOrEqual(100);
  });

  it('may make its owner close it', () => {
    const network = new VirtualNetwork();
    const us: Peer = network.addPeer(['10.0.0.1'], {
      onState: (state) => {
        if (state === 'connected') us.agent.close();
      },
    });
    const them = network.addPeer(['10.0.0.2'], { role: 'controlling' });
    us.start(them);
    them.start(us);
    network.run(1000);
    expect(us.agent.state).toBe('closed');
    us.sent.length = 0;
    network.run(10_000);
    expect(us.sent).toEqual([]);
  });
});
