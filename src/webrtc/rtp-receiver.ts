import { MissingPackets } from './rtp/missing-packets.ts';
import { Reception, type ReceptionStats } from './rtp/reception.ts';
import { RTCP_BYE, RTCP_SR, visitRtcp } from './rtcp/compound.ts';
import { buildNack, buildPli } from './rtcp/feedback.ts';
import {
  buildReceiverReport,
  buildSourceDescription,
  parseBye,
  parseSenderReport,
  type SenderReport,
} from './rtcp/reports.ts';
import { unwrapRtx } from './rtp/rtx-unwrap.ts';
import { TransportArrivals } from './rtp/transport-arrivals.ts';
import type { ReceivedRtp } from './types.ts';

const REPORT_INTERVAL_MS = 1000;
const TRANSPORT_FEEDBACK_INTERVAL_MS = 100;
const DEFAULT_ROUND_TRIP_MS = 100;
const MAX_REPORT_BLOCKS = 31;

/** When there are too many SSRCs, those silent for so long are forgotten. */
const FORGET_AFTER_MS = 30_000;

/** How one payload type travels. */
export interface ReceivedPayload {
  /** RTP clock rate in Hz. */
  readonly clockRate: number;
  /** Ask for lost packets. Default false. */
  readonly nack?: boolean | undefined;
  /** When packets of it stay lost, ask for a keyframe. Default false. */
  readonly pli?: boolean | undefined;
  /** It repeats packets of this payload type (RFC 4588). */
  readonly repeats?: number | undefined;
}

export interface RtpReceiverOptions {
  /** The SSRC that our reports are signed with. */
  ssrc: number;
  cname: string;
  /** What may arrive, by payload type; other packets are left alone. */
  payloads: ReadonlyMap<number, ReceivedPayload>;
  /** Id of the transport-wide sequence number extension; without one there is no transport-wide feedback. */
  transportSequenceId?: number | undefined;
  /** Which SSRC an RTX SSRC repeats; an unknown one is guessed to repeat the only other SSRC with its payload type. */
  rtxSsrcs?: ReadonlyMap<number, number> | undefined;
  /** How many SSRCs are followed. Default 1024. */
  maxSources?: number | undefined;
}

/**
 * The receiving side of RTP without its wires: packets and the time go in, RTCP packets to send come out. Times in
 * milliseconds, of any one clock.
 */
export interface RtpReceiver {
  /** Takes a packet; returns it, or the original that an RTX packet repeats, or undefined when there is no medium in it. */
  receive(packet: ReceivedRtp): ReceivedRtp | undefined;
  /** Takes the peer's RTCP: its sender reports and BYEs. */
  receiveRtcp(compound: Uint8Array, arrivalMs: number): void;
  /** What is to be sent at this time; ask every 20 ms or so. Each one is a packet of its own (RFC 5506). */
  poll(nowMs: number): Buffer[];
  /** What is known of the round trip, for the pace of NACKs. Default 100. */
  roundTripMs: number;
  stats(): ReceptionStats[];
  /** The last sender report of an SSRC and when it came. */
  senderReport(ssrc: number): { readonly report: SenderReport; readonly arrivalMs: number } | undefined;
}

interface Source {
  readonly reception: Reception;
  readonly payload: ReceivedPayload;
  readonly payloadType: number;
  readonly missing: MissingPackets | undefined;
}

