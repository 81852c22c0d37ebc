import type { Codec } from '../../src/core/sample.ts';
import { createH264Depacketizer } from '../../src/media/h264-depacketizer.ts';
import { isH264Keyframe } from '../../src/media/h264.ts';
import { createVp8Depacketizer } from '../../src/media/vp8-depacketizer.ts';
import { isVp8Keyframe } from '../../src/media/vp8.ts';
import type { LoopbackParticipant } from '../../src/testing/index.ts';
import { Participant } from '../../src/testing/conference/participant.ts';
import { extend } from '../../src/testing/measurement/packet-log.ts';
import { RTCP_SR, visitRtcp } from '../../src/webrtc/rtcp/compound.ts';
import { parseSenderReport, type SenderReport } from '../../src/webrtc/rtcp/reports.ts';
import { decodePcm } from '../media/ffmpeg.ts';
import { beepsInPcm, brightness, onsets } from '../sources/flash-and-beep.ts';

/** One picture as it was put together again on the other side. */
export interface ReceivedFrame {
  readonly data: Uint8Array;
  readonly codec: Codec;
  readonly keyframe: boolean;
  /** Extended, in ticks. */
  readonly rtpTime: number;
  readonly arrivalMs: number;
}

/** What a participant shows, for those who look. */
export interface VideoRecording {
  readonly frames: readonly ReceivedFrame[];
  /** When flashes and beeps begin, by RTP time and sender reports: milliseconds of the sender's clock. */
  flashesMs(): number[];
  beepsMs(): number[];
  /** The sender's time of something that arrives now. */
  nowMs(): number;
}

/** Puts the received video together from now on. */
export function recordVideo(participant: LoopbackParticipant, codec: 'vp8' | 'h264' = 'vp8'): VideoRecording {
  if (!(participant instanceof Participant)) throw new Error('This is nobody of a loopback conference.');
  const depacketizer = codec === 'vp8' ? createVp8Depacketizer() : createH264Depacketizer();
  const isKeyframe = codec === 'vp8' ? isVp8Keyframe : isH264Keyframe;
  const frames: ReceivedFrame[] = [];
  const reports = new Map<number, SenderReport>();
  let expected: number | undefined;

  participant.listen((stream, record, packet) => {
    if (stream.kind !== 'video') return;
    if (expected !== undefined && record.sequence < expected) return;
    if (expected !== undefined && record.sequence > expected) depacketizer.lose();
    expected = record.sequence + 1;
    if (packet.payload.length === 0) return;
    const data = depacketizer.push(packet.payload, record.marker);
    if (data)
      frames.push({ data, codec, keyframe: isKeyframe(data), rtpTime: record.rtpTime, arrivalMs: record.arrivalMs });
  });

  const receiveRtcp = participant.transport.onRtcp;
  participant.transport.onRtcp = (compound) => {
    receiveRtcp?.(compound);
    visitRtcp(Buffer.from(compound), (type, _count, packet) => {
      const report = type === RTCP_SR ? parseSenderReport(packet) : undefined;
      if (report) reports.set(report.ssrc, report);
    });
  };

  /** When something was meant to be presented, by the sender's wall clock. */
  function senderTimeMs(kind: 'audio' | 'video', rtpTime: number): number {
    const stream = (participant as Participant).streams.find((it) => it.kind === kind)!;
    const report = reports.get(stream.ssrc);
    if (!report) throw new Error(`There was no sender report of ${kind}.`);
    const ntpMs = report.ntpSeconds * 1000 + (report.ntpFraction / 2 ** 32) * 1000;
    return ntpMs + ((rtpTime - extend(report.rtpTimestamp, rtpTime, 32)) / stream.clockRate) * 1000;
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
