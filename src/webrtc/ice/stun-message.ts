import { randomFillSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { attribute, decodeAddress, encodeAddress, encodeErrorCode, fingerprintOf, integrityOf } from './stun-format.ts';
import {
  HEADER_LENGTH,
  INTEGRITY_LENGTH,
  MAGIC_COOKIE,
  padding,
  uint32,
  uint64,
  type Endpoint,
} from './stun-format.ts';

const BINDING = 0x001;

/** Attribute types: RFC 8489, section 18.3, and RFC 8445, section 16.1. */
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const XOR_MAPPED_ADDRESS = 0x0020;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const ICE_CONTROLLED = 0x8029;
const ICE_CONTROLLING = 0x802a;

const CLASS_BITS = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;

export type StunClass = keyof typeof CLASS_BITS;

/** A Binding message (RFC 8489) with the attributes ICE uses (RFC 8445, section 7.1). */
export interface StunMessage {
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
  readonly username?: string | undefined;
  readonly priority?: number | undefined;
  /** Tie-breaker of a sender in the controlling role. */
  readonly controlling?: bigint | undefined;
  /** Tie-breaker of a sender in the controlled role. */
  readonly controlled?: bigint | undefined;
  readonly useCandidate?: boolean | undefined;
  readonly mappedAddress?: Endpoint | undefined;
  readonly errorCode?: number | undefined;
}

/** A message as it arrived: where its MESSAGE-INTEGRITY is, for {@link isAuthentic}. */
export interface ReceivedStunMessage extends StunMessage {
  readonly bytes: Buffer;
  /** Offset of the MESSAGE-INTEGRITY attribute, or undefined when there is none. */
  readonly integrityAt: number | undefined;
}

/** Writes a Binding message, with MESSAGE-INTEGRITY when there is a key, and FINGERPRINT. */
export function encodeStun(message: StunMessage, key?: KeyObject): Buffer {
  const attributes: Buffer[] = [];
  if (message.username !== undefined) attributes.push(attribute(USERNAME, Buffer.from(message.username)));
  if (message.errorCode !== undefined) attributes.push(attribute(ERROR_CODE, encodeErrorCode(message.errorCode)));
  if (message.mappedAddress) {
    attributes.push(attribute(XOR_MAPPED_ADDRESS, encodeAddress(message.mappedAddress, message.transactionId)));
  }
  if (message.priority !== undefined) attributes.push(attribute(PRIORITY, uint32(message.priority)));
  if (message.useCandidate) attributes.push(attribute(USE_CANDIDATE, Buffer.alloc(0)));
  if (message.controlled !== undefined) attributes.push(attribute(ICE_CONTROLLED, uint64(message.controlled)));
  if (message.controlling !== undefined) attributes.push(attribute(ICE_CONTROLLING, uint64(message.controlling)));

  const body = Buffer.concat(attributes);
  const integrityAt = HEADER_LENGTH + body.length;
  const fingerprintAt = integrityAt + (key ? 4 + INTEGRITY_LENGTH : 0);
  const bytes = Buffer.alloc(fingerprintAt + 8);
  bytes.writeUInt16BE(CLASS_BITS[message.class] | BINDING, 0);
  bytes.writeUInt32BE(MAGIC_COOKIE, 4);
  message.transactionId.copy(bytes, 8);
  body.copy(bytes, HEADER_LENGTH);
  if (key) {
    bytes.writeUInt16BE(MESSAGE_INTEGRITY, integrityAt);
    bytes.writeUInt16BE(INTEGRITY_LENGTH, integrityAt + 2);
    integrityOf(bytes, integrityAt, key).copy(bytes, integrityAt + 4);
  }
  bytes.writeUInt16BE(bytes.length - HEADER_LENGTH, 2);
  bytes.writeUInt16BE(FINGERPRINT, fingerprintAt);
  bytes.writeUInt16BE(4, fingerprintAt + 2);
  bytes.writeUInt32BE(fingerprintOf(bytes, fingerprintAt), fingerprintAt + 4);
  return bytes;
}

/** Gives a message that {@link encodeStun} wrote with this key a new random transaction id, in place. */
export function renewStun(bytes: Buffer, key: KeyObject): void {
  randomFillSync(bytes, 8, 12);
  const fingerprintAt = bytes.length - 8;
  const integrityAt = fingerprintAt - 4 - INTEGRITY_LENGTH;
  integrityOf(bytes, integrityAt, key).copy(bytes, integrityAt + 4);
  bytes.writeUInt32BE(fingerprintOf(bytes, fingerprintAt), fingerprintAt + 4);
}

/** Reads a Binding message; undefined for anything else, a wrong FINGERPRINT included. Never throws. */
export function decodeStun(bytes: Buffer): ReceivedStunMessage | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.length % 4 !== 0) return undefined;
  if (bytes.readUInt32BE(4) !== MAGIC_COOKIE || bytes.readUInt16BE(2) !== bytes.length - HEADER_LENGTH)
    return undefined;
  const type = bytes.readUInt16BE(0);
  if ((type & ~0x110) !== BINDING) return undefined;

  const transactionId = bytes.subarray(8, HEADER_LENGTH);
  const found: { -readonly [K in keyof StunMessage]: StunMessage[K] } = { class: classOf(type), transactionId };
  let integrityAt: number | undefined;
  for (let at = HEADER_LENGTH; at < bytes.length;) {
    const attributeType = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length !== length) return undefined;
    if (attributeType === FINGERPRINT) {
      const isWhole = length === 4 && at + 8 === bytes.length && value.readUInt32BE(0) === fingerprintOf(bytes, at);
      return isWhole ? { ...found, bytes, integrityAt } : undefined;
    }
    // Whatever follows the integrity attribute is not protected by it and does not count.
    if (integrityAt === undefined) {
      if (attributeType === MESSAGE_INTEGRITY) {
        if (length !== INTEGRITY_LENGTH) return undefined;
        integrityAt = at;
      } else if (!readAttribute(found, attributeType, value)) return undefined;
    }
    at += 4 + length + padding(length);
  }
  return { ...found, bytes, integrityAt };
}

