import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { DtlsRole } from '../types.ts';

const MASTER_SECRET_LENGTH = 48;
const VERIFY_DATA_LENGTH = 12;
const KEY_LENGTH = 16;
const SALT_LENGTH = 4;

export interface WriteKeys {
  readonly key: Buffer;
  readonly salt: Buffer;
}

export interface Randoms {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** The secrets of one association: TLS 1.2 with SHA-256 and AES-128-GCM. */
export class KeySchedule {
  readonly #masterSecret: KeyObject;
  readonly #randoms: Randoms;

  /** Extended master secret (RFC 7627, section 4), over all messages up to ClientKeyExchange. */
  constructor(preMasterSecret: Buffer, transcript: Buffer, randoms: Randoms) {
    const sessionHash = sha256(transcript);
    const label = 'extended master secret';
    const masterSecret = prf(createSecretKey(preMasterSecret), label, sessionHash, MASTER_SECRET_LENGTH);
    this.#masterSecret = createSecretKey(masterSecret);
    this.#randoms = randoms;
  }

  /** RFC 5246, section 6.3. */
  recordKeys(): Readonly<Record<DtlsRole, WriteKeys>> {
    const { client, server } = this.#randoms;
    const length = 2 * (KEY_LENGTH + SALT_LENGTH);
    const take = splitter(prf(this.#masterSecret, 'key expansion', Buffer.concat([server, client]), length));
    const keys = [take(KEY_LENGTH), take(KEY_LENGTH), take(SALT_LENGTH), take(SALT_LENGTH)] as const;
    return { client: { key: keys[0], salt: keys[2] }, server: { key: keys[1], salt: keys[3] } };
  }

  /** What the Finished message of that side contains (RFC 5246, section 7.4.9). */
  verifyData(sender: DtlsRole, transcript: Buffer): Buffer {
    return prf(this.#masterSecret, `${sender} finished`, sha256(transcript), VERIFY_DATA_LENGTH);
  }

  /** RFC 5705, without a context. */
  export(label: string, length: number): Buffer {
    const { client, server } = this.#randoms;
    return prf(this.#masterSecret, label, Buffer.concat([client, server]), length);
  }
}

/** The pseudorandom function of TLS 1.2 (RFC 5246, section 5). With a key in bytes, each HMAC would cost 10 µs more. */
export function prf(secret: KeyObject, label: string, seed: Buffer, length: number): Buffer {
  const labeledSeed = Buffer.concat([Buffer.from(label), seed]);
  const blocks: Buffer[] = [];
  let a = labeledSeed;
  for (let have = 0; have < length; have += 32) {
    a = createHmac('sha256', secret).update(a).digest();
    blocks.push(createHmac('sha256', secret).update(a).update(labeledSeed).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** Cuts pieces off the front. */
export function splitter(bytes: Buffer): (length: number) => Buffer {
  let at = 0;
  return (length) => bytes.subarray(at, (at += length));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
