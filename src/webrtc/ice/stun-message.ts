import { randomFillSync, type KeyObject } from 'node:crypto';
import {
  attribute,
  decodeAddress,
  encodeAddress,
  encodeErrorCode,
  uint32,
  uint64,
  type Endpoint,
} from './stun-format.ts';
import { frameMessage, readMessage, sealMessage, type ReceivedBytes, type StunClass } from './stun-frame.ts';

const BINDING = 0x001;

/** Attribute types: RFC 8489, section 18.3, and RFC 8445, section 16.1. */
const USERNAME = 0x0006;
const ERROR_CODE = 0x0009;
const XOR_MAPPED_ADDRESS = 0x0020;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const ICE_CONTROLLED = 0x8029;
const ICE_CONTROLLING = 0x802a;

/** Of a message that is put together. */
type Found = { -readonly [K in keyof StunMessage]: StunMessage[K] };

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

/** A message as it arrived. */
export type ReceivedStunMessage = StunMessage & ReceivedBytes;

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
  return frameMessage({ ...message, method: BINDING }, attributes, key);
}

/** Gives a message that {@link encodeStun} wrote with this key a new random transaction id, in place. */
export function renewStun(bytes: Buffer, key: KeyObject): void {
  randomFillSync(bytes, 8, 12);
  sealMessage(bytes, key);
}

/** Reads a Binding message; undefined for anything else, a wrong FINGERPRINT included. Never throws. */
export function decodeStun(bytes: Buffer): ReceivedStunMessage | undefined {
  const found: Partial<Found> = {};
  const message = readMessage(bytes, (type, value, transactionId) => readAttribute(found, type, value, transactionId));
  if (message?.method !== BINDING) return undefined;
  return { ...found, ...message };
}

/** Returns false when the value has not the form its type demands. */
function readAttribute(found: Partial<Found>, type: number, value: Buffer, transactionId: Buffer): boolean {
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
      found.mappedAddress = decodeAddress(value, transactionId);
      return found.mappedAddress !== undefined;
    default:
      return true;
  }
}
