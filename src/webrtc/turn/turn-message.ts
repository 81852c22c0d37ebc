import type { KeyObject } from 'node:crypto';
import { attribute, decodeAddress, encodeAddress, fingerprintOf, integrityOf, padding } from '../ice/stun-format.ts';
import { HEADER_LENGTH, INTEGRITY_LENGTH, MAGIC_COOKIE, uint32, type Endpoint } from '../ice/stun-format.ts';

/** RFC 8489, section 3, and RFC 8656, section 17. */
const METHODS = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;
const CLASSES = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
const CLASS_MASK = 0x110;

/** Attribute types: RFC 8489, section 18.3, and RFC 8656, section 18. */
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const CHANNEL_NUMBER = 0x000c;
const LIFETIME = 0x000d;
const XOR_PEER_ADDRESS = 0x0012;
const DATA = 0x0013;
const REALM = 0x0014;
const NONCE = 0x0015;
const XOR_RELAYED_ADDRESS = 0x0016;
const REQUESTED_ADDRESS_FAMILY = 0x0017;
const REQUESTED_TRANSPORT = 0x0019;
const XOR_MAPPED_ADDRESS = 0x0020;
const FINGERPRINT = 0x8028;

const UDP = 17;

export type TurnMethod = keyof typeof METHODS;
export type TurnClass = keyof typeof CLASSES;

/** What a message to or from a STUN or TURN server says. */
export interface TurnAttributes {
  readonly username?: string | undefined;
  readonly realm?: string | undefined;
  readonly nonce?: string | undefined;
  readonly errorCode?: number | undefined;
  /** In seconds. */
  readonly lifetime?: number | undefined;
  readonly channelNumber?: number | undefined;
  /** An allocation is to relay over UDP; there is nothing else to ask for here. */
  readonly overUdp?: boolean | undefined;
  readonly family?: 'ipv4' | 'ipv6' | undefined;
  readonly peerAddress?: Endpoint | undefined;
  readonly relayedAddress?: Endpoint | undefined;
  readonly mappedAddress?: Endpoint | undefined;
  readonly data?: Buffer | undefined;
}

export interface TurnMessage extends TurnAttributes {
  readonly method: TurnMethod;
  readonly class: TurnClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
}

/** A message as it arrived. */
export interface ReceivedTurnMessage extends TurnMessage {
  readonly bytes: Buffer;
  /** Offset of the MESSAGE-INTEGRITY attribute, or undefined when there is none. */
  readonly integrityAt: number | undefined;
}

const METHOD_NAMES = new Map(Object.entries(METHODS).map(([name, number]) => [number as number, name as TurnMethod]));
const CLASS_NAMES = new Map(Object.entries(CLASSES).map(([name, bits]) => [bits as number, name as TurnClass]));

/** Writes a message, with MESSAGE-INTEGRITY when there is a key, and FINGERPRINT. */
export function encodeTurn(message: TurnMessage, key?: KeyObject): Buffer {
  const { transactionId } = message;
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(METHODS[message.method] | CLASSES[message.class], 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8);
  let bytes: Buffer = Buffer.concat([header, ...encodeAttributes(message)]);
  if (key) {
    const integrityAt = bytes.length;
    bytes = Buffer.concat([bytes, attribute(MESSAGE_INTEGRITY, Buffer.alloc(INTEGRITY_LENGTH))]);
    integrityOf(bytes, integrityAt, key).copy(bytes, integrityAt + 4);
  }
  const fingerprintAt = bytes.length;
  bytes = Buffer.concat([bytes, attribute(FINGERPRINT, Buffer.alloc(4))]);
  bytes.writeUInt16BE(bytes.length - HEADER_LENGTH, 2);
  bytes.writeUInt32BE(fingerprintOf(bytes, fingerprintAt), fingerprintAt + 4);
  return bytes;
}

