import type { KeyObject } from 'node:crypto';
import type { DtlsFingerprint } from './types.ts';

/** A self-signed certificate and its key, as DTLS presents it. */
export interface DtlsCertificate {
  /** X.509, DER. */
  readonly der: Buffer;
  readonly privateKey: KeyObject;
  /** SHA-256 of `der` (RFC 8122). */
  readonly fingerprint: DtlsFingerprint;
}

/** Makes an ECDSA P-256 certificate. */
export function createCertificate(): DtlsCertificate {
  throw new Error('not written yet');
}
