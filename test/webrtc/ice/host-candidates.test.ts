import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hostCandidate, isPhysicalInterface, localAddresses } from '../../../src/webrtc/ice/host-candidates.ts';

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  internal,
  family: 'IPv4',
  netmask: '255.255.255.0',
  mac: '02:00:00:00:00:01',
  cidr: null,
});
const ipv6 = (address: string, internal = false, scopeid = 0): NetworkInterfaceInfo => ({
  ...ipv4(address, internal),
  family: 'IPv6',
  scopeid,
});
const loopback = { lo: [ipv4('127.0.0.1', true), ipv6('::1', true)] };
const ips = (options: Parameters<typeof localAddresses>[0]) => localAddresses(options).map((address) => address.ip);

describe('local addresses', () => {
  it('are those of real interfaces, without loopback and link-local IPv6', () => {
    const interfaces = {
      ...loopback,
      eth0: [ipv4('10.0.0.2'), ipv6('2001:db8::2'), ipv6('fe80::2', false, 2)],
      docker0: [ipv4('172.17.0.1')],
      'vEthernet (WSL)': [ipv4('172.30.0.1')],
      'Local Area Connection': [ipv4('192.168.137.1')],
    };
    expect(ips({ interfaces })).toEqual(['10.0.0.2', '2001:db8::2']);
    expect(ips({ interfaces, families: ['ipv6'] })).toEqual(['2001:db8::2']);
    expect(ips({ interfaces, filter: () => true })).toEqual([
      '10.0.0.2',
      '2001:db8::2',
      '172.17.0.1',
      '172.30.0.1',
      '192.168.137.1',
    ]);
  });

  it('are those of loopback on a machine without a network', () => {
    expect(ips({ interfaces: { ...loopback, docker0: [ipv4('172.17.0.1')] } })).toEqual(['127.0.0.1', '::1']);
    expect(ips({ interfaces: loopback, families: ['ipv4'] })).toEqual(['127.0.0.1']);
  });

  it('can be given, and are then taken as they are', () => {
    expect(ips({ addresses: ['127.0.0.1', '0:0:0:0:0:0:0:1'], interfaces: {} })).toEqual(['127.0.0.1', '::1']);
    expect(() => localAddresses({ addresses: ['127.0.0.1', 'localhost'] })).toThrow(
      'options.addresses[1] must be an IP address, got "localhost"',
    );
  });

  it.each(['VMware Network Adapter', 'VirtualBox Host-Only', 'tailscale0', 'ztabc ZeroTier', 'tap-win', 'OpenVPN TAP'])(
    'of %s are skipped',
    (name) => {
      expect(isPhysicalInterface(name, '10.1.1.1')).toBe(false);
    },
  );
});

describe('host candidates', () => {
  it('have the priority of RFC 8445: type preference 126, earlier ones preferred', () => {
    expect(hostCandidate('10.0.0.2', 5000, 0)).toEqual({
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 2130706431,
      ip: '10.0.0.2',
      port: 5000,
      type: 'host',
    });
    expect(hostCandidate('::1', 1, 1).priority).toBe(2130706431 - 256);
  });
});
