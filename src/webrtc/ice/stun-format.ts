import { bytesToIp, ipToBytes } from './ip-address.ts';

/** RFC 8489, section 5. */
export const MAGIC_COOKIE = 0x2112a442;
export const HEADER_LENGTH = 20;

/** An IP address, in canonical spelling, and a port. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** One attribute: type, length, value, padding. */
export function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + value.length + padding(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** Bytes that follow a value of that length, to the next multiple of four. */
export function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

/** Value of an ERROR-CODE attribute. */
export function encodeErrorCode(code: number): Buffer {
  return Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
}

/** Value of an XOR-MAPPED-ADDRESS attribute, and of the others of its form. */
export function encodeAddress({ ip, port }: Endpoint, transactionId: Buffer): Buffer {
  const address = ipToBytes(ip)!;
  const value = Buffer.alloc(4 + address.length);
  value[1] = address.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  xorAddress(address, transactionId).copy(value, 4);
  return value;
}

export function decodeAddress(value: Buffer, transactionId: Buffer): Endpoint | undefined {
  const length = value[1] === 1 ? 4 : 16;
  if (value.length !== 4 + length) return undefined;
  const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
  return { ip: bytesToIp(xorAddress(value.subarray(4), transactionId)), port };
}

function xorAddress(address: Buffer, transactionId: Buffer): Buffer {
  const mask = Buffer.concat([uint32(MAGIC_COOKIE), transactionId]);
  return Buffer.from(address.map((byte, i) => byte ^ mask[i]!));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value, 0);
  return bytes;
}
