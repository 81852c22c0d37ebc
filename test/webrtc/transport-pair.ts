import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';
import type { RemoteParameters, TransportState, WebRtcTransport } from '../../src/webrtc/types.ts';

export const LOOPBACK: TransportOptions = { addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } };

export interface TransportPair extends AsyncDisposable {
  readonly us: WebRtcTransport;
  readonly them: WebRtcTransport;
}

/** A controlled DTLS server and a controlling DTLS client on loopback, as we and Telegram are, not yet connected. */
export async function createPair(ours: TransportOptions = {}, theirs: TransportOptions = {}): Promise<TransportPair> {
  const us = await createTransport({ ...LOOPBACK, ...ours });
  const them = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole: 'client', ...theirs });
  return {
    us,
    them,
    async [Symbol.asyncDispose]() {
      await Promise.all([us.close(), them.close()]);
    },
  };
}

/** What one side tells the other. */
export function parametersOf(transport: WebRtcTransport, overrides: Partial<RemoteParameters> = {}): RemoteParameters {
  const { ice, candidates, fingerprints } = transport.localParameters;
  return { ice, candidates, fingerprints, ...overrides };
}

export async function connectPair({ us, them }: TransportPair): Promise<void> {
  await Promise.all([us.connect(parametersOf(them)), them.connect(parametersOf(us))]);
}

/** Every state from now on. */
export function recordStates(transport: WebRtcTransport): TransportState[] {
  const states: TransportState[] = [];
  transport.state$.subscribe((state) => states.push(state));
  return states;
}

/** Waits until the transport is in that state. */
export function reached(transport: WebRtcTransport, wanted: TransportState): Promise<void> {
  return new Promise((resolve, reject) => {
    transport.state$.subscribe({
      next: (state) => {
        if (state === wanted) resolve();
      },
      complete: () => reject(new Error(`closed without having been ${wanted}`)),
    });
  });
}

/** Park and Miller's generator. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