export function createRtpReceiver(options: RtpReceiverOptions): RtpReceiver {
  const { ssrc: ownSsrc, payloads, transportSequenceId } = options;
  const maxSources = options.maxSources ?? 1024;
  const sources = new Map<number, Source>();
  const arrivals = new TransportArrivals();
  let reportDueMs = -Infinity;
  let transportDueMs = -Infinity;
  /** SSRCs that take turns in reports, when they are more than fit one. */
  let turn = 0;

  function sourceOf(packet: ReceivedRtp, payload: ReceivedPayload): Source | undefined {
    let source = sources.get(packet.ssrc);
    if (!source && sources.size >= maxSources) forgetIdle(packet.arrivalMs);
    if (!source && sources.size < maxSources) {
      source = {
        reception: new Reception(packet.ssrc, payload.clockRate),
        payload,
        payloadType: packet.payloadType,
        missing: payload.nack ? new MissingPackets() : undefined,
      };
      sources.set(packet.ssrc, source);
    }
    return source;
  }

  function forgetIdle(nowMs: number): void {
    for (const [ssrc, { reception }] of sources) {
      if (nowMs - reception.lastArrivalMs > FORGET_AFTER_MS) sources.delete(ssrc);
    }
  }

  function originalSsrc(rtxSsrc: number, payloadType: number): number | undefined {
    const known = options.rtxSsrcs?.get(rtxSsrc);
    if (known !== undefined) return known;
    const candidates = [...sources].filter(([, source]) => source.payloadType === payloadType);
    return candidates.length === 1 ? candidates[0]![0] : undefined;
  }

  function reports(nowMs: number): Buffer[] {
    const heard = [...sources.values()].filter(({ reception }) => nowMs - reception.lastArrivalMs < 5000);
    if (heard.length === 0) return [];
    const blocks = Array.from({ length: Math.min(heard.length, MAX_REPORT_BLOCKS) }, (_, i) =>
      heard[(turn + i) % heard.length]!.reception.report(nowMs),
    );
    turn = (turn + blocks.length) % heard.length;
    const description = buildSourceDescription([{ ssrc: ownSsrc, cname: options.cname }]);
    return [Buffer.concat([buildReceiverReport(ownSsrc, blocks), description])];
  }

  function requests(nowMs: number): Buffer[] {
    const packets: Buffer[] = [];
    for (const [ssrc, { missing, payload }] of sources) {
      const lost = missing?.due(nowMs, receiver.roundTripMs) ?? [];
      if (lost.length > 0) packets.push(buildNack(ownSsrc, ssrc, lost));
      if (missing?.takeGaveUp() && payload.pli) packets.push(buildPli(ownSsrc, ssrc));
    }
    return packets;
  }

  const receiver: RtpReceiver = {
    roundTripMs: DEFAULT_ROUND_TRIP_MS,

    receive(packet) {
      const transportSequence = transportSequenceId === undefined ? undefined : packet.extension(transportSequenceId);
      if (transportSequence?.length === 2) {
        arrivals.add((transportSequence[0]! << 8) | transportSequence[1]!, packet.arrivalMs, packet.ssrc);
      }
      const payload = payloads.get(packet.payloadType);
      if (!payload) return undefined;
      const source = sourceOf(packet, payload);
      if (!source) return undefined;
      source.reception.add(packet);
      if (payload.repeats !== undefined) {
        const ssrc = originalSsrc(packet.ssrc, payload.repeats);
        const original = ssrc === undefined ? undefined : unwrapRtx(packet, ssrc, payload.repeats);
        if (original) sources.get(original.ssrc)?.missing?.add(original.sequenceNumber, packet.arrivalMs);
        return original;
      }
      source.missing?.add(packet.sequenceNumber, packet.arrivalMs);
      return packet.payload.length > 0 ? packet : undefined;
    },

    receiveRtcp(compound, arrivalMs) {
      visitRtcp(Buffer.from(compound.buffer, compound.byteOffset, compound.length), (type, count, packet) => {
        if (type === RTCP_SR) {
          const report = parseSenderReport(packet);
          const source = report && sources.get(report.ssrc);
          if (source) source.reception.senderReport = { report, arrivalMs };
        } else if (type === RTCP_BYE) {
          for (const ssrc of parseBye(count, packet)) sources.delete(ssrc);
        }
      });
    },

    poll(nowMs) {
      const packets = requests(nowMs);
      if (nowMs >= transportDueMs) {
        packets.push(...arrivals.take(ownSsrc));
        transportDueMs = nowMs + TRANSPORT_FEEDBACK_INTERVAL_MS;
      }
      if (nowMs >= reportDueMs) {
        packets.push(...reports(nowMs));
        reportDueMs = nowMs + REPORT_INTERVAL_MS * (0.5 + Math.random());
      }
      return packets;
    },

    stats: () => [...sources.values()].map(({ reception }) => reception.stats()),

    senderReport: (ssrc) => sources.get(ssrc)?.reception.senderReport,
  };
  return receiver;
}
