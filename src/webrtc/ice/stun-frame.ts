import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { attribute, HEADER_LENGTH, MAGIC_COOKIE, padding } from './stun-format.ts';

/** RFC 8489, sections 18.3 and 14.7. */
const MESSAGE_INTEGRITY = 0x0008;
const FINGERPRINT = 0x8028;
const FINGERPRINT_XOR = 0x5354554e;
const INTEGRITY_LENGTH = 20;

const CLASS_BITS = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
const CLASS_MASK = 0x110;

export type StunClass = keyof typeof CLASS_BITS;

const CLASS_NAMES = new Map(Object.entries(CLASS_BITS).map(([name, bits]) => [bits as number, name as StunClass]));

/** What every message begins with. */
export interface StunHeader {
  /** What the message is about: a number of the IANA registry. */
  readonly method: number;
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
}

/** A message as it arrived: where its MESSAGE-INTEGRITY is, for {@link isAuthentic}. */
export interface ReceivedBytes {
  readonly bytes: Buffer;
  /** Offset of the MESSAGE-INTEGRITY attribute, or undefined when there is none. */
  readonly integrityAt: number | undefined;
}

/** Writes a message around its attributes, with MESSAGE-INTEGRITY when there is a key, and FINGERPRINT. */
export function frameMessage(header: StunHeader, attributes: readonly Buffer[], key: KeyObject | undefined): Buffer {
  const integrity = key ? [attribute(MESSAGE_INTEGRITY, Buffer.alloc(INTEGRITY_LENGTH))] : [];
  const fingerprint = attribute(FINGERPRINT, Buffer.alloc(4));
  const bytes = Buffer.concat([Buffer.alloc(HEADER_LENGTH), ...attributes, ...integrity, fingerprint]);
  bytes.writeUInt16BE(header.method | CLASS_BITS[header.class], 0);
  bytes.writeUInt16BE(bytes.length - HEADER_LENGTH, 2);
  bytes.writeUInt32BE(MAGIC_COOKIE, 4);
  header.transactionId.copy(bytes, 8);
  sealMessage(bytes, key);
  return bytes;
}

/** Computes anew what {@link frameMessage} ends a message with, in place. */
export function sealMessage(bytes: Buffer, key: KeyObject | undefined): void {
  const fingerprintAt = bytes.length - 8;
  const integrityAt = fingerprintAt - 4 - INTEGRITY_LENGTH;
  if (key) integrityOf(bytes, integrityAt, key).copy(bytes, integrityAt + 4);
  bytes.writeUInt32BE(fingerprintOf(bytes, fingerprintAt), fingerprintAt + 4);
}

/**
 * Reads a message, and hands each attribute that its MESSAGE-INTEGRITY covers to `read`; undefined for what is no message,
 * for a wrong FINGERPRINT, and where `read` says false. FINGERPRINT may be missing. Never throws.
 */
export function readMessage(
  bytes: Buffer,
  read: (type: number, value: Buffer, transactionId: Buffer) => boolean,
): (StunHeader & ReceivedBytes) | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.length % 4 !== 0) return undefined;
  if (bytes.readUInt32BE(4) !== MAGIC_COOKIE || bytes.readUInt16BE(2) !== bytes.length - HEADER_LENGTH)
    return undefined;
  const transactionId = bytes.subarray(8, HEADER_LENGTH);
  let integrityAt: number | undefined;
  for (let at = HEADER_LENGTH; at < bytes.length;) {
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length !== length) return undefined;
    if (type === FINGERPRINT) {
      const isWhole = length === 4 && at + 8 === bytes.length && value.readUInt32BE(0) === fingerprintOf(bytes, at);
      if (!isWhole) return undefined;
    } else if (integrityAt === undefined) {
      // Whatever follows the integrity attribute is not protected by it and does not count.
      if (type === MESSAGE_INTEGRITY) {
        if (length !== INTEGRITY_LENGTH) return undefined;
        integrityAt = at;
      } else if (!read(type, value, transactionId)) return undefined;
    }
    at += 4 + length + padding(length);
  }
  const type = bytes.readUInt16BE(0);
  const messageClass = CLASS_NAMES.get(type & CLASS_MASK)!;
  return { method: type & ~CLASS_MASK, class: messageClass, transactionId, bytes, integrityAt };
}

/** Whether the message carries a MESSAGE-INTEGRITY made with this key (RFC 8489, section 14.5). */
export function isAuthentic({ bytes, integrityAt }: ReceivedBytes, key: KeyObject): boolean {
  if (integrityAt === undefined) return false;
  const given = bytes.subarray(integrityAt + 4, integrityAt + 4 + INTEGRITY_LENGTH);
  return timingSafeEqual(given, integrityOf(bytes, integrityAt, key));
}

/** The HMAC covers the message up to the attribute, its length field as if the message ended with the attribute. */
function integrityOf(bytes: Buffer, integrityAt: number, key: KeyObject): Buffer {
  const covered = Buffer.from(bytes.subarray(0, integrityAt));
  covered.writeUInt16BE(integrityAt + 4 + INTEGRITY_LENGTH - HEADER_LENGTH, 2);
  return createHmac('sha1', key).update(covered).digest();
}

/** Value of a FINGERPRINT attribute at that offset. */
function fingerprintOf(bytes: Buffer, fingerprintAt: number): number {
  return (crc32(bytes.subarray(0, fingerprintAt)) ^ FINGERPRINT_XOR) >>> 0;
}
