import { RTCP_RR } from '../../webrtc/rtcp/compound.ts';
import { createRtpReceiver, type ReceivedPayload } from '../../webrtc/rtp-receiver.ts';
import type { ReceivedRtp, WebRtcTransport } from '../../webrtc/types.ts';
import { extend } from '../measurement/packet-log.ts';
import type { AnsweredNumbers } from './answer-json.ts';
import type { FeedbackOptions } from './behavior.ts';
import type { JoinRequest } from './join-request.ts';
import type { ReceivedStream } from './received-stream.ts';

/** How often it is asked whether there is something to say. */
const POLL_MS = 20;

/** Listens to what one participant sends and tells them how it arrives. */
export interface Feedback {
  /** The SSRC that reports are signed with. */
  readonly ssrc: number;
  /** Takes every packet; returns it, or the one that it repeats (RFC 4588). */
  receive(packet: ReceivedRtp): ReceivedRtp;
  receiveRtcp(compound: Uint8Array): void;
  /** An instant of a stream's RTP time, extended, on the clock of its sender, in microseconds; needs a sender report. */
  senderTimeUs(stream: ReceivedStream, rtpTime: number): number | undefined;
  start(): void;
  stop(): void;
}

export function createFeedback(
  transport: WebRtcTransport,
  options: { request: JoinRequest; numbers: AnsweredNumbers; ssrc: number; feedback?: FeedbackOptions | undefined },
): Feedback {
  const { request, numbers, ssrc } = options;
  const { reports = true, nack = true, transportWide = true } = options.feedback ?? {};
  const { opus, vp8, h264 } = numbers.payloadTypes;
  const video = { clockRate: 90_000, nack, pli: nack };
  const receiver = createRtpReceiver({
    ssrc,
    cname: 'conference',
    payloads: new Map<number, ReceivedPayload>([
      [opus, { clockRate: 48_000 }],
      [vp8, video],
      [vp8 + 1, { clockRate: 90_000, repeats: vp8 }],
      [h264, video],
      [h264 + 1, { clockRate: 90_000, repeats: h264 }],
    ]),
    transportSequenceId: transportWide ? numbers.extensionIds.transportSequence : undefined,
    rtxSsrcs: new Map(request.video.map((layer) => [layer.rtxSsrc, layer.ssrc])),
  });
  let timer: NodeJS.Timeout | undefined;

  function poll(): void {
    for (const packet of receiver.poll(performance.now())) {
      if (reports || packet[1] !== RTCP_RR) transport.sendRtcp(packet);
    }
  }

  return {
    ssrc,
    receive: (packet) => receiver.receive(packet) ?? packet,
    receiveRtcp: (compound) => receiver.receiveRtcp(compound, performance.now()),
    senderTimeUs({ ssrc, clockRate }, rtpTime) {
      const report = receiver.senderReport(ssrc)?.report;
      if (!report) return undefined;
      const reportedUs = report.ntpSeconds * 1e6 + (report.ntpFraction / 2 ** 32) * 1e6;
      return reportedUs + ((rtpTime - extend(report.rtpTimestamp, rtpTime, 32)) / clockRate) * 1e6;
    },
    start: () => (timer ??= setInterval(poll, POLL_MS)),
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
