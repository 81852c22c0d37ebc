import { describe, expect, it } from 'vitest';
import { LiveMeter } from '../../../src/testing/measurement/live-meter.ts';
import { opusPackets } from './synthetic-stream.ts';

function feed(meter: LiveMeter, packets: ReturnType<typeof opusPackets>): void {
  for (const { sequence, rtpTime, arrivalMs, payloadBytes, audioLevel } of packets) {
    meter.add({
      sequenceNumber: sequence & 0xffff,
      timestamp: rtpTime % 2 ** 32,
      arrivalMs,
      payload: { length: payloadBytes },
      audioLevel,
    });
  }
}

describe('LiveMeter', () => {
  it('reports what happened since the last reading', () => {
    const meter = new LiveMeter(48_000);
    const packets = opusPackets(100, (_, index) => (index === 70 ? null : {}));
    feed(meter, packets.slice(0, 50));
    expect(meter.read(2000)).toEqual({
      packets: 50,
      bitrateKbps: 64,
      jitterMs: expect.closeTo(0, 6),
      latenessMs: expect.closeTo(0, 6),
      lost: 0,
      levelDbov: -20,
    });
    feed(meter, packets.slice(50));
    expect(meter.read(3000)).toMatchObject({ packets: 49, lost: 1, latenessMs: expect.closeTo(0, 6) });
    expect(meter.read(4000)).toMatchObject({ packets: 0, bitrateKbps: 0, lost: 0, levelDbov: null });
  });

  it('takes a loss back when the packet comes after all', () => {
    const meter = new LiveMeter(48_000);
    feed(
      meter,
      opusPackets(10, (p, index) => (index === 5 ? { arrivalMs: p.arrivalMs + 45 } : {})),
    );
    const reading = meter.read(2000);
    expect(reading.lost).toBe(0);
    expect(reading.latenessMs).toBeCloseTo(45);
    expect(reading.jitterMs).toBeGreaterThan(1);
  });

  it('does not take an hour of a clock that runs 50 ppm slow for lateness', () => {
    const meter = new LiveMeter(48_000);
    feed(
      meter,
      opusPackets(180_000, (_, index) => ({ arrivalMs: 1000 + index * 20.001 })),
    );
    meter.read(0);
    feed(meter, opusPackets(180_050, (_, index) => ({ arrivalMs: 1000 + index * 20.001 })).slice(180_000));
    expect(meter.read(1000).latenessMs).toBeLessThan(3);
  });
});
