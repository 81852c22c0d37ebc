import { describe, expect, it } from 'vitest';
import type { MediaClock } from '../../../src/core/media-clock.ts';
import { ReceivedStream } from '../../../src/testing/conference/received-stream.ts';
import { RelayClock } from '../../../src/testing/conference/relay-clock.ts';

const sound = new ReceivedStream({ kind: 'audio', ssrc: 1, clockRate: 48_000 });
const picture = new ReceivedStream({ kind: 'video', ssrc: 2, clockRate: 90_000 });

/** A sender whose sound began at 1000 ticks and whose picture began at 5000 ticks, at the same instant. */
function setup() {
  const time = { us: 5_000_000, reports: false };
  const clock: MediaClock = { nowUs: () => time.us, arm: () => {}, disarm: () => {} };
  const relay = new RelayClock(clock, ({ kind }, rtpTime) => {
    if (!time.reports) return undefined;
    return kind === 'audio' ? 7e12 + ((rtpTime - 1000) / 48_000) * 1e6 : 7e12 + ((rtpTime - 5000) / 90_000) * 1e6;
  });
  return { relay, time };
}

describe('RelayClock', () => {
  it('keeps the spacing of the timestamps, however the packets arrive', () => {
    const { relay, time } = setup();
    for (let i = 0; i < 10; i++) {
      expect(relay.dueUs(sound, 1000 + i * 960)).toBe(5_000_000 + i * 20_000);
      time.us += 20_000 + (i % 3) * 4000;
    }
  });

  it('begins a new time line when the timestamps run away from the time', () => {
    const { relay, time } = setup();
    relay.dueUs(sound, 1000);
    time.us += 20_000;
    expect(relay.dueUs(sound, 1000 + 480_000)).toBe(5_020_000);
    expect(relay.dueUs(sound, 1960 + 480_000)).toBe(5_040_000);
  });

  it('puts the picture beside the sound by sender reports, however late its frames are', () => {
    const { relay, time } = setup();
    expect(relay.dueUs(sound, 1000)).toBe(5_000_000);
    time.us += 70_000; // a large frame, and no report yet
    expect(relay.dueUs(picture, 5000)).toBe(5_070_000);
    time.reports = true;
    time.us += 40_000;
    expect(relay.dueUs(picture, 8600)).toBe(5_040_000);
    expect(relay.dueUs(sound, 2920)).toBe(5_040_000);
  });

  it('goes by the picture itself without sound, and where reports cannot be right', () => {
    const { relay, time } = setup();
    time.reports = true;
    expect(relay.dueUs(picture, 5000)).toBe(5_000_000);
    relay.dueUs(sound, 1000 + 48_000 * 60);
    time.us += 40_000;
    expect(relay.dueUs(picture, 8600)).toBe(5_040_000);
  });
});
