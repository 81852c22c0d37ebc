import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { OptionError } from '../../core/errors.ts';
import type { SrtpProfile } from '../types.ts';

/** Bytes of a master key and of a session encryption key, for both profiles. */
export const SRTP_KEY_BYTES = 16;

/** Bytes of a master salt: 96 bits for AEAD (RFC 7714, 12), 112 for counter mode (RFC 3711, 8.2). */
export const SRTP_SALT_BYTES: Readonly<Record<SrtpProfile, number>> = {
  AEAD_AES_128_GCM: 12,
  AES_CM_128_HMAC_SHA1_80: 14,
};

/** What one direction encrypts RTP, or RTCP, with. `auth` is empty for an AEAD profile. */
export interface SrtpSessionKeys {
  readonly key: Buffer;
  readonly salt: Buffer;
  readonly auth: Buffer;
}

/* Labels of RFC 3711, 4.3.1 and 4.3.2. */
const RTP_LABEL = 0;
const RTCP_LABEL = 3;

/**
 * Derives the session keys of one direction from its master key and salt (RFC 3711, 4.3; a key derivation rate of 0,
 * which is the only one DTLS-SRTP can negotiate).
 *
 * @throws OptionError when key or salt have not the length that the profile asks for.
 */
export function deriveSrtpKeys(
  profile: SrtpProfile,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
): { rtp: SrtpSessionKeys; rtcp: SrtpSessionKeys } {
  const saltBytes = SRTP_SALT_BYTES[profile];
  if (masterKey.length !== SRTP_KEY_BYTES) {
    throw new OptionError('masterKey.length', masterKey.length, `${SRTP_KEY_BYTES} bytes`);
  }
  if (masterSalt.length !== saltBytes) {
    throw new OptionError('masterSalt.length', masterSalt.length, `${saltBytes} bytes for ${profile}`);
  }
  const authBytes = profile === 'AES_CM_128_HMAC_SHA1_80' ? 20 : 0;
  const master = createSecretKey(masterKey);
  const keysFor = (label: number): SrtpSessionKeys => ({
    key: derive(master, masterSalt, label, SRTP_KEY_BYTES),
    auth: authBytes > 0 ? derive(master, masterSalt, label + 1, authBytes) : Buffer.alloc(0),
    salt: derive(master, masterSalt, label + 2, saltBytes),
  });
  return { rtp: keysFor(RTP_LABEL), rtcp: keysFor(RTCP_LABEL) };
}

/** AES counter mode as a pseudo-random function: the keystream at (label · 2^48 XOR salt) · 2^16. */
function derive(masterKey: KeyObject, masterSalt: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(masterSalt); // a 96-bit salt is padded on its right (RFC 7714, 11)
  iv[7] = iv[7]! ^ label;
  return createCipheriv('aes-128-ctr', masterKey, iv).update(Buffer.alloc(length));
}
