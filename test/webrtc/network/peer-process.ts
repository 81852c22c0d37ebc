/** A transport in a process of its own. */
import { processClock } from '../../../src/core/process-clock.ts';
import { createTransport } from '../../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import type { RemoteParameters, RtpParameters, TransportState, WebRtcTransport } from '../../../src/webrtc/types.ts';
import type { PeerReport, PeerRequest } from './peer-messages.ts';
import { serveCommands, type Commands } from './serve-commands.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };

let transport: WebRtcTransport;
const states: TransportState[] = [];
const received: number[] = [];
let sent = 0;
let timer: NodeJS.Timeout | undefined;

const commands: Commands<PeerRequest> = {
  async create(options: TransportOptions) {
    transport = await createTransport(options);
    transport.state$.subscribe((state) => states.push(state));
    transport.onRtp = ({ payload }) => received.push(Buffer.from(payload).readUInt32BE(0));
    return transport.localParameters;
  },
  async connect(remote: RemoteParameters) {
    await transport.connect(remote);
  },
  send() {
    const track = transport.createTrack({ kind: 'audio', ssrc: 1, parameters: OPUS, cname: 'a' });
    timer = setInterval(() => {
      const data = Buffer.alloc(160);
      data.writeUInt32BE(sent++);
      const dueUs = processClock.nowUs();
      track.write({ kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true, data, dueUs });
    }, 20);
  },
  stop: () => clearInterval(timer),
  report: (): PeerReport => ({ states, received, sent, stats: transport.getStats() }),
};

await serveCommands(commands);
await transport!.close();
