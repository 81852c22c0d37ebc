import { processClock } from '../../src/core/process-clock.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, TRANSPORT_SEQUENCE_URI } from '../../src/webrtc/types.ts';
import { EXTENSION_IDS, PAYLOAD_TYPE, SSRC, type OpenSender } from './sender.ts';

/** A transport of this library and a track on it, as a call has them. */
export const openRxcall: OpenSender = async (peer, profile, bytes) => {
  const transport = await createTransport({ addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } });
  const remote = await peer.ask({ ask: 'open', iceRole: 'controlling', profile });
  await Promise.all([transport.connect(remote), peer.ask({ ask: 'connect', remote: transport.localParameters })]);
  const track = transport.createTrack({
    kind: 'audio',
    ssrc: SSRC,
    cname: 'bench',
    parameters: {
      codec: 'opus',
      payloadType: PAYLOAD_TYPE,
      clockRate: 48_000,
      headerExtensions: [
        { id: EXTENSION_IDS.audioLevel, uri: AUDIO_LEVEL_URI },
        { id: EXTENSION_IDS.absSendTime, uri: ABS_SEND_TIME_URI },
        { id: EXTENSION_IDS.transportSequence, uri: TRANSPORT_SEQUENCE_URI },
      ],
    },
  });
  const data = Buffer.alloc(bytes, 0x5a);
  let dueUs = processClock.nowUs();
  return {
    send() {
      dueUs += 20_000;
      track.write({ kind: 'audio', codec: 'opus', data, ptsUs: dueUs, durationUs: 20_000, keyframe: true, dueUs });
    },
    close: () => transport.close(),
  };
};
