import { describe, expect, it } from 'vitest';
import { createOpusPacketizer } from '../../src/media/opus-packetizer.ts';
import { packetize } from './packets.ts';

describe('Opus in RTP', () => {
  it('is one payload per packet, as it is, however large', () => {
    const packetizer = createOpusPacketizer();
    for (const length of [1, 3, 160, 1276, 3825]) {
      const packet = Uint8Array.from({ length }, (_, at) => at);
      expect(packetize(packetizer, packet)).toEqual([{ payload: packet, marker: true }]);
    }
  });

  it('has nothing to send for an empty packet', () => {
    expect(createOpusPacketizer().begin(new Uint8Array(0))).toBe(0);
  });
});
