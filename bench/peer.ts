/*
 * The other side of every bench, a process of its own: takes connections one after another and decrypts what comes.
 * Started by `Peer`; speaks with it over IPC.
 */
import { createSocket } from 'node:dgram';
import { createTransport } from '../src/webrtc/create-transport.ts';
import type { IceRole, LocalParameters, RemoteParameters, SrtpProfile, WebRtcTransport } from '../src/webrtc/types.ts';

/** What the bench asks, and what it gets. */
export type PeerRequest =
  /** Makes a transport that will be DTLS client. */
  | { ask: 'open'; iceRole: IceRole; profile: SrtpProfile }
  | { ask: 'connect'; remote: RemoteParameters }
  /** How much of it has arrived, authentic. */
  | { ask: 'count' }
  /** Binds a socket that takes anything. */
  | { ask: 'sink' };

export interface PeerAnswers {
  open: LocalParameters;
  connect: null;
  count: { received: number; rejected: number };
  sink: { port: number };
}

let transport: WebRtcTransport | undefined;
let received = 0;

async function answer(request: PeerRequest): Promise<unknown> {
  switch (request.ask) {
    case 'open': {
      const { iceRole, profile } = request;
      const options = { addresses: ['127.0.0.1'], receiveBufferBytes: 4_000_000, iceTimings: { preCheckDelayMs: 0 } };
      transport = await createTransport({ ...options, iceRole, dtlsRole: 'client', srtpProfiles: [profile] });
      transport.onRtp = () => received++;
      return transport.localParameters;
    }
    case 'connect':
      await transport!.connect(request.remote);
      return null;
    case 'count':
      return { received, rejected: transport?.getStats().packetsRejected ?? 0 };
    case 'sink': {
      const socket = createSocket('udp4', () => received++);
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
      return { port: socket.address().port };
    }
  }
}

process.on('message', ({ id, request }: { id: number; request: PeerRequest }) => {
  answer(request).then(
    (value) => process.send!({ id, value }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
