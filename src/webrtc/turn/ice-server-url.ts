import { OptionError } from '../../core/errors.ts';
import type { IceServer } from '../transport-options.ts';

/** One way to reach one STUN or TURN server. */
export interface ServerAddress {
  readonly url: string;
  readonly service: 'stun' | 'turn';
  readonly host: string;
  readonly port: number;
  readonly carrier: 'udp' | 'tcp' | 'tls';
}

const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
const FORM = /^(stun|turns?):(\[[0-9a-f:.]+\]|[^\s:?/#@[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;
const EXPECTED = '"stun:host[:port]", "turn:host[:port][?transport=udp|tcp]" or "turns:host[:port]"';

/**
 * Reads a URL of a STUN (RFC 7064) or TURN (RFC 7065) server.
 *
 * @throws {@link OptionError} for what is none, and for those that cannot be used: STUN over TCP or TLS, TURN over DTLS.
 */
export function parseServerUrl(url: string, path: string): ServerAddress {
  const [, scheme = '', host = '', portText, transport] = FORM.exec(url) ?? [];
  const service = scheme.toLowerCase().startsWith('turn') ? 'turn' : 'stun';
  const isTls = scheme.toLowerCase() === 'turns';
  const port = portText === undefined ? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(portText);
  const isUsable = host !== '' && port > 0 && port < 65536;
  const isPossible = service === 'turn' ? !(isTls && transport === 'udp') : transport !== 'tcp';
  if (!isUsable || !isPossible) throw new OptionError(path, url, EXPECTED);
  const carrier = isTls ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp';
  return { url, service, host: host.replace(/^\[|\]$/g, ''), port, carrier };
}

/**
 * All the ways to reach the given servers.
 *
 * @throws {@link OptionError} for a bad URL, or a TURN server without credentials.
 */
export function parseIceServers(servers: readonly IceServer[]): { server: IceServer; address: ServerAddress }[] {
  return servers.flatMap((server, index) => {
    const path = `options.iceServers[${index}]`;
    const urls = typeof server.urls === 'string' ? [server.urls] : server.urls;
    return urls.map((url) => {
      const address = parseServerUrl(url, `${path}.urls`);
      if (address.service === 'turn' && (server.username === undefined || server.credential === undefined)) {
        throw new OptionError(path, url, 'given with username and credential, as TURN servers demand them');
      }
      return { server, address };
    });
  });
}
