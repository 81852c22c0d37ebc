import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { OptionError } from '../../core/errors.ts';
import type { InterfaceFilter, IpFamily } from '../transport-options.ts';
import type { IceCandidate } from '../types.ts';
import { canonicalIp, isLoopbackIp } from './ip-address.ts';
import type { Endpoint } from './stun-format.ts';

/** An address of this machine that a socket can be bound to. */
export interface LocalAddress {
  /** In canonical spelling; see {@link canonicalIp}. */
  readonly ip: string;
  readonly family: IpFamily;
}

export interface LocalAddressOptions {
  /** Exactly these, unfiltered. */
  addresses?: readonly string[] | undefined;
  families?: readonly IpFamily[] | undefined;
  /** Default {@link isPhysicalInterface}. */
  filter?: InterfaceFilter | undefined;
  /** Default those of the machine. */
  interfaces?: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> | undefined;
}

/** Parts of names of interfaces that lead to a virtual machine, a container or a VPN, never to the Internet directly. */
const VIRTUAL_NAMES = [
  'vethernet',
  'vmware',
  'virtualbox',
  'vbox',
  'hyper-v',
  'loopback',
  'teredo',
  'isatap',
  'tap-',
  'docker',
  'wsl',
  'tailscale',
  'zerotier',
  'openvpn',
];
/** Where Windows shares its connection with others. */
const INTERNET_SHARING = '192.168.137.';

/** Type preferences (RFC 8445, section 5.1.2.2). */
const HOST_TYPE_PREFERENCE = 126;
const SERVER_REFLEXIVE_PREFERENCE = 100;
const RELAYED_PREFERENCE = 0;
const TCP_HOST_PREFERENCE = 90;
/** RFC 6544, section 4.2. */
const ACTIVE_DIRECTION = 6;
/** An active candidate has no port to connect to (RFC 6544, section 4.5). */
const DISCARD_PORT = 9;

/** The default {@link InterfaceFilter}. */
export const isPhysicalInterface: InterfaceFilter = (name, address) => {
  const lowerCase = name.toLowerCase();
  return !VIRTUAL_NAMES.some((part) => lowerCase.includes(part)) && !address.startsWith(INTERNET_SHARING);
};

/**
 * The addresses to gather host candidates from: those of usable interfaces, without loopback and link-local IPv6; those of
 * loopback when there are no others, so that a machine without a network can still talk to itself.
 */
export function localAddresses(options: LocalAddressOptions = {}): LocalAddress[] {
  const families = options.families ?? ['ipv4', 'ipv6'];
  const isWanted = (address: LocalAddress): boolean => families.includes(address.family);
  if (options.addresses) return options.addresses.map(parseAddress).filter(isWanted);

  const filter = options.filter ?? isPhysicalInterface;
  const loopback: LocalAddress[] = [];
  const usable: LocalAddress[] = [];
  for (const [name, infos = []] of Object.entries(options.interfaces ?? networkInterfaces())) {
    for (const info of infos) {
      const address = toLocalAddress(info.address);
      if (!address || !isWanted(address)) continue;
      if (info.internal) loopback.push(address);
      else if (!isLinkLocal(info) && filter(name, info.address)) usable.push(address);
    }
  }
  return usable.length > 0 ? usable : loopback;
}

/**
 * The host candidate of a socket (RFC 8445, section 5.1). `index` is its place among the local ones: earlier is preferred.
 */
export function hostCandidate(ip: string, port: number, index: number): IceCandidate {
  const localPreference = 0xffff - index;
  return {
    foundation: String(index + 1),
    component: 1,
    protocol: 'udp',
    priority: candidatePriority(HOST_TYPE_PREFERENCE, localPreference),
    ip,
    port,
    type: 'host',
  };
}

/** The candidate of a local address that opens TCP connections (RFC 6544, section 4.5). UDP is preferred to it. */
export function tcpCandidate(ip: string, index: number): IceCandidate {
  const localPreference = ACTIVE_DIRECTION * 2 ** 13 + (2 ** 13 - 1 - index);
  return {
    foundation: `t${index + 1}`,
    component: 1,
    protocol: 'tcp',
    priority: candidatePriority(TCP_HOST_PREFERENCE, localPreference),
    ip,
    port: DISCARD_PORT,
    type: 'host',
    tcpType: 'active',
  };
}

/** The candidate that a socket is known by outside (RFC 8445, section 5.1.1.2), as a STUN server saw it. */
export function reflexiveCandidate({ ip, port }: Endpoint, base: number): IceCandidate {
  const priority = candidatePriority(SERVER_REFLEXIVE_PREFERENCE, 0xffff - base);
  return { foundation: `s${base + 1}`, component: 1, protocol: 'udp', priority, ip, port, type: 'srflx' };
}

/** The candidate of an address on a TURN server. `index` is its place among these: earlier is preferred. */
export function relayedCandidate({ ip, port }: Endpoint, index: number): IceCandidate {
  const priority = candidatePriority(RELAYED_PREFERENCE, 0xffff - index);
  return { foundation: `r${index + 1}`, component: 1, protocol: 'udp', priority, ip, port, type: 'relay' };
}

/** Priority of a candidate of component 1 (RFC 8445, section 5.1.2.1). */
export function candidatePriority(typePreference: number, localPreference: number): number {
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + 255;
}

/** The loopback address of a family, when `ip` is on loopback itself. */
export function loopbackCounterpart(ip: string): LocalAddress | undefined {
  if (!isLoopbackIp(ip)) return undefined;
  return ip.includes(':') ? { ip: '::1', family: 'ipv6' } : { ip: '127.0.0.1', family: 'ipv4' };
}

function parseAddress(text: string, index: number): LocalAddress {
  const address = toLocalAddress(text);
  if (!address) throw new OptionError(`options.addresses[${index}]`, text, 'an IP address');
  return address;
}

function toLocalAddress(text: string): LocalAddress | undefined {
  const ip = canonicalIp(text);
  return ip === undefined ? undefined : { ip, family: ip.includes(':') ? 'ipv6' : 'ipv4' };
}

function isLinkLocal(info: NetworkInterfaceInfo): boolean {
  return info.family === 'IPv6' && (info.scopeid !== 0 || /^fe[89ab]/i.test(info.address));
}
