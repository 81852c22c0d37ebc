import { processClock } from '../../src/core/process-clock.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  TRANSPORT_SEQUENCE_URI,
  type SrtpProfile,
  type TrackOptions,
  type WebRtcTransport,
} from '../../src/webrtc/types.ts';
import type { Peer } from '../peer-process.ts';
import { EXTENSION_IDS, PAYLOAD_TYPE, SSRC, VIDEO_PAYLOAD_TYPE, type OpenSender } from './sender.ts';

const headerExtensions = [
  { id: EXTENSION_IDS.audioLevel, uri: AUDIO_LEVEL_URI },
  { id: EXTENSION_IDS.absSendTime, uri: ABS_SEND_TIME_URI },
  { id: EXTENSION_IDS.transportSequence, uri: TRANSPORT_SEQUENCE_URI },
];

export const AUDIO_TRACK: TrackOptions = {
  kind: 'audio',
  ssrc: SSRC,
  cname: 'bench',
  parameters: { codec: 'opus', payloadType: PAYLOAD_TYPE, clockRate: 48_000, headerExtensions },
};

export const VIDEO_TRACK: TrackOptions = {
  kind: 'video',
  ssrc: SSRC + 1,
  rtxSsrc: SSRC + 2,
  cname: 'bench',
  parameters: {
    codec: 'vp8',
    payloadType: VIDEO_PAYLOAD_TYPE,
    rtxPayloadType: VIDEO_PAYLOAD_TYPE + 1,
    clockRate: 90_000,
    headerExtensions: headerExtensions.slice(1),
  },
};

/** A transport of this library, as a call has it. */
export async function connectRxcall(peer: Peer, profile: SrtpProfile): Promise<WebRtcTransport> {
  const transport = await createTransport({ addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } });
  const remote = await peer.ask({ ask: 'open', iceRole: 'controlling', profile });
  await Promise.all([transport.connect(remote), peer.ask({ ask: 'connect', remote: transport.localParameters })]);
  return transport;
}

/** A transport and a track on it that is written to directly. */
export const openRxcall: OpenSender = async (peer, profile, sizes) => {
  const transport = await connectRxcall(peer, profile);
  const track = transport.createTrack(AUDIO_TRACK);
  const payloads = sizes.map((bytes) => Buffer.alloc(bytes, 0x5a));
  let dueUs = processClock.nowUs();
  return {
    send(payload = 0) {
      const data = payloads[payload]!;
      dueUs += 20_000;
      track.write({ kind: 'audio', codec: 'opus', data, ptsUs: dueUs, durationUs: 20_000, keyframe: true, dueUs });
    },
    close: () => transport.close(),
  };
};
