import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { prf } from '../../../src/webrtc/dtls/key-schedule.ts';

describe('the pseudorandom function', () => {
  it('gives the published SHA-256 test vector', () => {
    const secret = Buffer.from('9bbe436ba940f017b17652849a71db35', 'hex');
    const seed = Buffer.from('a0ba9f936cda311827a6f796ffd5198c', 'hex');
    expect(prf(createSecretKey(secret), 'test label', seed, 100).toString('hex')).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17' +
        'abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    );
  });
});
