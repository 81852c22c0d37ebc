import { describe, expect, it } from 'vitest';
import { uint16s } from '../../../src/webrtc/dtls/byte-reader.ts';
import { HandshakeFailure } from '../../../src/webrtc/dtls/alert.ts';
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  ECDHE_ECDSA_AES128_GCM,
  ECDHE_RSA_AES128_GCM,
  encodeClientHello,
  encodeServerHello,
} from '../../../src/webrtc/dtls/hello.ts';
import type { SrtpProfile } from '../../../src/webrtc/types.ts';

const BOTH: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
const RANDOM = Buffer.alloc(32, 7);
const COOKIE = Buffer.from('cookie');
const [GROUPS, POINTS, SIGNATURES, SRTP, MASTER_SECRET, RENEGOTIATION] = [10, 11, 13, 14, 23, 0xff01];

const hello = (profiles = BOTH): ClientHello => decodeClientHello(encodeClientHello(RANDOM, COOKIE, profiles));

/** A hello with an extension changed, or left out. */
function withExtension(type: number, data?: Buffer): ClientHello {
  const extensions = new Map(hello().extensions);
  if (data) extensions.set(type, data);
  else extensions.delete(type);
  return { ...hello(), extensions };
}

/** The alert that a refusal sends. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HandshakeFailure) return `${error.description}: ${error.message}`;
    throw error;
  }
  return 'none';
}

function changed(body: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(body);
  copy[at] = value;
  return copy;
}

describe('a ClientHello', () => {
  it('says what we can', () => {
    const { random, cookie, suites } = hello();
    expect(random).toEqual(RANDOM);
    expect(cookie).toEqual(COOKIE);
    expect(suites).toEqual([ECDHE_ECDSA_AES128_GCM, ECDHE_RSA_AES128_GCM]);
  });

  it('may have no extensions at all', () => {
    const body = encodeClientHello(RANDOM, COOKIE, BOTH);
    const bare = body.subarray(0, 2 + 32 + 1 + 1 + COOKIE.length + 2 + 4 + 2);
    expect(decodeClientHello(bare).extensions.size).toBe(0);
  });

  it('is of a version that goes with 1.2, and wants no compression', () => {
    const body = encodeClientHello(RANDOM, COOKIE, BOTH);
    expect(decodeClientHello(changed(body, 1, 0xfc)).random).toEqual(RANDOM); // DTLS 1.3
    expect(refusal(() => decodeClientHello(changed(body, 1, 0xff)))).toMatch(/^protocol_version/); // DTLS 1.0
    expect(refusal(() => decodeClientHello(changed(body, 0, 3)))).toMatch(/^protocol_version/); // TLS
    const compression = 2 + 32 + 1 + 1 + COOKIE.length + 2 + 4 + 1;
    expect(refusal(() => decodeClientHello(changed(body, compression, 1)))).toMatch(/^illegal_parameter.*compression/);
  });
});

describe('the answer to it', () => {
  const answer = (to: ClientHello, profiles = BOTH) => encodeServerHello(to, RANDOM, profiles);

  it('takes the SRTP profile that stands first in ours', () => {
    expect(answer(hello()).srtpProfile).toBe('AEAD_AES_128_GCM');
    expect(answer(hello(), ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM']).srtpProfile).toBe(
      'AES_CM_128_HMAC_SHA1_80',
    );
    expect(answer(hello(['AES_CM_128_HMAC_SHA1_80'])).srtpProfile).toBe('AES_CM_128_HMAC_SHA1_80');
  });

  it('is understood', () => {
    const { random, suite, srtpProfile } = decodeServerHello(answer(hello()).body, BOTH);
    expect({ random, suite, srtpProfile }).toEqual({
      random: RANDOM,
      suite: ECDHE_ECDSA_AES128_GCM,
      srtpProfile: 'AEAD_AES_128_GCM',
    });
  });

  it('speaks of points and of renegotiation only when it was asked to', () => {
    const length = (to: ClientHello): number => answer(to).body.length;
    const whole = length(hello());
    expect(whole - length(withExtension(POINTS))).toBe(6);
    expect(whole - length(withExtension(RENEGOTIATION))).toBe(5);
    const { suites, ...rest } = withExtension(RENEGOTIATION);
    expect(length({ ...rest, suites: [...suites, 0x00ff] })).toBe(whole);
  });

  it('refuses whom it has nothing in common with, and says what is missing', () => {
    const refused = (to: ClientHello): string => refusal(() => answer(to));
    expect(refused({ ...hello(), suites: [ECDHE_RSA_AES128_GCM] })).toMatch(/^handshake_failure.*ECDHE-ECDSA/);
    expect(refused(withExtension(GROUPS, uint16s([29])))).toMatch(/^handshake_failure.*P-256/);
    expect(refused(withExtension(SIGNATURES, uint16s([0x0401])))).toMatch(/^handshake_failure.*ECDSA signatures/);
    expect(refused(withExtension(MASTER_SECRET))).toMatch(/^insufficient_security/);
    expect(refused(withExtension(SRTP))).toMatch(/^handshake_failure.*SRTP/);
    expect(refused(withExtension(SRTP, Buffer.of(0, 2, 0, 2, 0)))).toMatch(/^handshake_failure.*SRTP/);
    for (const type of [GROUPS, SIGNATURES]) expect(refused(withExtension(type))).toBe('none');
  });
});

describe('an answer to us', () => {
  const { body } = encodeServerHello(hello(), RANDOM, BOTH);
  const refused = (answer: Buffer, profiles = BOTH): string => refusal(() => decodeServerHello(answer, profiles));

  it('may choose only what we had offered', () => {
    const suite = 2 + 32 + 1;
    expect(refused(body)).toBe('none');
    expect(refused(changed(body, suite + 1, 0x2f))).toBe('none'); // its sibling for RSA
    expect(refused(changed(body, suite + 1, 0x30))).toMatch(/^illegal_parameter/);
    expect(refused(changed(body, suite + 2, 1))).toMatch(/^illegal_parameter/);
    expect(refused(changed(body, 1, 0xff))).toMatch(/^protocol_version/);
    expect(refused(body, ['AES_CM_128_HMAC_SHA1_80'])).toMatch(/^handshake_failure.*SRTP/);
  });

  it('has to know the extended master secret', () => {
    const bare = body.subarray(0, 2 + 32 + 1 + 2 + 1);
    expect(refused(bare)).toMatch(/^insufficient_security/);
  });
});
