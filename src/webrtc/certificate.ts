import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { fingerprintOf } from './dtls/signatures.ts';
import { lastingCopy } from './lasting-copy.ts';
import type { DtlsFingerprint } from './types.ts';

/** A self-signed certificate and its key, as DTLS presents it. */
export interface DtlsCertificate {
  /** X.509, DER. */
  readonly der: Buffer;
  readonly privateKey: KeyObject;
  /** SHA-256 of `der` (RFC 8122). */
  readonly fingerprint: DtlsFingerprint;
}

/** Tags of DER (X.690). */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT_0 = 0xa0;

const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from('2a8648ce3d040302', 'hex')));
const COMMON_NAME = der(OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'));
/** What browsers call themselves, too: it tells nothing. */
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('WebRTC')))));
const VERSION_3 = der(EXPLICIT_0, der(INTEGER, Buffer.from([2])));

const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

/**
 * Makes an ECDSA P-256 certificate with a new key (RFC 8827, section 6.5). It takes a fraction of a millisecond: have one
 * per call, so that calls cannot be told to come from one process.
 */
export function createCertificate(): DtlsCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const nowMs = Date.now();
  const toBeSigned = der(
    SEQUENCE,
    VERSION_3,
    der(INTEGER, positive(randomBytes(8))),
    ECDSA_WITH_SHA256,
    NAME,
    der(SEQUENCE, utcTime(nowMs - DAY_MS), utcTime(nowMs + VALID_DAYS * DAY_MS)),
    NAME,
    publicKey.export({ format: 'der', type: 'spki' }),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = lastingCopy(
    der(SEQUENCE, toBeSigned, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.from([0]), signature)),
  );
  return {
    der: certificate,
    privateKey,
    fingerprint: { algorithm: 'sha-256', value: fingerprintOf(certificate, 'sha256') },
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

/** Neither negative nor with a superfluous leading zero. */
function positive(bytes: Buffer): Buffer {
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

function utcTime(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}
