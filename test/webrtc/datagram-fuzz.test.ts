import { createSecretKey } from 'node:crypto';
import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import type { DtlsState } from '../../src/webrtc/dtls/dtls-association.ts';
import { decodeStun, encodeStun } from '../../src/webrtc/ice/stun-message.ts';
import { isWellFormedSctp } from '../../src/webrtc/sctp-guard.ts';
import { openSctpChannel, type SctpCarrier } from '../../src/webrtc/sctp-channel.ts';
import { decodeTurn } from '../../src/webrtc/turn/turn-message.ts';
import type { TransportState } from '../../src/webrtc/types.ts';
import { memoryInUse, MIB } from '../memory-in-use.ts';
import { type Side, VirtualLink } from './dtls/virtual-link.ts';
import { VirtualNetwork } from './ice/virtual-network.ts';
import { seededRandom } from './transport-pair.ts';

/** How many datagrams each run throws; `RXCALL_FUZZ=1000000` for a long one. */
const DATAGRAMS = Number(process.env['RXCALL_FUZZ'] ?? 10_000);
const timeout = 20_000 + DATAGRAMS / 5;

/** Makes something else of real datagrams: bits turned over, cut off, put together, or noise with their beginning. */
function createMutator(seed: number): (samples: readonly Buffer[]) => Buffer {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));
  return (samples) => {
    const sample = Buffer.from(samples[below(samples.length)]!);
    const kind = below(6);
    if (kind === 0) return sample;
    if (kind === 1) return sample.subarray(0, below(sample.length + 1));
    if (kind === 2) return Buffer.concat([sample.subarray(0, below(sample.length)), noise(below(200))]);
    if (kind === 3) return Buffer.concat([sample, samples[below(samples.length)]!]);
    for (let i = 0; i <= below(kind === 4 ? 3 : 40); i++) {
      if (sample.length > 0) sample[below(sample.length)] = below(256);
    }
    return sample;
  };
}

/** What nobody caught. */
let uncaught: unknown[] = [];
const note = (error: unknown): number => uncaught.push(error);
beforeEach(() => {
  uncaught = [];
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve));
  process.off('unhandledRejection', note);
  expect(uncaught).toEqual([]);
});

