import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToIp, canonicalIp, ipToBytes, isLoopbackIp } from '../../../src/webrtc/ice/ip-address.ts';

describe('IP addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0::A', '2001:db8::a'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
  ])('%s has the one spelling %s', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.256', ':::', 'a.local', '12345::'])('%j is none', (text) => {
    expect(canonicalIp(text)).toBeUndefined();
  });

  it('keep their bytes through text', () => {
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(address, (bytes) => {
        expect([...ipToBytes(bytesToIp(bytes))!]).toEqual([...bytes]);
      }),
    );
  });

  it('of the machine itself are told apart', () => {
    expect(['127.0.0.1', '127.8.8.8', '::1'].every(isLoopbackIp)).toBe(true);
    expect(['10.0.0.1', '::2', '12.7.0.0'].some(isLoopbackIp)).toBe(false);
  });
});