/** Whether the message carries a MESSAGE-INTEGRITY made with this key (RFC 8489, section 14.5). */
export function isAuthentic(message: Pick<ReceivedStunMessage, 'bytes' | 'integrityAt'>, key: KeyObject): boolean {
  const { bytes, integrityAt } = message;
  if (integrityAt === undefined) return false;
  const given = bytes.subarray(integrityAt + 4, integrityAt + 4 + INTEGRITY_LENGTH);
  return timingSafeEqual(given, integrityOf(bytes, integrityAt, key));
}

/** Returns false when the value has not the form its type demands. */
function readAttribute(
  found: { -readonly [K in keyof StunMessage]: StunMessage[K] },
  type: number,
  value: Buffer,
): boolean {
  switch (type) {
    case USERNAME:
      found.username = value.toString();
      return true;
    case PRIORITY:
      if (value.length !== 4) return false;
      found.priority = value.readUInt32BE(0);
      return true;
    case USE_CANDIDATE:
      found.useCandidate = true;
      return true;
    case ICE_CONTROLLED:
      if (value.length !== 8) return false;
      found.controlled = value.readBigUInt64BE(0);
      return true;
    case ICE_CONTROLLING:
      if (value.length !== 8) return false;
      found.controlling = value.readBigUInt64BE(0);
      return true;
    case ERROR_CODE:
      if (value.length < 4) return false;
      found.errorCode = (value[2]! & 0x07) * 100 + value[3]!;
      return true;
    case XOR_MAPPED_ADDRESS:
      found.mappedAddress = decodeAddress(value, found.transactionId);
      return found.mappedAddress !== undefined;
    default:
      return true;
  }
}

function classOf(type: number): StunClass {
  const bits = type & 0x110;
  if (bits === CLASS_BITS.request) return 'request';
  if (bits === CLASS_BITS.indication) return 'indication';
  return bits === CLASS_BITS.success ? 'success' : 'error';
}
