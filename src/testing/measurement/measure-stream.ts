import { fitClock, percentile } from './fit-clock.ts';
import type { PacketRecord } from './packet-log.ts';

/** Two packets that arrived one after the other with more than {@link MeasureOptions.gapMs} between them. */
export interface Gap {
  /** When the packet before it arrived, in milliseconds since the first packet. */
  readonly atMs: number;
  /** How long nothing arrived. */
  readonly arrivalMs: number;
  /** How far the RTP timestamp advanced meanwhile: the same when the sender paused, one packet when it was only late. */
  readonly rtpMs: number;
  /** Whether some of it was a pause that was announced. */
  readonly announced: boolean;
}

/** Sequence numbers that never arrived. */
export interface SequenceHole {
  /** The last sequence number before it, 16 bits. */
  readonly after: number;
  readonly missing: number;
}

/** What was received of one stream, in numbers. */
export interface StreamMeasurement {
  readonly packets: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** From the first arrival to the last. */
  readonly durationMs: number;
  readonly expected: number;
  readonly lost: number;
  readonly lossPct: number;
  readonly duplicates: number;
  /** Packets that came after one with a higher sequence number. */
  readonly reordered: number;
  readonly holes: readonly SequenceHole[];
  /** Longest time without an arrival, announced pauses not counted. One packet's duration is normal. */
  readonly maxGapMs: number;
  /** Longest step of RTP time from one packet to the next in sequence: a pause, a cut or a loss shows here. */
  readonly maxRtpGapMs: number;
  /** Every arrival gap above the limit, in order; the first hundred. */
  readonly gaps: readonly Gap[];
  /** Interarrival jitter (RFC 3550, 6.4.1) at the end, and the highest it ever was. */
  readonly jitterMs: number;
  readonly maxJitterMs: number;
  /** How much faster RTP time runs than arrival time, in parts per million; null below four seconds. */
  readonly driftPpm: number | null;
  /** How long after its time each packet came, by the fitted clock, the earliest being on time. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly latenessMaxMs: number;
  /** How often the RTP timestamp advanced by how many ticks between neighbors in sequence. */
  readonly timestampSteps: Readonly<Record<number, number>>;
  readonly markers: number;
  /** Packets that were nothing but padding. */
  readonly paddingPackets: number;
  readonly payloadTypes: readonly number[];
  /** The audio level extension: quietest and loudest in dBov (-127 to 0) and the share of packets marked as voice. */
  readonly audioLevel: { readonly minDbov: number; readonly maxDbov: number; readonly voiceShare: number } | null;
}

export interface MeasureOptions {
  /** RTP ticks per second. */
  clockRate: number;
  /** Arrival gaps above this are listed. Default 60. */
  gapMs?: number | undefined;
  /** Pauses that were announced, as arrival times; an unfinished one ends at Infinity. */
  pauses?: readonly (readonly [fromMs: number, untilMs: number])[] | undefined;
}

const MAX_LISTED = 100;

