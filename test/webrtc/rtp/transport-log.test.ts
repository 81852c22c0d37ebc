import { describe, expect, it } from 'vitest';
import type { TransportFeedback } from '../../../src/webrtc/rtcp/transport-feedback.ts';
import { TransportLog } from '../../../src/webrtc/rtp/transport-log.ts';

function feedback(baseSequence: number, count: number): TransportFeedback {
  return { senderSsrc: 1, mediaSsrc: 2, baseSequence, count, feedbackCount: 0, received: [] };
}

describe('TransportLog', () => {
  it('numbers packets without a hole, over the wrap', () => {
    const log = new TransportLog();
    for (let i = 0; i < 0x10000; i++) expect(i % 2 ? log.add(i, 100) : log.number()).toBe(i);
    expect(log.number()).toBe(0);
  });

  it('knows the last 1024 that it was to remember, and no other', () => {
    const log = new TransportLog();
    for (let i = 0; i < 70_000; i++) log.add(i, i % 1000);
    const last = (70_000 - 1) & 0xffff;
    expect(log.match(feedback(last - 1, 2))).toEqual([
      { sentUs: 69_998, bytes: 998, arrivalUs: null },
      { sentUs: 69_999, bytes: 999, arrivalUs: null },
    ]);
    expect(log.match(feedback(last - 1023, 1))).toHaveLength(1);
    expect(log.match(feedback(last - 1024, 1))).toHaveLength(0);
    expect(log.match(feedback(last + 1, 3))).toHaveLength(0);
  });

  it('forgets what came before a packet that is only numbered', () => {
    const log = new TransportLog();
    log.add(1, 100);
    log.number();
    log.add(3, 100);
    expect(log.match(feedback(0, 3))).toEqual([{ sentUs: 3, bytes: 100, arrivalUs: null }]);
  });
});
