import type { KeyObject } from 'node:crypto';
import { attribute, decodeAddress, encodeAddress, encodeErrorCode, uint32, type Endpoint } from '../ice/stun-format.ts';
import { frameMessage, readMessage, type ReceivedBytes, type StunClass } from '../ice/stun-frame.ts';

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

/** Attribute types: RFC 8489, section 18.3, and RFC 8656, section 18. */
const USERNAME = 0x0006;
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

const UDP = 17;

export type TurnMethod = keyof typeof METHODS;

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

type Found = { -readonly [K in keyof TurnAttributes]: TurnAttributes[K] };

export interface TurnMessage extends TurnAttributes {
  readonly method: TurnMethod;
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
}

/** A message as it arrived. */
export type ReceivedTurnMessage = TurnMessage & ReceivedBytes;

const METHOD_NAMES = new Map(Object.entries(METHODS).map(([name, number]) => [number as number, name as TurnMethod]));

/** Writes a message, with MESSAGE-INTEGRITY when there is a key, and FINGERPRINT. */
export function encodeTurn(message: TurnMessage, key?: KeyObject): Buffer {
  return frameMessage({ ...message, method: METHODS[message.method] }, encodeAttributes(message), key);
}

/** Reads a message; undefined for anything else. FINGERPRINT may be missing, but not be wrong. Never throws. */
export function decodeTurn(bytes: Buffer): ReceivedTurnMessage | undefined {
  const found: Found = {};
  const message = readMessage(bytes, (type, value, transactionId) => {
    readAttribute(found, type, value, transactionId);
    return true;
  });
  const method = message && METHOD_NAMES.get(message.method);
  return method && { ...found, ...message, method };
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
  if (code !== undefined) add(ERROR_CODE, encodeErrorCode(code));
  add(USERNAME, text(message.username));
  add(REALM, text(message.realm));
  add(NONCE, text(message.nonce));
  return list;
}

/** A value that has not the form its type demands counts as missing. */
function readAttribute(found: Found, type: number, value: Buffer, transactionId: Buffer): void {
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
