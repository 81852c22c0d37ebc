import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  MID_URI,
  TRANSPORT_SEQUENCE_URI,
  VIDEO_ORIENTATION_URI,
  type RtpCodec,
  type RtpParameters,
} from '../../webrtc/types.ts';
import type { OfferedMedia } from './parse-offer.ts';

/** Header extensions we can write. */
const KNOWN_EXTENSIONS: readonly string[] = [
  AUDIO_LEVEL_URI,
  ABS_SEND_TIME_URI,
  TRANSPORT_SEQUENCE_URI,
  MID_URI,
  VIDEO_ORIENTATION_URI,
];

/**
 * How to send `codec` in a section of a browser's offer: the payload type and the extension ids are the browser's.
 * Undefined when it cannot receive that codec there.
 */
export function chooseParameters(media: OfferedMedia, codec: RtpCodec): RtpParameters | undefined {
  if (!media.receives) return undefined;
  const candidates = media.codecs.filter(({ name }) => name === codec);
  const chosen = candidates.find(({ parameters }) => parameters['packetization-mode'] === '1') ?? candidates[0];
  if (!chosen) return undefined;
  const rtx = media.codecs.find(
    ({ name, parameters }) => name === 'rtx' && parameters['apt'] === String(chosen.payloadType),
  );
  return {
    codec,
    payloadType: chosen.payloadType,
    clockRate: chosen.clockRate,
    headerExtensions: media.extensions.filter(({ uri }) => KNOWN_EXTENSIONS.includes(uri)),
    rtxPayloadType: rtx?.payloadType,
  };
}
