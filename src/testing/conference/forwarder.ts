import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  TRANSPORT_SEQUENCE_URI,
  type RtpParameters,
  type WebRtcTrack,
} from '../../webrtc/types.ts';
import type { AnsweredNumbers } from './answer-json.ts';
import type { VideoCodec } from './frame-assembler.ts';
import type { Participant } from './participant.ts';
import { Relay } from './relay.ts';

/** What one participant gets. */
interface Reception {
  /** By SSRC: somebody who joins again with an SSRC goes on where they were. */
  readonly tracks: Map<number, WebRtcTrack>;
  readonly relays: Map<Participant, Relay>;
}

/**
 * Sends everybody the sound and picture of everybody else under the SSRCs of who sends, as Telegram's server does: clients
 * look them up in the list of participants. Whoever has sent `ReceiverVideoConstraints` gets the pictures asked for in it.
 */
export class Forwarder {
  readonly #present = new Map<Participant, Reception>();

  add(participant: Participant): void {
    const reception: Reception = { tracks: new Map<number, WebRtcTrack>(), relays: new Map<Participant, Relay>() };
    for (const [other, others] of this.#present) {
      relay(other, participant, reception);
      relay(participant, other, others);
    }
    this.#present.set(participant, reception);
  }

  /** Nothing is sent to or from this participant any more. */
  remove(participant: Participant): void {
    for (const relay of this.#present.get(participant)?.relays.values() ?? []) relay.close();
    this.#present.delete(participant);
    for (const { relays } of this.#present.values()) {
      relays.get(participant)?.close();
      relays.delete(participant);
    }
  }
}

function relay(source: Participant, listener: Participant, { tracks, relays }: Reception): void {
  const { transport, numbers } = listener;
  const cname = String(source.source);

  function track(ssrc: number, create: () => WebRtcTrack): WebRtcTrack {
    let track = tracks.get(ssrc);
    if (!track) tracks.set(ssrc, (track = create()));
    return track;
  }

  const relay = new Relay(transport, {
    audio() {
      const { ssrc } = source.audio;
      const parameters = audioParameters(numbers);
      return track(ssrc, () => transport.createTrack({ kind: 'audio', ssrc, parameters, cname }));
    },
    video(codec) {
      if (!listener.channel.wantsVideo(source.endpoint)) return undefined;
      const { ssrc } = source.video!;
      const { rtxSsrc } = source;
      const parameters = videoParameters(numbers, codec);
      const video = track(ssrc, () => transport.createTrack({ kind: 'video', ssrc, rtxSsrc, parameters, cname }));
      return video.parameters.codec === codec ? video : undefined;
    },
  });
  relays.set(source, relay);
  relay.follow(source);
}

function audioParameters(numbers: AnsweredNumbers): RtpParameters {
  return {
    codec: 'opus',
    payloadType: numbers.payloadTypes.opus,
    clockRate: 48_000,
    headerExtensions: [{ id: numbers.extensionIds.audioLevel, uri: AUDIO_LEVEL_URI }, ...timing(numbers)],
  };
}

function videoParameters(numbers: AnsweredNumbers, codec: VideoCodec): RtpParameters {
  const payloadType = numbers.payloadTypes[codec];
  return {
    codec,
    payloadType,
    rtxPayloadType: payloadType + 1,
    clockRate: 90_000,
    headerExtensions: timing(numbers),
  };
}

function timing({ extensionIds }: AnsweredNumbers): RtpParameters['headerExtensions'] {
  return [
    { id: extensionIds.absSendTime, uri: ABS_SEND_TIME_URI },
    { id: extensionIds.transportSequence, uri: TRANSPORT_SEQUENCE_URI },
  ];
}
