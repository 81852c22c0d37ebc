import { describe, expect, it } from 'vitest';
import type { MediaClock } from '../../../src/core/media-clock.ts';
import type { PacedSample } from '../../../src/core/sample.ts';
import { ForwardLeg } from '../../../src/testing/conference/forward-leg.ts';
import { ReceivedStream } from '../../../src/testing/conference/received-stream.ts';
import type { WebRtcTrack } from '../../../src/webrtc/types.ts';
import { opusPackets } from '../measurement/synthetic-stream.ts';

function setup(): { leg: ForwardLeg; sent: PacedSample[]; time: { us: number } } {
  const sent: PacedSample[] = [];
  const time = { us: 5_000_000 };
  const track = { write: (sample: PacedSample) => sent.push(sample) } as unknown as WebRtcTrack;
  const clock: MediaClock = { nowUs: () => time.us, arm: () => {}, disarm: () => {} };
  return { leg: new ForwardLeg(track, clock), sent, time };
}
const stream = (ssrc: number): ReceivedStream => new ReceivedStream({ kind: 'audio', ssrc, clockRate: 48_000 });
const payload = Uint8Array.of(0xfc, 1, 2);

describe('ForwardLeg', () => {
  it('keeps the spacing of the timestamps, however the packets arrive', () => {
    const { leg, sent, time } = setup();
    const source = stream(1);
    for (const record of opusPackets(10)) {
      leg.forward(source, record, payload);
      time.us += 20_000 + (record.sequence % 3) * 4000;
    }
    expect(sent.map(({ dueUs }) => dueUs)).toEqual(Array.from({ length: 10 }, (_, i) => 5_000_000 + i * 20_000));
  });

  it('goes on in time when another stream takes over', () => {
    const { leg, sent, time } = setup();
    const [first, second] = [stream(1), stream(2)];
    const packets = opusPackets(3);
    leg.forward(first, packets[0]!, payload);
    time.us += 20_000;
    leg.forward(second, { ...packets[1]!, rtpTime: 7 }, payload);
    time.us += 20_000;
    leg.forward(second, { ...packets[2]!, rtpTime: 967 }, payload);
    expect(sent.map(({ dueUs }) => dueUs - 5_000_000)).toEqual([0, 20_000, 40_000]);
  });

  it('begins a new time line when the timestamps jump away from the time', () => {
    const { leg, sent, time } = setup();
    const source = stream(1);
    const [first, second] = opusPackets(2);
    leg.forward(source, first!, payload);
    time.us += 20_000;
    leg.forward(source, { ...second!, rtpTime: second!.rtpTime + 480_000 }, payload);
    expect(sent.map(({ dueUs }) => dueUs - 5_000_000)).toEqual([0, 20_000]);
  });

  it('leaves out what comes late in order, and what is empty', () => {
    const { leg, sent } = setup();
    const source = stream(1);
    const [first, second, third] = opusPackets(3);
    leg.forward(source, first!, payload);
    leg.forward(source, third!, payload);
    leg.forward(source, second!, payload);
    leg.forward(source, { ...third!, rtpTime: third!.rtpTime + 960 }, new Uint8Array(0));
    expect(sent.map(({ dueUs }) => dueUs - 5_000_000)).toEqual([0, 40_000]);
  });

  it('copies what it sends: the packet it came in is only lent', () => {
    const { leg, sent } = setup();
    const lent = Uint8Array.of(1, 2, 3);
    leg.forward(stream(1), opusPackets(1)[0]!, lent);
    lent.fill(9);
    expect([...sent[0]!.data]).toEqual([1, 2, 3]);
  });
});
