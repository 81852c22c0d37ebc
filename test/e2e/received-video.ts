import { FrameAssembler, type ReceivedFrame } from '../../src/testing/conference/frame-assembler.ts';
import { Participant } from '../../src/testing/conference/participant.ts';
import type { LoopbackParticipant } from '../../src/testing/index.ts';
import { decodePcm } from '../media/ffmpeg.ts';
import { beepsInPcm, brightness, onsets } from '../sources/flash-and-beep.ts';

/** What a participant shows, for those who look. */
export interface VideoRecording {
  readonly frames: readonly ReceivedFrame[];
  /** When flashes and beeps begin, by RTP time and sender reports: milliseconds of the sender's clock. */
  flashesMs(): number[];
  beepsMs(): number[];
  /** The sender's time of something that arrives now. */
  nowMs(): number;
}

/** Puts the received video together from now on; asks the sender for nothing. */
export function recordVideo(participant: LoopbackParticipant): VideoRecording {
  if (!(participant instanceof Participant)) throw new Error('This is nobody of a loopback conference.');
  const { audio, video } = participant;
  const frames: ReceivedFrame[] = [];
  const assembler = new FrameAssembler(participant.videoCodecs, {
    onFrame: (frame) => frames.push(frame),
    onUndecodable: () => {},
  });
  participant.listen((stream, record, packet) => {
    if (stream === video) assembler.push(record, packet.payload);
  });

  /** When something was meant to be presented, by the sender's wall clock. */
  function senderTimeMs(kind: 'audio' | 'video', rtpTime: number): number {
    const timeUs = (participant as Participant).senderTimeUs(kind === 'audio' ? audio : video!, rtpTime);
    if (timeUs === undefined) throw new Error(`There was no sender report of ${kind}.`);
    return timeUs / 1000;
  }

  return {
    frames,
    flashesMs: () => onsets(brightness(frames), (index) => senderTimeMs('video', frames[index]!.rtpTime)),
    beepsMs() {
      const first = participant.packets('audio').find(({ payloadBytes }) => payloadBytes > 0)!;
      const startMs = senderTimeMs('audio', first.rtpTime);
      return beepsInPcm(decodePcm(participant.recording())).map((ms) => startMs + ms);
    },
    nowMs: () => senderTimeMs('video', frames.at(-1)!.rtpTime),
  };
}
