import type { DtlsRole, SrtpProfile } from '../types.ts';
import { splitter, type KeySchedule } from './key-schedule.ts';

/** Master keys and salts of an SRTP session (RFC 5764, section 4.2). */
export interface SrtpKeys {
  readonly profile: SrtpProfile;
  /** For what we send. */
  readonly localKey: Buffer;
  readonly localSalt: Buffer;
  /** For what we receive. */
  readonly remoteKey: Buffer;
  readonly remoteSalt: Buffer;
}

const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';
const KEY_LENGTH = 16;
/** RFC 3711, section 8.2, and RFC 7714, section 12. */
const SALT_LENGTHS: Readonly<Record<SrtpProfile, number>> = { AES_CM_128_HMAC_SHA1_80: 14, AEAD_AES_128_GCM: 12 };

/** Derives the keys both sides share; each side's role in DTLS says which half is its own. */
export function exportSrtpKeys(schedule: KeySchedule, profile: SrtpProfile, role: DtlsRole): SrtpKeys {
  const saltLength = SALT_LENGTHS[profile];
  const take = splitter(schedule.export(EXPORTER_LABEL, 2 * (KEY_LENGTH + saltLength)));
  const clientKey = take(KEY_LENGTH);
  const serverKey = take(KEY_LENGTH);
  const clientSalt = take(saltLength);
  const serverSalt = take(saltLength);
  return role === 'client'
    ? { profile, localKey: clientKey, localSalt: clientSalt, remoteKey: serverKey, remoteSalt: serverSalt }
    : { profile, localKey: serverKey, localSalt: serverSalt, remoteKey: clientKey, remoteSalt: clientSalt };
}
