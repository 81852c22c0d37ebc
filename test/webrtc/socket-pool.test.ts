import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { decodeStun } from '../../src/webrtc/ice/stun-message.ts';
import { createSocketPool, type LeaseOptions, type SocketPool } from '../../src/webrtc/socket-pool.ts';
import type { IceCandidate, RtpParameters, WebRtcTransport } from '../../src/webrtc/types.ts';
import { LOOPBACK, parametersOf } from './transport-pair.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };
const SAMPLE = { kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true, dueUs: 0 } as const;

let users = 0;

/** Of a transport of its own, unless `ufrag` says otherwise. */
function leaseOf(port: number, overrides: Partial<LeaseOptions> = {}): LeaseOptions {
  const remotes = [{ ip: '127.0.0.1', port }];
  return { ip: '127.0.0.1', family: 'ipv4', remotes, ufrag: `user${++users}`, onDatagram: () => {}, ...overrides };
}

describe('a pool of sockets', () => {
  it('gives one socket to all who talk to different addresses, and another to the second at the same one', async () => {
    const pool = createSocketPool();
    const leases = await Promise.all([1, 2, 3, 1, 1, 2].map((port) => pool.lease(leaseOf(port))));
    const [a, b, c, a2, a3, b2] = leases.map(({ port }) => port);
    expect(pool.size).toBe(3);
    expect([b, c]).toEqual([a, a]);
    expect(new Set([a, a2, a3]).size).toBe(3);
    expect(b2).toBe(a2);
    await Promise.all(leases.map((lease) => lease.close()));
  });

  it('gives another socket to the second of one name, for a check that comes in could be meant for either', async () => {
    const pool = createSocketPool();
    const leases = [1, 2].map((port) => pool.lease(leaseOf(port, { ufrag: 'me' })));
    const [one, other] = await Promise.all(leases);
    expect(one!.port).not.toBe(other!.port);
    await Promise.all([one!.close(), other!.close()]);
  });

  it('knows an address in every spelling', async () => {
    const pool = createSocketPool();
    const spellings = ['2001:db8::1', '2001:DB8:0:0:0:0:0:1'];
    const leases = spellings.map((ip) => pool.lease(leaseOf(0, { remotes: [{ ip, port: 5 }] })));
    const [one, other] = await Promise.all(leases);
    expect(one!.port).not.toBe(other!.port);
    await Promise.all([one!.close(), other!.close()]);
  });

  it('uses a place again that was given back, and closes a socket with its last user', async () => {
    const pool = createSocketPool();
    const [one, two] = [await pool.lease(leaseOf(1)), await pool.lease(leaseOf(2))];
    const { port } = one;
    await Promise.all([one.close(), one.close()]);
    const again = await pool.lease(leaseOf(1));
    expect([again.port, pool.size]).toEqual([port, 1]);
    await two.close();
    const isTaken = createSocketPool({ portRange: [port, port] }).lease(leaseOf(1));
    await expect(isTaken).rejects.toMatchObject({ code: 'ERR_BIND' });
    await again.close();
    expect(pool.size).toBe(0);
    const free = await createSocketPool({ portRange: [port, port] }).lease(leaseOf(1));
    expect(free.port).toBe(port);
    await free.close();
  });

  it('does not keep a socket that could not be bound', async () => {
    const pool = createSocketPool();
    await expect(pool.lease(leaseOf(1, { ip: '192.0.2.77' }))).rejects.toMatchObject({ code: 'ERR_BIND' });
    expect(pool.size).toBe(0);
  });

  it('lets nobody send where another one talks', async () => {
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    await once(peer, 'listening');
    const received: string[] = [];
    peer.on('message', (datagram) => received.push(datagram.toString()));
    const pool = createSocketPool();
    const { port } = peer.address();
    const [first, second] = await Promise.all([pool.lease(leaseOf(1)), pool.lease(leaseOf(2))]);
    first.send(Buffer.from('first'), 0, 5, port, '127.0.0.1');
    second.send(Buffer.from('second'), 0, 6, port, '127.0.0.1');
    first.send(Buffer.from('third'), 0, 5, port, '127.0.0.1');
    await expect.poll(() => received).toEqual(['first', 'third']);
    await Promise.all([first.close(), second.close()]);
    peer.close();
  });
});

