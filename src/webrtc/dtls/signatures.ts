import { constants, createHash, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { TransportError } from '../../core/errors.ts';
import type { DtlsCertificate } from '../certificate.ts';
import type { DtlsFingerprint } from '../types.ts';
import { HandshakeFailure } from './alert.ts';
import { ByteReader, uint, vector } from './byte-reader.ts';

interface Scheme {
  readonly keyType: 'ec' | 'rsa';
  readonly hash: string;
  readonly pss?: boolean;
}

const ECDSA_SHA256 = 0x0403;
/** Signature schemes (RFC 8446, section 4.2.3) by their numbers, which TLS 1.2 reads as hash and algorithm. */
const SCHEMES: ReadonlyMap<number, Scheme> = new Map<number, Scheme>([
  [ECDSA_SHA256, { keyType: 'ec', hash: 'sha256' }],
  [0x0503, { keyType: 'ec', hash: 'sha384' }],
  [0x0603, { keyType: 'ec', hash: 'sha512' }],
  [0x0804, { keyType: 'rsa', hash: 'sha256', pss: true }],
  [0x0401, { keyType: 'rsa', hash: 'sha256' }],
  [0x0501, { keyType: 'rsa', hash: 'sha384' }],
  [0x0601, { keyType: 'rsa', hash: 'sha512' }],
]);
/** What we accept, best first; we ourselves sign with the first. */
export const SIGNATURE_SCHEMES: readonly number[] = [...SCHEMES.keys()];

/** Hash functions that a fingerprint may name (RFC 8122, section 5); MD5 and SHA-1 are not among them any more. */
const FINGERPRINT_HASHES: Readonly<Record<string, string>> = {
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

/** DigitallySigned (RFC 5246, section 4.7), made with our key. */
export function encodeSignature(certificate: DtlsCertificate, data: Buffer): Buffer {
  return Buffer.concat([uint(2, ECDSA_SHA256), vector(2, sign('sha256', data, certificate.privateKey))]);
}

/** Reads a DigitallySigned and fails the handshake unless the owner of `key` made it over `data`. */
export function checkSignature(reader: ByteReader, key: KeyObject, data: Buffer): void {
  const scheme = SCHEMES.get(reader.uint(2));
  const signature = reader.vector(2);
  if (!scheme || scheme.keyType !== key.asymmetricKeyType) {
    throw new HandshakeFailure('illegal_parameter', 'the peer signs in a way we had not offered');
  }
  const padding = scheme.pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  if (!verify(scheme.hash, data, { key, ...padding }, signature)) {
    throw new HandshakeFailure('decrypt_error', 'the peer does not hold the key of the certificate it presented');
  }
}

/** The body of a Certificate message (RFC 5246, section 7.4.2). */
export function encodeCertificate(certificate: DtlsCertificate): Buffer {
  return vector(3, vector(3, certificate.der));
}

/** The public key of the certificate the peer presents, after its fingerprint was found among the expected ones. */
export function readCertificate(body: Buffer, expected: readonly DtlsFingerprint[]): KeyObject {
  const list = new ByteReader(new ByteReader(body).vector(3));
  if (list.isEmpty) throw new HandshakeFailure('handshake_failure', 'the peer presents no certificate');
  const der = list.vector(3);
  if (!expected.some((fingerprint) => matches(fingerprint, der))) {
    const presented = fingerprintOf(der, 'sha256');
    throw new HandshakeFailure(
      'bad_certificate',
      `the peer presents a certificate with SHA-256 fingerprint ${presented}, which is not the one that was signaled`,
      'ERR_FINGERPRINT',
    );
  }
  try {
    return new X509Certificate(der).publicKey;
  } catch (cause) {
    throw new HandshakeFailure('bad_certificate', "the peer's certificate is malformed", 'ERR_DTLS_FAILED', cause);
  }
}

/** Upper-case hex with colons, as in SDP. */
export function fingerprintOf(der: Buffer, hash: string): string {
  const digest = createHash(hash).update(der).digest('hex').toUpperCase();
  return digest.match(/../g)!.join(':');
}

/**
 * Fails when none of the fingerprints can be checked.
 *
 * @throws {@link TransportError} `ERR_FINGERPRINT`
 */
export function requireUsableFingerprint(fingerprints: readonly DtlsFingerprint[]): void {
  if (fingerprints.some(({ algorithm }) => algorithm.toLowerCase() in FINGERPRINT_HASHES)) return;
  const given = fingerprints.map(({ algorithm }) => algorithm).join(', ') || 'none';
  throw new TransportError(
    'ERR_FINGERPRINT',
    `No fingerprint of the peer can be checked: expected sha-256, got ${given}.`,
  );
}

function matches({ algorithm, value }: DtlsFingerprint, der: Buffer): boolean {
  const hash = FINGERPRINT_HASHES[algorithm.toLowerCase()];
  return hash !== undefined && fingerprintOf(der, hash) === value.toUpperCase();
}
