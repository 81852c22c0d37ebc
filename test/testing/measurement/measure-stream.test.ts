import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { measureStream, type StreamMeasurement } from '../../../src/testing/measurement/measure-stream.ts';
import type { PacketRecord } from '../../../src/testing/measurement/packet-log.ts';
import { opusPackets } from './synthetic-stream.ts';

const measure = (records: PacketRecord[], pauses: [number, number][] = []): StreamMeasurement =>
  measureStream(records, { clockRate: 48_000, pauses });

describe('measureStream', () => {
  it('finds nothing wrong with a stream that is as it should be', () => {
    expect(measure(opusPackets(500))).toEqual({
      packets: 500,
      bytes: 80_000,
      durationMs: 9980,
      expected: 500,
      lost: 0,
      lossPct: 0,
      duplicates: 0,
      reordered: 0,
      holes: [],
      maxGapMs: 20,
      maxRtpGapMs: 20,
      gaps: [],
      jitterMs: 0,
      maxJitterMs: 0,
      driftPpm: expect.closeTo(0, 6),
      latenessP50Ms: expect.closeTo(0, 6),
      latenessP99Ms: expect.closeTo(0, 6),
      latenessMaxMs: expect.closeTo(0, 6),
      timestampSteps: { 960: 499 },
      markers: 1,
      paddingPackets: 0,
      payloadTypes: [111],
      audioLevel: { minDbov: -20, maxDbov: -20, voiceShare: 1 },
    });
  });

  it('has numbers for nothing and for a single packet', () => {
    expect(measure([])).toMatchObject({ packets: 0, expected: 0, lossPct: 0, driftPpm: null, audioLevel: null });
    expect(measure(opusPackets(1))).toMatchObject({ packets: 1, expected: 1, lossPct: 0, driftPpm: null });
  });

  it('counts what was lost, and where', () => {
    const result = measure(opusPackets(200, (_, index) => (index === 50 || (index >= 80 && index < 85) ? null : {})));
    expect(result).toMatchObject({ packets: 194, expected: 200, lost: 6, lossPct: 3, maxGapMs: 120, maxRtpGapMs: 120 });
    expect(result.holes).toEqual([
      { after: 65_049, missing: 1 },
      { after: 65_079, missing: 5 },
    ]);
    expect(result.gaps).toEqual([{ atMs: 79 * 20, arrivalMs: 120, rtpMs: 120, announced: false }]);
  });

  it('tells packets that came twice or late in order from lost ones', () => {
    const records = opusPackets(100, (packet, index) => (index === 30 ? { arrivalMs: packet.arrivalMs + 50 } : {}));
    records.push({ ...records.at(-1)!, arrivalMs: records.at(-1)!.arrivalMs + 1 });
    expect(measure(records)).toMatchObject({ lost: 0, duplicates: 1, reordered: 1, holes: [] });
  });

  it('leaves announced pauses out of the longest gap, but not what came on top of them', () => {
    const paused = opusPackets(300, (packet, index) =>
      index < 150 ? {} : { arrivalMs: packet.arrivalMs + 5000, rtpTime: packet.rtpTime + 5 * 48_000 },
    );
    const from = 1000 + 149 * 20;
    expect(measure(paused)).toMatchObject({ maxGapMs: 5020, maxRtpGapMs: 5020, lost: 0 });
    expect(measure(paused, [[from + 5, from + 5015]]).maxGapMs).toBe(20);
    expect(measure(paused, [[from + 5, from + 4925]]).maxGapMs).toBe(100);
    expect(measure(paused, [[from + 5, from + 5015]]).gaps).toEqual([
      { atMs: 149 * 20, arrivalMs: 5020, rtpMs: 5020, announced: true },
    ]);
  });

  it('sees timestamps that do not advance by whole packets', () => {
    const { timestampSteps } = measure(opusPackets(100, (packet, index) => ({ rtpTime: packet.rtpTime - index })));
    expect(timestampSteps).toEqual({ 959: 99 });
  });

  it('reports audio levels, markers and padding', () => {
    const result = measure(
      opusPackets(10, (_, index) => {
        if (index === 9) return { payloadBytes: 0, paddingBytes: 255, audioLevel: null, marker: true };
        return { audioLevel: index < 6 ? 0x80 | 12 : 127 };
      }),
    );
    expect(result).toMatchObject({ paddingPackets: 1, markers: 2 });
    expect(result.audioLevel).toMatchObject({ minDbov: -127, maxDbov: -12 });
    expect(result.audioLevel?.voiceShare).toBeCloseTo(6 / 9);
  });
});

describe('measureStream: the clock', () => {
  const random = seededRandom(7);
  const noisy = (driftPpm: number, seconds: number): PacketRecord[] =>
    opusPackets(seconds * 50, (packet, index) => {
      // A timer that is up to 3 ms late, and every now and then a hiccup that holds everything up for 60 ms.
      const hiccup = index % 170 < 3 ? 60 - (index % 170) * 20 : 0;
      return { arrivalMs: 1000 + (index * 20) / (1 + driftPpm / 1e6) + random() * 3 + hiccup };
    });

  it.each([0, 100, -100, 1000, -2000])('finds a drift of %d ppm through timer jitter and hiccups', (driftPpm) => {
    expect(Math.abs(measure(noisy(driftPpm, 10)).driftPpm! - driftPpm)).toBeLessThan(25);
    expect(Math.abs(measure(noisy(driftPpm, 120)).driftPpm! - driftPpm)).toBeLessThan(2);
  });

  it('is not misled when the first or the last packets are late', () => {
    for (const late of [(index: number) => index < 5, (index: number) => index > 494]) {
      const records = opusPackets(500, (p, index) => ({ arrivalMs: p.arrivalMs + random() + (late(index) ? 15 : 0) }));
      expect(Math.abs(measure(records).driftPpm!)).toBeLessThan(20);
    }
  });

  it('says how late packets were, whatever the drift', () => {
    const { latenessP50Ms, latenessP99Ms, latenessMaxMs } = measure(noisy(300, 20));
    expect(latenessP50Ms).toBeGreaterThan(0.5);
    expect(latenessP50Ms).toBeLessThan(2.5);
    expect(latenessP99Ms).toBeGreaterThan(20);
    expect(latenessMaxMs).toBeGreaterThan(57);
    expect(latenessMaxMs).toBeLessThan(64);
  });

  it('claims no drift for a stream of three seconds', () => {
    expect(measure(opusPackets(150)).driftPpm).toBeNull();
  });

  it('computes the jitter of RFC 3550', () => {
    // Each transit differs from the one before by 4 ms, up and down: the estimate converges to that.
    const { jitterMs } = measure(opusPackets(500, (p, index) => ({ arrivalMs: p.arrivalMs + (index % 2) * 4 })));
    expect(jitterMs).toBeCloseTo(4, 5);
  });
});
