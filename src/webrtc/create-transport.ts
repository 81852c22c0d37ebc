import { PeerTransport } from './peer-transport.ts';
import { checkTransportOptions } from './transport-defaults.ts';
import type { TransportOptions } from './transport-options.ts';
import type { WebRtcTransport } from './types.ts';

/**
 * Makes a transport: binds its sockets, so that its candidates, credentials and fingerprint are known before the peer
 * is. Close it when it is of no use any more, also when `connect` failed.
 *
 * @throws {@link OptionError} for a bad option, {@link TransportError} `ERR_BIND` when an address cannot be bound; both as
 * rejections.
 *
 * @example
 * const transport = await createTransport({ addresses: ['127.0.0.1'] });
 * // signal transport.localParameters, receive the peer's
 * await transport.connect(remote);
 */
export async function createTransport(options: TransportOptions = {}): Promise<WebRtcTransport> {
  checkTransportOptions(options);
  const transport = new PeerTransport(options);
  await transport.open();
  return transport;
}