describe('datagrams that are made up', () => {
  it('as STUN, authentic or not, from anywhere: an agent keeps its path and a bounded list', { timeout }, async () => {
    const network = new VirtualNetwork();
    const [us, them] = [network.addPeer(['10.0.0.1']), network.addPeer(['10.0.0.2'], { role: 'controlling' })];
    us.start(them);
    them.start(us);
    network.run(500);
    const samples = [...us.sent, ...them.sent].map(({ bytes }) => Buffer.from(bytes));
    const { ufrag, pwd } = us.parameters.ice;
    const key = createSecretKey(Buffer.from(pwd));
    const mutate = createMutator(1);
    let understood = 0;
    const before = await memoryInUse();
    for (let n = 0; n < DATAGRAMS; n++) {
      const bytes = mutate(samples);
      if (decodeStun(bytes)) understood++;
      network.inject(us, bytes, `10.1.${n & 255}.${(n >> 8) & 255}`, 1 + (n % 60_000));
      if (n % 20 === 0) {
        // The peer itself goes mad: an authentic check from ever new places.
        const username = `${ufrag}:${them.parameters.ice.ufrag}`;
        const check = encodeStun(
          { class: 'request', transactionId: Buffer.alloc(12, n), username, priority: n, controlling: BigInt(n) },
          key,
        );
        network.inject(us, check, `10.2.${n & 255}.${(n >> 8) & 255}`, 1 + (n % 60_000));
      }
      if (n % 100 === 0) network.run(1);
      if (n % 1000 === 0) us.sent.length = 0; // its answers
    }
    expect((await memoryInUse()) - before).toBeLessThan(8 * MIB);
    expect(understood).toBeGreaterThan(DATAGRAMS / 20);
    expect(us.agent.pairs.length).toBeLessThanOrEqual(100);
    network.run(10_000);
    expect(us.agent.state).toBe('connected');
  });

  it('as TURN messages: nothing is thrown', () => {
    const mutate = createMutator(2);
    const header = Buffer.from('000300002112a442000000000000000000000000', 'hex');
    const withAttributes = Buffer.concat([header, Buffer.from('000d000400000258001600080001a1472112a443', 'hex')]);
    withAttributes.writeUInt16BE(withAttributes.length - 20, 2);
    let understood = 0;
    for (let n = 0; n < DATAGRAMS; n++) {
      const bytes = mutate([header, withAttributes]);
      if (bytes.length >= 20) bytes.writeUInt16BE(bytes.length - 20, 2);
      if (decodeTurn(bytes)) understood++;
      decodeStun(bytes);
    }
    expect(understood).toBeGreaterThan(DATAGRAMS / 20);
  });

  it.each(['client', 'server'] as const)(
    'as DTLS, to a %s: a handshake in their way comes to an end, and a connection does not mind',
    { timeout },
    (side) => {
      const others = wiretap(side);
      const mutate = createMutator(3);
      const met: Record<DtlsState, number> = { handshaking: 0, connected: 0, closed: 0, failed: 0 };
      for (let n = 0, links = 0; n < DATAGRAMS; links++) {
        const link = new VirtualLink();
        const [end, peer] = side === 'client' ? [link.client, link.server] : [link.server, link.client];
        link.run(10 * (links % 8)); // a flight takes 10 ms, and there are four
        for (let i = 0; i < 200 && !end.error && !end.closed; i++, n++) {
          met[end.association.state]++;
          link.deliver(side, mutate(n % 2 === 0 && peer.sent.length > 0 ? peer.sent : others));
          if (n % 10 === 0) link.run(1);
        }
        link.run(5000);
        // What is forged may spoil a handshake that nothing protects yet. It must then end, not hang.
        expect(end.association.state).not.toBe('handshaking');
        expect(end.sent.length).toBeLessThan(100);
        if (!end.keys) continue;
        peer.association.send(Buffer.from('still here'));
        link.run(20);
        expect(end.data.at(-1)).toBe('still here');
      }
      expect(met.handshaking).toBeGreaterThan(DATAGRAMS / 100);
      expect(met.connected).toBeGreaterThan(DATAGRAMS / 2);
    },
  );

  it('as SCTP, behind DTLS: nothing is thrown, and the channel still works or is closed', { timeout }, async () => {
    const mutate = createMutator(4);
    let channels = 0;
    const before = await memoryInUse();
    for (let n = 0; n < DATAGRAMS; channels++) {
      const { us, close, inject, samples } = await openChannels();
      for (; n < DATAGRAMS && us.state === 'open'; n++) {
        inject(withChecksum(mutate(samples)));
        if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(['open', 'closed']).toContain(us.state);
      close();
    }
    expect((await memoryInUse()) - before).toBeLessThan(8 * MIB);
    expect(channels).toBeLessThan(1 + DATAGRAMS / 1000);
  });
});

/** What the other side says to a `side` in a handshake and afterwards. */
function wiretap(side: Side): Buffer[] {
  const heard: Buffer[] = [];
  const link = new VirtualLink({
    carry: (datagram, from) => {
      if (from !== side) heard.push(Buffer.from(datagram));
      return [{ datagram, delayMs: 10 }];
    },
  });
  link.run(2000);
  link[side === 'client' ? 'server' : 'client'].association.send(Buffer.from('something'));
  return heard;
}

/** Two data channels on a wire, open, and what went over it. */
async function openChannels() {
  const samples: Buffer[] = [];
  const state$ = new BehaviorSubject<TransportState>('connected');
  const ends: [SctpCarrier, SctpCarrier] = [carrier(1), carrier(0)];
  function carrier(other: 0 | 1): SctpCarrier {
    return {
      state$,
      onData: undefined,
      sendData(data) {
        if (samples.length < 1000) samples.push(Buffer.from(data));
        queueMicrotask(() => ends[other].onData?.(data));
      },
    };
  }
  const us = openSctpChannel(ends[0], {}, silentLogger);
  openSctpChannel(ends[1], { opener: false }, silentLogger);
  await firstValueFrom(us.state$.pipe(filter((state) => state === 'open')));
  us.send('hello');
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    us,
    /** Of what went over it until now. */
    samples: [...samples],
    inject: (packet: Buffer) => ends[0].onData?.(packet),
    close: () => state$.next('closed'),
  };
}

describe('a packet of SCTP', () => {
  const packetOf = (...chunks: string[]): Buffer => Buffer.from('138813880000000000000000' + chunks.join(''), 'hex');

  it.each([
    ['is empty', '', true],
    ['has two chunks', '0b000004' + '0b000004', true],
    ['has a chunk without length, which a parser would read for ever', '00000000', false],
    ['has a chunk that is shorter than its header', '0b000003', false],
    ['has a chunk that is longer than the packet', '0b000008', false],
    ['has a parameter without length', '82000008' + '000d0000', false],
    ['has an INIT with a good parameter', '0100001c' + '00'.repeat(16) + 'c0000004' + '80000004', true],
    ['has an INIT with a parameter without length', '01000018' + '00'.repeat(16) + 'c0000000', false],
    ['acknowledges a little', '03000014' + '00'.repeat(8) + '00010000' + '00020003', true],
    ['acknowledges far too much', '03000018' + '00'.repeat(8) + '00020000' + '0000ffff0000ffff', false],
  ])('that %s', (_name, chunks, isGood) => {
    expect(isWellFormedSctp(packetOf(chunks))).toBe(isGood);
  });

  it('that is no packet is dropped', () => {
    expect(isWellFormedSctp(Buffer.alloc(11))).toBe(false);
  });
});

/** So that it is not dropped for its checksum alone (CRC32c, RFC 9260, appendix A). */
function withChecksum(packet: Buffer): Buffer {
  if (packet.length < 12) return packet;
  packet.writeUInt32LE(0, 8);
  let crc = 0xffffffff;
  for (const byte of packet) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  packet.writeUInt32LE((crc ^ 0xffffffff) >>> 0, 8);
  return packet;
}
