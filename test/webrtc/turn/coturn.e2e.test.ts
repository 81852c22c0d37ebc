import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTransport } from '../../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import type { RtpParameters } from '../../../src/webrtc/types.ts';
import { requires } from '../../requires.ts';
import { connectPair, createPair, LOOPBACK, parametersOf, reached, type TransportPair } from '../transport-pair.ts';
import { startCoturn, type Coturn } from './coturn.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };
const RECEIVER_REPORT = Buffer.from('80c9000100000007', 'hex');

/** Media flows one way and reports the other. */
async function exchangeMedia({ us, them }: TransportPair, count = 50): Promise<void> {
  const [ssrc, received, reports] = [Math.floor(Math.random() * 2 ** 31), [] as string[], [] as number[]];
  them.onRtp = (packet) => packet.ssrc === ssrc && received.push(Buffer.from(packet.payload).toString());
  us.onRtcp = (compound) => reports.push(compound[1]!);
  const track = us.createTrack({ kind: 'audio', ssrc, parameters: OPUS, cname: 'a' });
  const sent = Array.from({ length: count }, (_, i) => `${i}`.padEnd(100 + i, '.'));
  for (const [i, text] of sent.entries()) {
    const data = Buffer.from(text);
    track.write({
      kind: 'audio',
      codec: 'opus',
      ptsUs: 0,
      durationUs: 20_000,
      keyframe: true,
      data,
      dueUs: i * 20_000,
    });
  }
  await expect.poll(() => received, { timeout: 5000 }).toEqual(sent);
  await expect
    .poll(() => {
      them.sendRtcp(RECEIVER_REPORT);
      return reports;
    })
    .toContain(201);
}

