import type { TransportOptions } from './transport-options.ts';
import type { WebRtcTransport } from './types.ts';

/**
 * Makes a transport: binds its sockets, so that its candidates, credentials and fingerprint are known before the peer
 * is.
 *
 * @throws {@link TransportError} `ERR_BIND` when an address cannot be bound (rejection), {@link OptionError} for a bad option.
 *
 * @example
 * const transport = await createTransport({ addresses: ['127.0.0.1'] });
 * // signal transport.localParameters, receive the peer's
 * await transport.connect(remote);
 */
export async function createTransport(options: TransportOptions = {}): Promise<WebRtcTransport> {
  throw new Error(`not written yet: ${JSON.stringify(options)}`);
}
