import { ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, TRANSPORT_SEQUENCE_URI, type RtpParameters } from '../../webrtc/types.ts';
import type { AnsweredNumbers } from './answer-json.ts';
import { ForwardLeg } from './forward-leg.ts';
import type { Participant } from './participant.ts';

/**
 * Sends everybody the audio of everybody else under the SSRC of who speaks, as Telegram's server does: clients look it
 * up in the list of participants.
 */
export class Forwarder {
  readonly #participants: Participant[] = [];
  /** By listener, then by SSRC: somebody who joins again with an SSRC goes on where they were. */
  readonly #legs = new Map<Participant, Map<number, ForwardLeg>>();

  add(participant: Participant): void {
    this.#participants.push(participant);
    participant.listen((stream, record, packet) => {
      if (stream.kind !== 'audio') return;
      for (const other of this.#participants) {
        if (other === participant || other.state !== 'connected') continue;
        this.#leg(other, stream.ssrc).forward(stream, record, packet.payload);
      }
    });
  }

  /** Nothing is sent to this participant any more. */
  remove(participant: Participant): void {
    this.#legs.delete(participant);
    const index = this.#participants.indexOf(participant);
    if (index >= 0) this.#participants.splice(index, 1);
  }

  #leg(listener: Participant, ssrc: number): ForwardLeg {
    let legs = this.#legs.get(listener);
    if (!legs) this.#legs.set(listener, (legs = new Map<number, ForwardLeg>()));
    let leg = legs.get(ssrc);
    if (!leg) {
      const parameters = opusParameters(listener.numbers);
      const track = listener.transport.createTrack({ kind: 'audio', ssrc, parameters, cname: String(ssrc) });
      legs.set(ssrc, (leg = new ForwardLeg(track)));
    }
    return leg;
  }
}

function opusParameters({ payloadTypes, extensionIds }: AnsweredNumbers): RtpParameters {
  return {
    codec: 'opus',
    payloadType: payloadTypes.opus,
    clockRate: 48_000,
    headerExtensions: [
      { id: extensionIds.audioLevel, uri: AUDIO_LEVEL_URI },
      { id: extensionIds.absSendTime, uri: ABS_SEND_TIME_URI },
      { id: extensionIds.transportSequence, uri: TRANSPORT_SEQUENCE_URI },
    ],
  };
}
