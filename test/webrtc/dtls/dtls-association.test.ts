import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../../src/webrtc/certificate.ts';
import { readRecords, writeRecord } from '../../../src/webrtc/dtls/record.ts';
import type { SrtpProfile } from '../../../src/webrtc/types.ts';
import { VirtualLink, type Side } from './virtual-link.ts';

const GCM: SrtpProfile = 'AEAD_AES_128_GCM';
const CM: SrtpProfile = 'AES_CM_128_HMAC_SHA1_80';
const SIDES: readonly Side[] = ['client', 'server'];
const statesOf = (link: VirtualLink) => SIDES.map((side) => link[side].association.state);
const otherThan = (side: Side): Side => (side === 'client' ? 'server' : 'client');

/** Park and Miller's generator. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function connected(): VirtualLink {
  const link = new VirtualLink();
  link.run(1000);
  expect(statesOf(link)).toEqual(['connected', 'connected']);
  return link;
}

describe('a DTLS handshake', () => {
  it('takes two round trips and four datagrams', () => {
    const link = new VirtualLink();
    link.run(39);
    expect(link.client.association.state).toBe('handshaking');
    link.run(1);
    expect(statesOf(link)).toEqual(['connected', 'connected']);
    expect(link.client.sent).toHaveLength(2);
    expect(link.server.sent).toHaveLength(2);
    expect(Math.max(...[...link.client.sent, ...link.server.sent].map((one) => one.length))).toBeLessThanOrEqual(1200);
    expect([link.client.association.nextMs, link.server.association.nextMs]).toEqual([Infinity, Infinity]);
  });

  it.each([
    [[GCM, CM], [GCM, CM], GCM],
    [[CM, GCM], [GCM, CM], GCM],
    [[CM, GCM], [CM, GCM], CM],
    [[CM], [GCM, CM], CM],
    [[GCM, CM], [CM], CM],
  ])('of a client with %j and a server with %j agrees on %s', (ofClient, ofServer, profile) => {
    const link = new VirtualLink({ client: { srtpProfiles: ofClient }, server: { srtpProfiles: ofServer } });
    link.run(1000);
    const [client, server] = [link.client.keys!, link.server.keys!];
    expect(client.profile).toBe(profile);
    expect(server.profile).toBe(profile);
    expect(client.localKey).toEqual(server.remoteKey);
    expect(client.localSalt).toEqual(server.remoteSalt);
    expect(client.remoteKey).toEqual(server.localKey);
    expect(client.remoteSalt).toEqual(server.localSalt);
    expect(client.localKey).not.toEqual(client.remoteKey);
    expect([client.localKey.length, client.localSalt.length]).toEqual([16, profile === GCM ? 12 : 14]);
  });

  it('without a common profile fails on both sides', () => {
    const link = new VirtualLink({ client: { srtpProfiles: [CM] }, server: { srtpProfiles: [GCM] } });
    link.run(1000);
    expect(link.server.error).toMatchObject({ code: 'ERR_DTLS_FAILED' });
    expect(link.client.error?.message).toContain('handshake_failure');
  });

  it('gives every association keys of its own', () => {
    const keys = Array.from({ length: 5 }, () => connected().client.keys!.localKey.toString('hex'));
    expect(new Set(keys).size).toBe(5);
  });

  it('survives loss, delay, reordering and repetition of 30 % each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        const random = seededRandom(seed);
        const link = new VirtualLink({
          carry: (datagram) => {
            if (random() < 0.3) return [];
            const once = { datagram, delayMs: 10 + random() * 100 };
            return random() < 0.3 ? [once, { datagram, delayMs: 10 + random() * 300 }] : [once];
          },
        });
        link.run(10_000);
        expect(statesOf(link)).toEqual(['connected', 'connected']);
        expect(link.client.keys!.localKey).toEqual(link.server.keys!.remoteKey);
      }),
      { numRuns: 100 },
    );
  });

  it('survives records that travel each on its own, in any order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        const random = seededRandom(seed);
        const link = new VirtualLink({
          carry: (datagram) =>
            readRecords(datagram).map((record) => ({ datagram: writeRecord(record), delayMs: 10 + random() * 20 })),
        });
        link.run(5000);
        expect(statesOf(link)).toEqual(['connected', 'connected']);
      }),
      { numRuns: 50 },
    );
  });

  it('needs no repetition when the end of a flight overtakes its beginning', () => {
    const link = new VirtualLink({
      carry: (datagram) =>
        readRecords(datagram).map((record, i) => ({ datagram: writeRecord(record), delayMs: 20 - 2 * i })),
    });
    link.run(90);
    expect(statesOf(link)).toEqual(['connected', 'connected']);
    expect([link.client.sent.length, link.server.sent.length]).toEqual([2, 2]);
  });

  it('continues at once when the path appears, and repeats what is unanswered ever more slowly until then', () => {
    let isOpen = false;
    const link = new VirtualLink({ carry: (datagram) => (isOpen ? [{ datagram, delayMs: 10 }] : []) });
    link.run(5000);
    expect(link.client.sent.length).toBeGreaterThan(6);
    expect(link.client.sent.length).toBeLessThan(12);
    isOpen = true;
    link.client.association.pathChanged(link.nowMs);
    link.run(40);
    expect(statesOf(link)).toEqual(['connected', 'connected']);
  });

  it('uses no record number twice, however often it repeats', () => {
    const link = new VirtualLink({ carry: () => [] });
    link.run(10_000);
    const numbers = link.client.sent.flatMap(readRecords).map((record) => `${record.epoch} ${record.sequence}`);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('a peer that is not who it should be', () => {
  it.each(SIDES)('is refused by its fingerprint, as %s', (side) => {
    const link = new VirtualLink({ [otherThan(side)]: { fingerprints: [createCertificate().fingerprint] } });
    link.run(5000);
    expect(link[otherThan(side)].error).toMatchObject({
      code: 'ERR_FINGERPRINT',
      retryable: false,
      message: expect.stringContaining(link[side].certificate.fingerprint.value) as string,
    });
    expect(link[side].error?.message).toContain('bad_certificate');
    expect(statesOf(link)).toEqual(['failed', 'failed']);
  });

  it.each(SIDES)('is refused when it shows a certificate whose key it does not have, as %s', (side) => {
    const { der, fingerprint } = createCertificate();
    const { privateKey } = createCertificate();
    const link = new VirtualLink({ [side]: { certificate: { der, fingerprint, privateKey } } });
    link.run(5000);
    expect(link[otherThan(side)].error).toMatchObject({
      code: 'ERR_DTLS_FAILED',
      message: expect.stringContaining('does not hold the key') as string,
    });
    expect(link[otherThan(side)].keys).toBeUndefined();
  });

  it('is taken when one of several fingerprints fits, in whatever case', () => {
    const certificate = createCertificate();
    const { algorithm, value } = certificate.fingerprint;
    const link = new VirtualLink({
      client: { certificate },
      server: {
        fingerprints: [
          createCertificate().fingerprint,
          { algorithm: 'md5', value: '00' },
          { algorithm: algorithm.toUpperCase(), value: value.toLowerCase() },
        ],
      },
    });
    link.run(1000);
    expect(link.server.association.state).toBe('connected');
  });
});

describe('somebody on the path', () => {
  it('cannot change a byte of the handshake without ending it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SIDES),
        fc.nat(1),
        fc.nat(1200),
        fc.integer({ min: 1, max: 255 }),
        (side, nth, at, flip) => {
          let count = 0;
          const link = new VirtualLink({
            carry: (datagram, from) => {
              const copy = Buffer.from(datagram);
              // Record headers are not part of what is agreed on: a change there only loses the record.
              if (from === side && count++ === nth && at < copy.length) copy[at]! ^= flip;
              return [{ datagram: copy, delayMs: 10 }];
            },
          });
          link.run(3000);
          const agreed = statesOf(link).every((state) => state === 'connected');
          // The repetition of an ignored flight may connect them all the same: then with the same keys.
          if (agreed) expect(link.client.keys!.localKey).toEqual(link.server.keys!.remoteKey);
          else expect(statesOf(link)).toContain('failed');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cannot end a connection with alerts in clear, nor with garbage', () => {
    const link = connected();
    for (const alert of [
      [1, 0],
      [2, 40],
      [2, 0],
    ]) {
      link.deliver('server', writeRecord({ type: 21, epoch: 0, sequence: 99, payload: Buffer.from(alert) }));
      link.deliver('server', writeRecord({ type: 21, epoch: 1, sequence: 99, payload: Buffer.from(alert) }));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        link.deliver('server', Buffer.from(noise));
        link.deliver('server', Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, noise.length, ...noise]));
        link.deliver('client', Buffer.from([23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, noise.length, ...noise]));
      }),
      { numRuns: 2000 },
    );
    expect(statesOf(link)).toEqual(['connected', 'connected']);
  });

  it('cannot hold up a handshake with garbage', () => {
    const link = new VirtualLink({ carry: (datagram) => [{ datagram, delayMs: 50 }] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        for (const side of SIDES) link.deliver(side, Buffer.from(noise));
      }),
      { numRuns: 2000 },
    );
    link.run(2000);
    expect(statesOf(link)).toEqual(['connected', 'connected']);
  });

  it('cannot have data delivered twice', () => {
    const link = connected();
    link.client.association.send(Buffer.from('once'));
    link.run(10);
    const copy = link.client.sent.at(-1)!;
    for (let i = 0; i < 3; i++) link.deliver('server', copy);
    expect(link.server.data).toEqual(['once']);
  });
});

describe('a connected association', () => {
  it('carries data both ways, in any order', () => {
    const link = connected();
    link.carry = (datagram) => [{ datagram, delayMs: 100 - link.client.sent.length }];
    for (let i = 0; i < 40; i++) link.client.association.send(Buffer.from(String(i)));
    link.server.association.send(Buffer.from('back'));
    link.run(200);
    expect(link.server.data.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(link.client.data).toEqual(['back']);
  });

  it.each(SIDES)('closed by the %s tells the other side', (side) => {
    const link = connected();
    link[side].association.close();
    link.run(100);
    expect(statesOf(link)).toEqual(['closed', 'closed']);
    expect(link[otherThan(side)].closed).toBe(true);
    expect(link[side].closed).toBe(false);
  });

  it('says nothing any more after it was closed', () => {
    const link = new VirtualLink();
    link.run(15);
    link.client.association.close();
    link.server.association.close();
    const before = [link.client.sent.length, link.server.sent.length];
    link.run(60_000);
    expect([link.client.sent.length, link.server.sent.length]).toEqual(before);
    expect([link.client.error, link.server.error, link.client.keys]).toEqual([undefined, undefined, undefined]);
  });

  it('answers a client that missed the end of the handshake', () => {
    const link = new VirtualLink();
    link.run(25);
    link.carry = (datagram, from) => (from === 'server' ? [] : [{ datagram, delayMs: 10 }]);
    link.run(1000);
    expect(statesOf(link)).toEqual(['handshaking', 'connected']);
    link.carry = (datagram) => [{ datagram, delayMs: 10 }];
    link.run(1000);
    expect(statesOf(link)).toEqual(['connected', 'connected']);
    const repeated = link.server.sent.length;
    link.run(10_000);
    expect(link.server.sent.length).toBe(repeated);
  });
});