/** Measures a stream from its packets in order of arrival. Pure; the numbers are those of the packets given. */
export function measureStream(records: readonly PacketRecord[], options: MeasureOptions): StreamMeasurement {
  const { clockRate, gapMs = 60, pauses = [] } = options;
  const first = records[0];
  const last = records.at(-1);
  const toMs = (ticks: number): number => (ticks / clockRate) * 1000;

  const inSequence = withoutDuplicates(records);
  const expected = inSequence.length ? inSequence.at(-1)!.sequence - inSequence[0]!.sequence + 1 : 0;
  const lost = expected - inSequence.length;

  let maxGapMs = 0;
  let reordered = 0;
  let highest = -Infinity;
  const gaps: Gap[] = [];
  for (const [index, record] of records.entries()) {
    if (record.sequence < highest) reordered++;
    highest = Math.max(highest, record.sequence);
    const before = records[index - 1];
    if (!before) continue;
    const arrivalMs = record.arrivalMs - before.arrivalMs;
    const pausedMs = sum(pauses, ([from, until]) =>
      Math.max(0, Math.min(until, record.arrivalMs) - Math.max(from, before.arrivalMs)),
    );
    maxGapMs = Math.max(maxGapMs, arrivalMs - pausedMs);
    if (arrivalMs > gapMs && gaps.length < MAX_LISTED) {
      const atMs = before.arrivalMs - first!.arrivalMs;
      gaps.push({ atMs, arrivalMs, rtpMs: toMs(record.rtpTime - before.rtpTime), announced: pausedMs > 0 });
    }
  }

  const holes: SequenceHole[] = [];
  const timestampSteps: Record<number, number> = {};
  let maxStep = 0;
  for (const [index, record] of inSequence.entries()) {
    const before = inSequence[index - 1];
    if (!before) continue;
    const missing = record.sequence - before.sequence - 1;
    const step = record.rtpTime - before.rtpTime;
    maxStep = Math.max(maxStep, step);
    if (missing === 0) timestampSteps[step] = (timestampSteps[step] ?? 0) + 1;
    else if (holes.length < MAX_LISTED) holes.push({ after: before.sequence & 0xffff, missing });
  }

  const { driftPpm, latenessMs } = fitClock(records, clockRate);
  return {
    packets: records.length,
    bytes: sum(records, ({ payloadBytes }) => payloadBytes),
    durationMs: first && last ? last.arrivalMs - first.arrivalMs : 0,
    expected,
    lost,
    lossPct: expected ? (lost / expected) * 100 : 0,
    duplicates: records.length - inSequence.length,
    reordered,
    holes,
    maxGapMs,
    maxRtpGapMs: toMs(maxStep),
    gaps,
    ...jitter(records, toMs),
    driftPpm,
    latenessP50Ms: percentile(latenessMs, 50),
    latenessP99Ms: percentile(latenessMs, 99),
    latenessMaxMs: percentile(latenessMs, 100),
    timestampSteps,
    markers: sum(records, ({ marker }) => (marker ? 1 : 0)),
    paddingPackets: sum(records, ({ payloadBytes, paddingBytes }) => (payloadBytes === 0 && paddingBytes > 0 ? 1 : 0)),
    payloadTypes: [...new Set(records.map(({ payloadType }) => payloadType))],
    audioLevel: audioLevel(records),
  };
}

function withoutDuplicates(records: readonly PacketRecord[]): PacketRecord[] {
  const unique = new Map<number, PacketRecord>();
  for (const record of records) if (!unique.has(record.sequence)) unique.set(record.sequence, record);
  return [...unique.values()].sort((a, b) => a.sequence - b.sequence);
}

function jitter(
  records: readonly PacketRecord[],
  toMs: (ticks: number) => number,
): Pick<StreamMeasurement, 'jitterMs' | 'maxJitterMs'> {
  let jitterMs = 0;
  let maxJitterMs = 0;
  for (const [index, record] of records.entries()) {
    const before = records[index - 1];
    if (!before) continue;
    const difference = record.arrivalMs - before.arrivalMs - toMs(record.rtpTime - before.rtpTime);
    jitterMs += (Math.abs(difference) - jitterMs) / 16;
    maxJitterMs = Math.max(maxJitterMs, jitterMs);
  }
  return { jitterMs, maxJitterMs };
}

function audioLevel(records: readonly PacketRecord[]): StreamMeasurement['audioLevel'] {
  const levels = records.flatMap((record) => record.audioLevel ?? []);
  if (levels.length === 0) return null;
  const attenuation = levels.map((level) => level & 0x7f);
  return {
    minDbov: 0 - percentile(attenuation, 100),
    maxDbov: 0 - percentile(attenuation, 0),
    voiceShare: sum(levels, (level) => level >> 7) / levels.length,
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
