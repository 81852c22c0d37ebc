import { toInt32Ssrc } from '../../telegram/ssrc.ts';
import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  TRANSPORT_SEQUENCE_URI,
  VIDEO_ORIENTATION_URI,
  type LocalParameters,
  type RtpCodec,
} from '../../webrtc/types.ts';
import type { AnswerShape } from './behavior.ts';

/** Payload types and extension ids that an answer announces. */
export interface AnsweredNumbers {
  readonly payloadTypes: Readonly<Record<RtpCodec, number>>;
  readonly extensionIds: Readonly<
    Record<'audioLevel' | 'absSendTime' | 'transportSequence' | 'videoOrientation', number>
  >;
}

/** The numbers of {@link AnswerShape} with those it leaves out. Without media blocks, a client goes by the defaults. */
export function answeredNumbers(shape: AnswerShape): AnsweredNumbers {
  const { payloadTypes, extensionIds } = shape.withoutMedia ? {} : shape;
  return {
    payloadTypes: {
      opus: payloadTypes?.opus ?? 111,
      vp8: payloadTypes?.vp8 ?? 100,
      h264: payloadTypes?.h264 ?? 104,
    },
    extensionIds: {
      audioLevel: extensionIds?.audioLevel ?? 1,
      absSendTime: extensionIds?.absSendTime ?? 2,
      transportSequence: extensionIds?.transportSequence ?? 3,
      videoOrientation: extensionIds?.videoOrientation ?? 13,
    },
  };
}

/** Writes the answer to a join as Telegram's server does, down to the types. `endpoint` names the client's video. */
export function createAnswerJson(
  local: LocalParameters,
  shape: AnswerShape,
  endpoint: string,
  probeSsrc: number,
): string {
  const answer = { transport: transport(local, shape) };
  if (shape.withoutMedia) return JSON.stringify(answer);
  const { payloadTypes, extensionIds } = answeredNumbers(shape);
  const shared = [
    { id: extensionIds.audioLevel, uri: AUDIO_LEVEL_URI },
    { id: extensionIds.absSendTime, uri: ABS_SEND_TIME_URI },
    { id: extensionIds.transportSequence, uri: TRANSPORT_SEQUENCE_URI },
  ];
  return JSON.stringify({
    ...answer,
    audio: {
      'payload-types': [
        {
          id: payloadTypes.opus,
          name: 'opus',
          clockrate: 48_000,
          channels: 2,
          parameters: { minptime: 10, useinbandfec: 1 },
          'rtcp-fbs': [{ type: 'transport-cc' }],
        },
        { id: 126, name: 'telephone-event', clockrate: 8000, channels: 1 },
      ],
      'rtp-hdrexts': shared,
    },
    video: {
      endpoint,
      server_sources: [toInt32Ssrc(probeSsrc)],
      'payload-types': [
        ...videoCodec(payloadTypes.vp8, 'VP8', {}),
        ...videoCodec(payloadTypes.h264, 'H264', {
          'profile-level-id': '42e01f',
          'level-asymmetry-allowed': '1',
          'packetization-mode': '1',
        }),
      ],
      'rtp-hdrexts': [...shared, { id: extensionIds.videoOrientation, uri: VIDEO_ORIENTATION_URI }],
    },
  });
}

function transport(local: LocalParameters, shape: AnswerShape): object {
  const scalar = (value: number): string | number => (shape.numbersInCandidates ? value : String(value));
  return {
    xmlns: 'urn:xmpp:jingle:transports:ice-udp:1',
    'rtcp-mux': true,
    ufrag: local.ice.ufrag,
    pwd: local.ice.pwd,
    fingerprints: local.fingerprints.map(({ algorithm, value }) => ({
      hash: algorithm,
      setup: local.dtlsRole === 'client' ? 'active' : 'passive',
      fingerprint: shape.wrongFingerprint ? falsify(value) : value,
    })),
    candidates: local.candidates.map((candidate, index) => ({
      generation: scalar(0),
      component: scalar(candidate.component),
      protocol: candidate.protocol,
      port: scalar(candidate.port),
      ip: candidate.ip,
      foundation: candidate.foundation,
      id: `${local.ice.ufrag}${index}`,
      priority: scalar(candidate.priority),
      type: candidate.type,
      network: scalar(0),
    })),
  };
}

function videoCodec(id: number, name: string, parameters: Record<string, string>): object[] {
  const feedback = ['ccm fir', 'nack', 'nack pli', 'goog-remb', 'transport-cc'].map((type) => ({ type }));
  const codec = { id, name, clockrate: 90_000, channels: 1, parameters, 'rtcp-fbs': feedback };
  return [codec, { id: id + 1, name: 'rtx', clockrate: 90_000, channels: 1, parameters: { apt: id } }];
}

/** Changes the first byte. */
function falsify(fingerprint: string): string {
  const first = Number.parseInt(fingerprint.slice(0, 2), 16) ^ 0xff;
  return first.toString(16).toUpperCase().padStart(2, '0') + fingerprint.slice(2);
}
