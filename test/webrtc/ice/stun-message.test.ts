import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAuthentic } from '../../../src/webrtc/ice/stun-frame.ts';
import { decodeStun, encodeStun, type StunMessage } from '../../../src/webrtc/ice/stun-message.ts';

const transactionId = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
const key = (password: string) => createSecretKey(Buffer.from(password));
/** RFC 5769, section 2. */
const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

const SAMPLE_REQUEST = bytesOf(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);
const SAMPLE_RESPONSE_V4 = bytesOf(`
  0101003c 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`);
const SAMPLE_RESPONSE_V6 = bytesOf(`
  01010048 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c`);

describe('the STUN vectors of RFC 5769', () => {
  it('read as the request they are', () => {
    const message = decodeStun(SAMPLE_REQUEST)!;
    expect(message).toMatchObject({
      class: 'request',
      transactionId,
      username: 'evtj:h6vY',
      priority: 0x6e0001ff,
      controlled: 0x932ff9b151263b36n,
    });
    expect(isAuthentic(message, key(PASSWORD))).toBe(true);
    expect(isAuthentic(message, key('another password'))).toBe(false);
  });

  it.each([
    ['IPv4', SAMPLE_RESPONSE_V4, '192.0.2.1'],
    ['IPv6', SAMPLE_RESPONSE_V6, '2001:db8:1234:5678:11:2233:4455:6677'],
  ])('read as the %s response they are', (_family, bytes, ip) => {
    const message = decodeStun(bytes)!;
    expect(message).toMatchObject({ class: 'success', mappedAddress: { ip, port: 32853 } });
    expect(isAuthentic(message, key(PASSWORD))).toBe(true);
  });
});

describe('a STUN message', () => {
  const arbitraryMessage: fc.Arbitrary<StunMessage> = fc
    .record({
      class: fc.constantFrom('request', 'indication', 'success', 'error'),
      transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      username: fc.option(fc.string({ maxLength: 100 }), { nil: undefined }),
      priority: fc.option(fc.nat(0xffffffff), { nil: undefined }),
      controlling: fc.option(fc.bigInt(0n, 2n ** 64n - 1n), { nil: undefined }),
      controlled: fc.option(fc.bigInt(0n, 2n ** 64n - 1n), { nil: undefined }),
      useCandidate: fc.option(fc.constant(true), { nil: undefined }),
      errorCode: fc.option(fc.integer({ min: 300, max: 699 }), { nil: undefined }),
      mappedAddress: fc.option(
        fc.record({ ip: fc.constantFrom('1.2.3.4', '::1', 'fe80::1', '2001:db8::a:0:0:7'), port: fc.nat(65535) }),
        { nil: undefined },
      ),
    })
    .map((message) => message as StunMessage);

  it('reads back as it was written, authentic', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        const read = decodeStun(encodeStun(message, key('secret')))!;
        for (const [name, value] of Object.entries(message)) expect(read[name as keyof StunMessage]).toEqual(value);
        expect(isAuthentic(read, key('secret'))).toBe(true);
      }),
    );
  });

  it('is refused when any single bit of what it says changed', () => {
    const bytes = encodeStun({ class: 'request', transactionId, username: 'a:b', priority: 7 }, key('secret'));
    for (let bit = 0; bit < (bytes.length - 8) * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const read = decodeStun(damaged);
      expect(read && isAuthentic(read, key('secret')), `bit ${bit}`).toBeFalsy();
    }
  });

  it('without integrity is readable and not authentic', () => {
    const read = decodeStun(encodeStun({ class: 'error', transactionId, errorCode: 401 }))!;
    expect(read.errorCode).toBe(401);
    expect(isAuthentic(read, key('secret'))).toBe(false);
  });

  it('ignores what follows the integrity attribute', () => {
    const bytes = encodeStun({ class: 'request', transactionId, username: 'a:b' }, key('secret'));
    const withoutFingerprint = bytes.subarray(0, bytes.length - 8);
    const forged = Buffer.concat([withoutFingerprint, bytesOf('00250000')]);
    forged.writeUInt16BE(forged.length - 20, 2);
    expect(decodeStun(forged)).toMatchObject({ username: 'a:b' });
    expect(decodeStun(forged)!.useCandidate).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        decodeStun(Buffer.from(noise));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on a damaged message, whose header is right', () => {
    const bytes = encodeStun(
      { class: 'success', transactionId, mappedAddress: { ip: '::1', port: 9 }, errorCode: 487, controlled: 1n },
      key('secret'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 21), fc.nat(255)), { maxLength: 12 }), (changes) => {
        const damaged = Buffer.from(bytes.subarray(0, bytes.length - 8));
        damaged.writeUInt16BE(damaged.length - 20, 2);
        for (const [at, value] of changes) if (20 + at < damaged.length) damaged[20 + at] = value;
        const read = decodeStun(damaged);
        if (read) isAuthentic(read, key('secret'));
      }),
      { numRuns: 2000 },
    );
  });
});
