import { isIP, SocketAddress } from 'node:net';

/** Bytes of an IP address in text: 4 or 16 of them, or undefined when it is none. A zone (`%eth0`) is ignored. */
export function ipToBytes(text: string): Buffer | undefined {
  const address = text.split('%', 1)[0]!;
  const version = isIP(address);
  if (version === 4) return Buffer.from(address.split('.').map(Number));
  if (version !== 6) return undefined;
  const [head = '', tail] = address.split('::');
  const front = groupsToBytes(head);
  const back = tail === undefined ? [] : groupsToBytes(tail);
  return Buffer.from([...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]);
}

/** The text of an IP address of 4 or 16 bytes, as RFC 5952 writes it. */
export function bytesToIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/**
 * One spelling per address, so that addresses compare as strings: lower case, zeros shortened, IPv4 in IPv6 as IPv4, no
 * zone. Undefined when it is no IP address.
 */
export function canonicalIp(text: string): string | undefined {
  const bytes = ipToBytes(text);
  if (!bytes) return undefined;
  return bytesToIp(isMappedIpv4(bytes) ? bytes.subarray(12) : bytes);
}

/** Whether the address, in canonical spelling, is this machine's own loopback. */
export function isLoopbackIp(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.');
}

/** Groups of an IPv6 address, the last of which may be an IPv4 address. */
function groupsToBytes(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function isMappedIpv4(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
}
