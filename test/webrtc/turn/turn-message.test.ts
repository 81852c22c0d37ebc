import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAuthentic } from '../../../src/webrtc/ice/stun-frame.ts';
import { decodeTurn, encodeTurn, type TurnMessage } from '../../../src/webrtc/turn/turn-message.ts';

const KEY = createSecretKey(Buffer.from('key'));
const FULL: TurnMessage = {
  method: 'allocate',
  class: 'success',
  transactionId: randomBytes(12),
  username: 'bob',
  realm: 'example.org',
  nonce: 'f//499k954d6OL34oL9FSTvy64sA',
  errorCode: 438,
  lifetime: 600,
  channelNumber: 0x4fff,
  peerAddress: { ip: '192.0.2.1', port: 65535 },
  relayedAddress: { ip: '2001:db8::1', port: 1 },
  mappedAddress: { ip: '198.51.100.7', port: 3478 },
  data: Buffer.from('abcde'),
};

describe('a TURN message', () => {
  it('says after a journey what it said before', () => {
    expect(decodeTurn(encodeTurn(FULL))).toMatchObject(FULL);
    for (const method of ['binding', 'refresh', 'send', 'data', 'createPermission', 'channelBind'] as const) {
      for (const messageClass of ['request', 'indication', 'success', 'error'] as const) {
        const message: TurnMessage = { method, class: messageClass, transactionId: FULL.transactionId };
        expect(decodeTurn(encodeTurn(message))).toMatchObject(message);
      }
    }
  });

  it('has the bytes of RFC 8489 and 8656', () => {
    const bytes = encodeTurn({
      method: 'allocate',
      class: 'request',
      transactionId: Buffer.alloc(12),
      overUdp: true,
      family: 'ipv6',
    });
    expect(bytes.subarray(0, -8).toString('hex')).toBe(
      '000300182112a442000000000000000000000000' + '0019000411000000' + '0017000402000000',
    );
  });

  it('is authentic to who knows the key, and to nobody else', () => {
    const received = decodeTurn(encodeTurn(FULL, KEY))!;
    expect(isAuthentic(received, KEY)).toBe(true);
    expect(isAuthentic(received, createSecretKey(Buffer.from('other')))).toBe(false);
    expect(isAuthentic(decodeTurn(encodeTurn(FULL))!, KEY)).toBe(false);
  });

  it('convinces nobody when a bit has flipped, and does not throw when cut short or made of chance', () => {
    const bytes = encodeTurn(FULL, KEY);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const message = decodeTurn(damaged);
      // A length may come to swallow the rest, FINGERPRINT and all. It is then no longer authentic.
      if (message && bit >> 3 < bytes.length - 8) expect(isAuthentic(message, KEY)).toBe(false);
    }
    for (let length = 0; length < bytes.length; length++) decodeTurn(bytes.subarray(0, length));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const attributes = Buffer.from(noise.slice(0, noise.length - (noise.length % 4)));
        const header = encodeTurn({ method: 'data', class: 'indication', transactionId: Buffer.alloc(12) }).subarray(
          0,
          20,
        );
        header.writeUInt16BE(attributes.length, 2);
        decodeTurn(Buffer.concat([header, attributes]));
      }),
      { numRuns: 5000 },
    );
  });
});