describe.runIf(requires('coturn'))('through coturn', () => {
  let coturn: Coturn;
  beforeAll(async () => void (coturn = await startCoturn()));
  afterAll(() => coturn[Symbol.asyncDispose]());

  const serverOver = (carrier: string) => {
    const { username, credential, ca, port, tlsPort } = coturn;
    const urls = {
      udp: `turn:127.0.0.1:${port}`,
      tcp: `turn:127.0.0.1:${port}?transport=tcp`,
      tls: `turns:localhost:${tlsPort}`,
    }[carrier]!;
    return { urls, username, credential, ca };
  };
  const relayOver = (carrier: string): TransportOptions => ({
    iceServers: [serverOver(carrier)],
    iceTransportPolicy: 'relay',
    families: ['ipv4'],
  });

  it.each(['udp', 'tcp', 'tls'])(
    'media flows over %s when nothing else is allowed, and we are controlled',
    async (to) => {
      await using pair = await createPair(relayOver(to));
      const { candidates } = pair.us.localParameters;
      expect(candidates).toMatchObject([{ type: 'relay', protocol: 'udp', ip: '127.0.0.1' }]);
      // As with Telegram: the peer is told of no candidate, and learns the relayed address from our checks.
      await Promise.all([
        pair.us.connect(parametersOf(pair.them)),
        pair.them.connect(parametersOf(pair.us, { candidates: [] })),
      ]);
      const relayed = `127.0.0.1:${candidates[0]!.port}`;
      expect(pair.us.getStats().selectedPair!.local).toBe(relayed);
      expect(pair.them.getStats().selectedPair!.remote).toBe(relayed);
      await exchangeMedia(pair);
    },
  );

  it('two that may only be relayed find each other, the controlling one too', async () => {
    await using pair = await createPair(relayOver('tcp'), relayOver('udp'));
    await connectPair(pair);
    await exchangeMedia(pair);
  });

  it('nobody goes who has a direct way', async () => {
    await using pair = await createPair({ iceServers: [serverOver('udp')] });
    expect(pair.us.localParameters.candidates.map(({ type }) => type)).toEqual(['host', 'relay']);
    await connectPair(pair);
    const host = pair.us.localParameters.candidates[0]!;
    await expect.poll(() => pair.us.getStats().selectedPair!.local).toBe(`127.0.0.1:${host.port}`);
  });

  it('media goes on when the direct way is blocked, on the same transport', async () => {
    const iceTimings = { preCheckDelayMs: 0, disconnectedAfterMs: 1000, consentMs: 200 };
    const options = { iceServers: [serverOver('tcp')], iceTimings };
    const nat = await createNat();
    await using pair = await createPair(options, { iceTimings });
    const inside = pair.them.localParameters.candidates[0]!;
    nat.forward(inside.port);
    const direct = { ...inside, port: nat.port };
    await Promise.all([
      pair.us.connect(parametersOf(pair.them, { candidates: [direct] })),
      pair.them.connect(parametersOf(pair.us, { candidates: [] })),
    ]);
    expect(pair.us.getStats().selectedPair!.remote).toBe(`127.0.0.1:${nat.port}`);
    // The relay's way leads through the same door, which now opens for the relay only.
    const relay = pair.us.localParameters.candidates.find(({ type }) => type === 'relay')!;
    nat.block((from) => from !== relay.port);
    await expect
      .poll(() => pair.us.getStats().selectedPair?.local, { timeout: 15_000 })
      .toBe(`127.0.0.1:${relay.port}`);
    await exchangeMedia(pair);
    nat.close();
  });

  it('what a STUN server sees of us from behind a NAT becomes a candidate', async () => {
    const nat = await createNat();
    nat.forward(coturn.port);
    const transport = await createTransport({
      ...LOOPBACK,
      iceServers: [{ urls: `stun:127.0.0.1:${nat.port}` }],
    });
    const mapped = nat.mappedPort();
    expect(transport.localParameters.candidates).toMatchObject([
      { type: 'host' },
      { type: 'srflx', ip: '127.0.0.1', port: mapped },
    ]);
    await transport.close();
    nat.close();
  });

  it('wrong credentials are an error that says so; without need of a relay, only a warning', async () => {
    const server = { ...serverOver('udp'), credential: 'wrong' };
    const options = { ...LOOPBACK, iceServers: [server] };
    await expect(createTransport({ ...options, iceTransportPolicy: 'relay' })).rejects.toMatchObject({
      code: 'ERR_ICE_FAILED',
      retryable: false,
      message: expect.stringMatching(/error 401 \(are username and credential right\?\)/) as string,
    });
    const warnings: object[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (data: object) => warnings.push(data) };
    const transport = await createTransport({ ...options, logger });
    expect(transport.localParameters.candidates.map(({ type }) => type)).toEqual(['host']);
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain('wrong');
    await transport.close();
  });

  it('a TLS server with a certificate nobody vouches for is refused', async () => {
    const server = { ...serverOver('tls'), ca: undefined };
    const failure = createTransport({ iceServers: [server], iceTransportPolicy: 'relay' });
    await expect(failure).rejects.toMatchObject({ code: 'ERR_ICE_FAILED' });
  });

  it('nothing is left behind, whatever carries it, connected or not', async () => {
    const count = () =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => ['UDPWrap', 'TCPSocketWrap', 'TLSWrap', 'Timeout', 'GetAddrInfoReqWrap'].includes(kind))
        .length;
    const before = count();
    for (let round = 0; round < 5; round++) {
      for (const carrier of ['udp', 'tcp', 'tls']) {
        await using pair = await createPair(relayOver(carrier));
        if (round % 2 === 0) await connectPair(pair);
      }
    }
    await expect.poll(count, { timeout: 5000 }).toBeLessThanOrEqual(before);
  });

  it('the address is given back at the end', async () => {
    const transport = await createTransport({ ...LOOPBACK, ...relayOver('udp') });
    const before = coturn.log().match(/closed/g)?.length ?? 0;
    await transport.close();
    await expect.poll(() => coturn.log().match(/closed/g)?.length ?? 0, { timeout: 5000 }).toBeGreaterThan(before);
  });
});

