/*
 * The other side of every bench, a process of its own: takes connections one after another and decrypts what comes.
 * Started by `Peer`; speaks with it over IPC.
 */
import { createSocket } from 'node:dgram';
import { createTransport } from '../src/webrtc/create-transport.ts';
import type { IceRole, LocalParameters, RemoteParameters, SrtpProfile, WebRtcTransport } from '../src/webrtc/types.ts';

/** What the bench asks, and what it gets. `call` tells connections apart that are there at the same time; default 0. */
export type PeerRequest =
  /** Makes a transport that will be DTLS client. */
  | { ask: 'open'; iceRole: IceRole; profile: SrtpProfile; call?: number }
  | { ask: 'connect'; remote: RemoteParameters; call?: number }
  /** Ends one connection. */
  | { ask: 'close'; call?: number }
  /** How much has arrived over all connections, authentic. */
  | { ask: 'count' }
  /** Binds a socket that takes anything. */
  | { ask: 'sink' };

export interface PeerAnswers {
  open: LocalParameters;
  connect: null;
  close: null;
  count: { received: number; rejected: number };
  sink: { port: number };
}

/** As much as the system gives. */
const RECEIVE_BUFFER_BYTES = 4_000_000;

const transports = new Map<number, WebRtcTransport>();
let received = 0;

async function answer(request: PeerRequest): Promise<unknown> {
  switch (request.ask) {
    case 'open': {
      const { iceRole, profile, call = 0 } = request;
      const options = {
        addresses: ['127.0.0.1'],
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
        iceTimings: { preCheckDelayMs: 0 },
      };
      const transport = await createTransport({ ...options, iceRole, dtlsRole: 'client', srtpProfiles: [profile] });
      transport.onRtp = () => received++;
      transports.set(call, transport);
      return transport.localParameters;
    }
    case 'connect':
      await transports.get(request.call ?? 0)!.connect(request.remote);
      return null;
    case 'close':
      await transports.get(request.call ?? 0)?.close();
      transports.delete(request.call ?? 0);
      return null;
    case 'count':
      return { received, rejected: sumOf(transports.values(), (transport) => transport.getStats().packetsRejected) };
    case 'sink': {
      const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES }, () => received++);
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
      return { port: socket.address().port };
    }
  }
}

function sumOf<T>(all: Iterable<T>, value: (one: T) => number): number {
  let sum = 0;
  for (const one of all) sum += value(one);
  return sum;
}

process.on('message', ({ id, request }: { id: number; request: PeerRequest }) => {
  answer(request).then(
    (value) => process.send!({ id, value }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
