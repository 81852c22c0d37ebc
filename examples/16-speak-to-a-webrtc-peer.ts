/**
 * Plain WebRTC, without a call: two peers on this machine, one sends a file to the other.
 *
 *     npx node examples/16-speak-to-a-webrtc-peer.ts [FILE]
 */
import { lastValueFrom, tap } from 'rxjs';
import { createTransport, fromFile, type RemoteParameters, toWebRtcTrack, type WebRtcTransport } from '../src/index.ts';
import { pace, takeDuration } from '../src/operators/index.ts';

const options = { addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } };
const speaker = await createTransport({ ...options, iceRole: 'controlling', dtlsRole: 'client' });
const listener = await createTransport({ ...options, iceRole: 'controlled', dtlsRole: 'server' });

/** What signaling would carry to the other side, as SDP or JSON. */
const describe = ({ localParameters }: WebRtcTransport): RemoteParameters => localParameters;

let packets = 0;
listener.onRtp = ({ payloadType }) => {
  if (payloadType === 111) packets++;
};
await Promise.all([speaker.connect(describe(listener)), listener.connect(describe(speaker))]);
console.log(`connected over ${speaker.getStats().selectedPair?.local}`);

const track = speaker.createTrack({
  kind: 'audio',
  ssrc: 1234,
  cname: 'example',
  parameters: { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] },
});
const sink = toWebRtcTrack(track);
await lastValueFrom(
  fromFile(process.argv[2] ?? 'assets/sample.opus').pipe(
    takeDuration(1000),
    pace(),
    tap((sample) => sink.next?.(sample)),
  ),
);
console.log(`${track.getStats().packetsSent} packets sent, ${packets} received`);
await Promise.all([speaker.close(), listener.close()]);