describe.runIf(requires('coturn'))('a coturn', () => {
  it('whose nonces go stale within a second does not disturb the traffic', { timeout: 30_000 }, async () => {
    await using coturn = await startCoturn({ extra: ['--stale-nonce=1', '--max-allocate-lifetime=6'] });
    const { username, credential, port } = coturn;
    const iceServers = [{ urls: `turn:127.0.0.1:${port}?transport=tcp`, username, credential }];
    await using pair = await createPair({ iceServers, iceTransportPolicy: 'relay' });
    await connectPair(pair);
    // Two lifetimes of the allocation, each renewed with a stale nonce.
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    await exchangeMedia(pair);
    expect(coturn.log()).toMatch(/438|stale nonce/i);
    expect(pair.us.state).toBe('connected');
  });

  it.each(['udp', 'tcp'])('on IPv6 lends an IPv6 address over %s when no other is allowed', async (carrier) => {
    await using coturn = await startCoturn({ ip: '::1' });
    const { username, credential, port } = coturn;
    const iceServers = [{ urls: `turn:[::1]:${port}?transport=${carrier}`, username, credential }];
    const ours: TransportOptions = { addresses: ['::1'], families: ['ipv6'], iceServers, iceTransportPolicy: 'relay' };
    await using pair = await createPair(ours, { addresses: ['::1'] });
    expect(pair.us.localParameters.candidates).toMatchObject([{ ip: '::1', type: 'relay' }]);
    await connectPair(pair);
    await exchangeMedia(pair);
  });

  it('that dies is noticed, and nothing crashes', { timeout: 30_000 }, async () => {
    await using coturn = await startCoturn();
    const { username, credential, port } = coturn;
    const iceServers = [{ urls: `turn:127.0.0.1:${port}?transport=tcp`, username, credential }];
    const iceTimings = { preCheckDelayMs: 0, disconnectedAfterMs: 500, failedAfterMs: 500, consentMs: 100 };
    await using pair = await createPair({ iceServers, iceTransportPolicy: 'relay', iceTimings });
    await connectPair(pair);
    await coturn.kill();
    await reached(pair.us, 'failed');
  });
});

describe('a server that does not answer', () => {
  it('is waited for as long as was said, and done without', async () => {
    const silent = await bound();
    const { port } = silent.address();
    const options = { ...LOOPBACK, gatherTimeoutMs: 200 };
    const turn = { urls: `turn:127.0.0.1:${port}`, username: 'a', credential: 'b' };
    await using pair = await createPair({ ...options, iceServers: [{ urls: `stun:127.0.0.1:${port}` }, turn] });
    expect(pair.us.localParameters.candidates.map(({ type }) => type)).toEqual(['host']);
    await connectPair(pair);
    const relayed = createTransport({ ...options, iceServers: [turn], iceTransportPolicy: 'relay' });
    await expect(relayed).rejects.toMatchObject({ code: 'ERR_ICE_FAILED', retryable: true });
    silent.close();
  });

  it.runIf(requires('coturn'))('in time is used when it does', async () => {
    await using coturn = await startCoturn();
    const nat = await createNat();
    nat.forward(coturn.port);
    nat.block(() => true);
    const { username, credential } = coturn;
    const iceServers = [{ urls: `turn:127.0.0.1:${nat.port}`, username, credential }];
    await using pair = await createPair({ iceServers, gatherTimeoutMs: 100 });
    // No direct way: only what comes through the relay reaches the peer.
    const { candidates } = pair.them.localParameters;
    const door = await createNat();
    door.forward(candidates[0]!.port);
    const own = pair.us.localParameters.candidates[0]!.port;
    door.block((from) => from === own);
    const connecting = Promise.all([
      pair.us.connect(parametersOf(pair.them, { candidates: [{ ...candidates[0]!, port: door.port }] })),
      pair.them.connect(parametersOf(pair.us, { candidates: [] })),
    ]);
    nat.block(() => false);
    await connecting;
    expect(pair.us.localParameters.candidates.map(({ type }) => type)).toEqual(['host', 'relay']);
    nat.close();
    door.close();
  });
});

interface Nat {
  readonly port: number;
  forward(port: number): void;
  block(isBlocked: (fromPort: number) => boolean): void;
  /** What the first inside address looks like outside. */
  mappedPort(): number;
  close(): void;
}

/** A translator of addresses: what arrives at its port goes on from a port of its own for each sender. */
async function createNat(): Promise<Nat> {
  const inside = await bound();
  const outside = new Map<number, Socket>();
  let target = 0;
  let isBlocked = (_fromPort: number) => false;
  inside.on('message', (datagram, { port: from }) => {
    if (isBlocked(from)) return;
    let socket = outside.get(from);
    if (!socket) {
      socket = createSocket('udp4').bind(0, '127.0.0.1');
      socket.on('message', (answer) => isBlocked(from) || inside.send(answer, from, '127.0.0.1'));
      outside.set(from, socket);
    }
    socket.send(datagram, target, '127.0.0.1');
  });
  return {
    port: inside.address().port,
    forward: (port) => void (target = port),
    block: (filter) => void (isBlocked = filter),
    mappedPort: () => [...outside.values()][0]!.address().port,
    close: () => [inside, ...outside.values()].forEach((socket) => socket.close()),
  };
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
