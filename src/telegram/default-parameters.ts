import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  TRANSPORT_SEQUENCE_URI,
  VIDEO_ORIENTATION_URI,
  type RtpHeaderExtension,
  type RtpParameters,
} from '../webrtc/types.ts';

/** Header extensions of audio when the answer lists none, as Telegram's own clients number them. */
export const DEFAULT_AUDIO_EXTENSIONS: readonly RtpHeaderExtension[] = [
  { id: 1, uri: AUDIO_LEVEL_URI },
  { id: 2, uri: ABS_SEND_TIME_URI },
  { id: 3, uri: TRANSPORT_SEQUENCE_URI },
];

/** Header extensions of video when the answer lists none. */
export const DEFAULT_VIDEO_EXTENSIONS: readonly RtpHeaderExtension[] = [
  { id: 2, uri: ABS_SEND_TIME_URI },
  { id: 3, uri: TRANSPORT_SEQUENCE_URI },
  { id: 13, uri: VIDEO_ORIENTATION_URI },
];

/** How audio travels when the answer does not say: answers to native clients often lack the block. */
export const DEFAULT_OPUS: RtpParameters = {
  codec: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  headerExtensions: DEFAULT_AUDIO_EXTENSIONS,
};

/** How video travels when the answer does not say. */
export const DEFAULT_VP8: RtpParameters = {
  codec: 'vp8',
  payloadType: 100,
  rtxPayloadType: 101,
  clockRate: 90_000,
  headerExtensions: DEFAULT_VIDEO_EXTENSIONS,
};
