import type { SrtpCipher } from './srtp-cipher.ts';
import { createCmCipher } from './srtp-cm.ts';
import { createGcmCipher } from './srtp-gcm.ts';
import { deriveSrtpKeys } from './srtp-keys.ts';
import type { SrtpProfile } from '../types.ts';

/** Makes the transform of one direction from the master key and salt that DTLS exported. */
export function createSrtpCipher(profile: SrtpProfile, masterKey: Uint8Array, masterSalt: Uint8Array): SrtpCipher {
  const keys = deriveSrtpKeys(profile, masterKey, masterSalt);
  return profile === 'AEAD_AES_128_GCM' ? createGcmCipher(keys.rtp, keys.rtcp) : createCmCipher(keys.rtp, keys.rtcp);
}