describe('transports that share sockets', () => {
  /** Calls at one server port, and calls at ports of their own. */
  async function join(server: Server, socketPool: SocketPool | undefined, ssrc: number, ours?: number) {
    const them = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole: 'client' });
    const us = await createTransport({ ...LOOPBACK, socketPool });
    const received: number[] = [];
    them.onRtp = (packet) => received.push(packet.ssrc);
    server.register(them);
    const candidate: IceCandidate = { ...them.localParameters.candidates[0]!, port: ours ?? server.port };
    const track = us.createTrack({ kind: 'audio', ssrc, parameters: OPUS, cname: 'a' });
    await Promise.all([
      us.connect(parametersOf(them, { candidates: [candidate] })),
      them.connect(parametersOf(us, { candidates: [] })),
    ]);
    return { us, them, track, received };
  }

  it('reach one port of a server from ports that differ, so that the server can tell them apart', async () => {
    const [server, pool] = [await createServer(), createSocketPool()];
    const calls = await Promise.all([1, 2, 3].map((ssrc) => join(server, pool, ssrc)));
    expect(pool.size).toBe(3);
    expect(new Set(calls.map(({ us }) => us.getStats().selectedPair!.local)).size).toBe(3);
    for (const { track } of calls) track.write({ ...SAMPLE, data: Buffer.from('x') });
    await expect.poll(() => calls.map(({ received }) => received)).toEqual([[1], [2], [3]]);
    await Promise.all(calls.flatMap(({ us, them }) => [us.close(), them.close()]));
    expect(pool.size).toBe(0);
    server.close();
  });

  it('use one port for servers that differ, and each gets what is meant for it', async () => {
    const [servers, pool] = [await Promise.all([createServer(), createServer()]), createSocketPool()];
    const calls = await Promise.all(servers.map((server, i) => join(server, pool, i + 1)));
    expect(pool.size).toBe(1);
    for (const { track } of calls) track.write({ ...SAMPLE, data: Buffer.from('x') });
    await expect.poll(() => calls.map(({ received }) => received)).toEqual([[1], [2]]);
    await calls[0]!.us.close();
    calls[1]!.track.write({ ...SAMPLE, data: Buffer.from('y') });
    await expect.poll(() => calls[1]!.received).toEqual([2, 2]);
    await Promise.all(calls.flatMap(({ us, them }) => [us.close(), them.close()]));
    expect(pool.size).toBe(0);
    servers.forEach((server) => server.close());
  });

  it('hear of a peer whose address they were not told', async () => {
    const pool = createSocketPool();
    const taken = await pool.lease(leaseOf(1));
    const them = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole: 'client' });
    const us = await createTransport({ ...LOOPBACK, socketPool: pool });
    const connecting = us.connect(parametersOf(them, { candidates: [] }));
    expect(us.localParameters.candidates).toEqual([]);
    const host = { ...them.localParameters.candidates[0]!, port: taken.port };
    await Promise.all([connecting, them.connect(parametersOf(us, { candidates: [host] }))]);
    expect(us.getStats().selectedPair!.local).toBe(`127.0.0.1:${taken.port}`);
    await Promise.all([us.close(), them.close(), taken.close()]);
  });

  it('say so when no socket can be had', async () => {
    const us = await createTransport({ addresses: ['192.0.2.77'], socketPool: createSocketPool() });
    await using them = (await createTransport(LOOPBACK)) as WebRtcTransport & AsyncDisposable;
    await expect(us.connect(parametersOf(them))).rejects.toMatchObject({ code: 'ERR_BIND' });
    await us.close();
  });
});

interface Server {
  readonly port: number;
  register(transport: WebRtcTransport): void;
  close(): void;
}

/** One UDP port with many connections behind it, which it tells apart by where datagrams come from, as an SFU does. */
async function createServer(): Promise<Server> {
  const front = createSocket('udp4').bind(0, '127.0.0.1');
  await once(front, 'listening');
  const ports = new Map<string, number>();
  const backs = new Map<number, { socket: Socket; target: number }>();
  front.on('message', (datagram, { port }) => {
    let back = backs.get(port);
    if (!back) {
      const target = ports.get(decodeStun(datagram)?.username?.split(':', 1)[0] ?? '');
      if (target === undefined) return;
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      socket.on('message', (answer) => front.send(answer, port, '127.0.0.1'));
      backs.set(port, (back = { socket, target }));
    }
    back.socket.send(datagram, back.target, '127.0.0.1');
  });
  return {
    port: front.address().port,
    register: ({ localParameters: { ice, candidates } }) => ports.set(ice.ufrag, candidates[0]!.port),
    close: () => [front, ...[...backs.values()].map(({ socket }) => socket)].forEach((socket) => socket.close()),
  };
}
