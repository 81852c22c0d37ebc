import { describe, expect, it } from 'vitest';
import { createTransport } from '../../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import { parseServerUrl } from '../../../src/webrtc/turn/ice-server-url.ts';

describe('the URL of an ICE server', () => {
  it.each([
    ['stun:stun.example.org', 'stun', 'stun.example.org', 3478, 'udp'],
    ['stun:192.0.2.1:1234', 'stun', '192.0.2.1', 1234, 'udp'],
    ['turn:example.org', 'turn', 'example.org', 3478, 'udp'],
    ['TURN:example.org?transport=udp', 'turn', 'example.org', 3478, 'udp'],
    ['turn:example.org:80?transport=tcp', 'turn', 'example.org', 80, 'tcp'],
    ['turns:example.org', 'turn', 'example.org', 5349, 'tls'],
    ['turns:[2001:db8::1]:443?transport=tcp', 'turn', '2001:db8::1', 443, 'tls'],
  ])('%s is read', (url, service, host, port, carrier) => {
    expect(parseServerUrl(url, 'urls')).toEqual({ url, service, host, port, carrier });
  });

  it.each([
    '',
    'example.org',
    'http://example.org',
    'stun:',
    'stun://example.org',
    'stun:example.org:0',
    'stun:example.org:70000',
    'stun:example.org?transport=tcp',
    'stuns:example.org',
    'turns:example.org?transport=udp',
    'turn:user@example.org',
    'turn:2001:db8::1',
  ])('%j is refused', (url) => {
    expect(() => parseServerUrl(url, 'options.iceServers[0].urls')).toThrow(
      /^options\.iceServers\[0\]\.urls must be "stun:/,
    );
  });

  it.each([
    [{ iceServers: [{ urls: 'ftp:x' }] }, 'options.iceServers[0].urls'],
    [{ iceServers: [{ urls: ['stun:a', 'turn:b'] }] }, 'username and credential'],
    [{ iceTransportPolicy: 'relay' }, "'relay'"],
    [{ iceServers: [{ urls: 'stun:a' }], iceTransportPolicy: 'relay' }, "'relay'"],
  ] as [TransportOptions, string][])('%j is an error before anything is sent', async (options, text) => {
    const failure = createTransport(options);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(text) as string,
    });
  });
});
