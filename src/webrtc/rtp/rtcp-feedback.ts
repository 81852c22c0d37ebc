import {
  FMT_APPLICATION,
  FMT_FIR,
  FMT_NACK,
  FMT_PLI,
  parseFeedbackSsrcs,
  parseFir,
  parseNack,
  parseRemb,
} from '../rtcp/feedback.ts';
import { RTCP_PAYLOAD_FEEDBACK, RTCP_RR, RTCP_SR, RTCP_TRANSPORT_FEEDBACK, visitRtcp } from '../rtcp/compound.ts';
import { parseReportBlocks, type ReportBlock } from '../rtcp/reports.ts';
import { FMT_TRANSPORT_WIDE, parseTransportFeedback, type TransportFeedback } from '../rtcp/transport-feedback.ts';
import type { RtpTrack } from './rtp-track.ts';

/** Where what a receiver says about us goes. */
export interface FeedbackTargets {
  readonly tracks: ReadonlyMap<number, RtpTrack>;
  receiverReport(block: ReportBlock): void;
  transportFeedback(feedback: TransportFeedback): void;
  bitrateEstimate(bitsPerSecond: number): void;
}

/** Reads one compound RTCP packet and hands each part that concerns our tracks to the track it concerns. */
export function dispatchFeedback(compound: Buffer, targets: FeedbackTargets): void {
  visitRtcp(compound, (type, count, packet) => {
    if (type === RTCP_SR || type === RTCP_RR) {
      for (const block of parseReportBlocks(type, count, packet)) targets.receiverReport(block);
      return;
    }
    const ssrcs = parseFeedbackSsrcs(packet);
    if (!ssrcs) return;
    if (type === RTCP_TRANSPORT_FEEDBACK) transportFeedback(count, packet, ssrcs.media, targets);
    else if (type === RTCP_PAYLOAD_FEEDBACK) payloadFeedback(count, packet, ssrcs.media, targets);
  });
}

function transportFeedback(format: number, packet: Buffer, mediaSsrc: number, targets: FeedbackTargets): void {
  if (format === FMT_NACK) {
    targets.tracks.get(mediaSsrc)?.onNack(parseNack(packet));
  } else if (format === FMT_TRANSPORT_WIDE) {
    const feedback = parseTransportFeedback(packet);
    if (feedback) targets.transportFeedback(feedback);
  }
}

function payloadFeedback(format: number, packet: Buffer, mediaSsrc: number, targets: FeedbackTargets): void {
  if (format === FMT_PLI) {
    targets.tracks.get(mediaSsrc)?.onPli();
  } else if (format === FMT_FIR) {
    // Its media SSRC is 0: the ones it means are inside (RFC 5104, 4.3.1.2).
    for (const request of parseFir(packet)) targets.tracks.get(request.ssrc)?.onFir(request);
  } else if (format === FMT_APPLICATION) {
    const estimate = parseRemb(packet);
    if (estimate) targets.bitrateEstimate(estimate.bitsPerSecond);
  }
}
