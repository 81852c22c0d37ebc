import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { lastingCopy } from '../lasting-copy.ts';

/** RFC 6347, section 4.1; content types of RFC 5246, section 6.2.1. */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

const HEADER_LENGTH = 13;
const VERSION_MAJOR = 0xfe;
/** DTLS 1.2. */
export const VERSION = 0xfefd;
const MAX_SEQUENCE = 2 ** 48 - 1;

const EXPLICIT_NONCE_LENGTH = 8;
const TAG_LENGTH = 16;
/** What {@link RecordCipher} adds to a record, header included. */
export const SEALED_OVERHEAD: number = HEADER_LENGTH + EXPLICIT_NONCE_LENGTH + TAG_LENGTH;

export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly payload: Buffer;
}

/** The records of a datagram, up to the first that is none. Never throws. */
export function readRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; at + HEADER_LENGTH <= datagram.length;) {
    const type = datagram[at]!;
    const end = at + HEADER_LENGTH + datagram.readUInt16BE(at + 11);
    const isKnown = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA && datagram[at + 1] === VERSION_MAJOR;
    if (!isKnown || end > datagram.length) break;
    records.push({
      type,
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      payload: datagram.subarray(at + HEADER_LENGTH, end),
    });
    at = end;
  }
  return records;
}

export function writeRecord({ type, epoch, sequence, payload }: DtlsRecord): Buffer {
  if (sequence > MAX_SEQUENCE) throw new RangeError('DTLS record numbers are used up');
  const bytes = Buffer.alloc(HEADER_LENGTH + payload.length);
  bytes[0] = type;
  bytes.writeUInt16BE(VERSION, 1);
  bytes.writeUInt16BE(epoch, 3);
  bytes.writeUIntBE(sequence, 5, 6);
  bytes.writeUInt16BE(payload.length, 11);
  payload.copy(bytes, HEADER_LENGTH);
  return bytes;
}

/** AES-128-GCM protection of one direction (RFC 5288 and RFC 6347, section 4.1.2). */
export class RecordCipher {
  readonly #key: KeyObject;
  readonly #salt: Buffer;

  constructor(key: Buffer, salt: Buffer) {
    this.#key = createSecretKey(key);
    this.#salt = lastingCopy(salt);
  }

  /** A whole record with `payload` encrypted. A sequence must never come twice. */
  seal(record: DtlsRecord): Buffer {
    const explicitNonce = sequenceBytes(record);
    const cipher = createCipheriv('aes-128-gcm', this.#key, Buffer.concat([this.#salt, explicitNonce]));
    cipher.setAAD(additionalData(record, record.payload.length));
    const encrypted = [explicitNonce, cipher.update(record.payload), cipher.final(), cipher.getAuthTag()];
    return writeRecord({ ...record, payload: Buffer.concat(encrypted) });
  }

  /** The payload in clear, or undefined when the record is not authentic. */
  open(record: DtlsRecord): Buffer | undefined {
    const length = record.payload.length - EXPLICIT_NONCE_LENGTH - TAG_LENGTH;
    if (length < 0) return undefined;
    const explicitNonce = record.payload.subarray(0, EXPLICIT_NONCE_LENGTH);
    const tagAt = EXPLICIT_NONCE_LENGTH + length;
    const decipher = createDecipheriv('aes-128-gcm', this.#key, Buffer.concat([this.#salt, explicitNonce]));
    decipher.setAAD(additionalData(record, length));
    decipher.setAuthTag(record.payload.subarray(tagAt));
    const clear = decipher.update(record.payload.subarray(EXPLICIT_NONCE_LENGTH, tagAt));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return clear;
  }
}

/** Remembers which of the last 64 record numbers arrived (RFC 6347, section 4.1.2.6). */
export class ReplayWindow {
  #newest = -1;
  /** Bit n: `newest - n` arrived. */
  #seen = 0n;

  isNew(sequence: number): boolean {
    const age = this.#newest - sequence;
    return age < 0 || (age < 64 && !((this.#seen >> BigInt(age)) & 1n));
  }

  /** To be called for authentic records only. */
  note(sequence: number): void {
    const age = this.#newest - sequence;
    if (age < 0) {
      this.#seen = BigInt.asUintN(64, age <= -64 ? 1n : (this.#seen << BigInt(-age)) | 1n);
      this.#newest = sequence;
    } else this.#seen |= 1n << BigInt(age);
  }
}

function sequenceBytes({ epoch, sequence }: DtlsRecord): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(epoch, 0);
  bytes.writeUIntBE(sequence, 2, 6);
  return bytes;
}

function additionalData(record: DtlsRecord, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_LENGTH);
  sequenceBytes(record).copy(bytes, 0);
  bytes[8] = record.type;
  bytes.writeUInt16BE(VERSION, 9);
  bytes.writeUInt16BE(length, 11);
  return bytes;
}