/** Reads a message; undefined for anything else. FINGERPRINT may be missing, but not be wrong. Never throws. */
export function decodeTurn(bytes: Buffer): ReceivedTurnMessage | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  if (bytes.readUInt16BE(2) !== bytes.length - HEADER_LENGTH || bytes.length % 4 !== 0) return undefined;
  const type = bytes.readUInt16BE(0);
  const method = METHOD_NAMES.get(type & ~CLASS_MASK);
  const messageClass = CLASS_NAMES.get(type & CLASS_MASK);
  if (!method || !messageClass) return undefined;
  const transactionId = bytes.subarray(8, HEADER_LENGTH);
  const found: { -readonly [K in keyof TurnAttributes]: TurnAttributes[K] } = {};
  let integrityAt: number | undefined;
  for (let at = HEADER_LENGTH; at < bytes.length;) {
    const attributeType = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length !== length) return undefined;
    if (attributeType === FINGERPRINT) {
      if (length !== 4 || value.readUInt32BE(0) !== fingerprintOf(bytes, at)) return undefined;
      break;
    }
    // Whatever follows the integrity attribute is not protected by it and does not count.
    if (integrityAt === undefined) {
      if (attributeType === MESSAGE_INTEGRITY) {
        if (length !== INTEGRITY_LENGTH) return undefined;
        integrityAt = at;
      } else readAttribute(found, attributeType, value, transactionId);
    }
    at += 4 + length + padding(length);
  }
  return { ...found, method, class: messageClass, transactionId, bytes, integrityAt };
}

function encodeAttributes(message: TurnMessage): Buffer[] {
  const { transactionId, channelNumber, lifetime, family } = message;
  const list: Buffer[] = [];
  const add = (type: number, value: Buffer | undefined): void => {
    if (value) list.push(attribute(type, value));
  };
  const text = (value: string | undefined): Buffer | undefined =>
    value === undefined ? undefined : Buffer.from(value);
  const address = (value: Endpoint | undefined): Buffer | undefined => value && encodeAddress(value, transactionId);
  if (message.overUdp) add(REQUESTED_TRANSPORT, Buffer.from([UDP, 0, 0, 0]));
  if (family) add(REQUESTED_ADDRESS_FAMILY, Buffer.from([family === 'ipv4' ? 1 : 2, 0, 0, 0]));
  if (lifetime !== undefined) add(LIFETIME, uint32(lifetime));
  if (channelNumber !== undefined) add(CHANNEL_NUMBER, uint32(channelNumber * 0x10000));
  add(XOR_PEER_ADDRESS, address(message.peerAddress));
  add(XOR_RELAYED_ADDRESS, address(message.relayedAddress));
  add(XOR_MAPPED_ADDRESS, address(message.mappedAddress));
  add(DATA, message.data);
  const code = message.errorCode;
  if (code !== undefined) add(ERROR_CODE, Buffer.from([0, 0, Math.floor(code / 100), code % 100]));
  add(USERNAME, text(message.username));
  add(REALM, text(message.realm));
  add(NONCE, text(message.nonce));
  return list;
}

/** A value that has not the form its type demands counts as missing. */
function readAttribute(
  found: { -readonly [K in keyof TurnAttributes]: TurnAttributes[K] },
  type: number,
  value: Buffer,
  transactionId: Buffer,
): void {
  const isWord = value.length >= 4;
  if (type === USERNAME) found.username = value.toString();
  else if (type === REALM) found.realm = value.toString();
  else if (type === NONCE) found.nonce = value.toString();
  else if (type === DATA) found.data = value;
  else if (type === XOR_PEER_ADDRESS) found.peerAddress = decodeAddress(value, transactionId);
  else if (type === XOR_RELAYED_ADDRESS) found.relayedAddress = decodeAddress(value, transactionId);
  else if (type === XOR_MAPPED_ADDRESS) found.mappedAddress = decodeAddress(value, transactionId);
  else if (type === ERROR_CODE && isWord) found.errorCode = (value[2]! & 0x07) * 100 + value[3]!;
  else if (type === LIFETIME && isWord) found.lifetime = value.readUInt32BE(0);
  else if (type === CHANNEL_NUMBER && isWord) found.channelNumber = value.readUInt16BE(0);
}
