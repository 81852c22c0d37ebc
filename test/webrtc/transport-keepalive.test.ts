import { Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectPair, createPair } from './transport-pair.ts';

/** The type of a Binding indication (RFC 8489, section 5). */
const INDICATION = 0x0011;
const EVERY_MS = 200;

afterEach(() => void vi.restoreAllMocks());

describe('a connected transport', () => {
  it('keeps its path alive while nothing is sent, and leaves that to the packets while they flow', async () => {
    await using pair = await createPair({ iceTimings: { preCheckDelayMs: 0, keepaliveMs: EVERY_MS } });
    await connectPair(pair);
    const track = pair.us.createTrack({
      kind: 'audio',
      ssrc: 1,
      cname: 'a',
      parameters: { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] },
    });
    const send = vi.spyOn(Socket.prototype, 'send');
    const indications = (): number =>
      send.mock.calls.filter(([message]) => (message as Buffer).readUInt16BE(0) === INDICATION).length;

    const data = Buffer.from('sound');
    const like = { kind: 'audio', codec: 'opus', data, ptsUs: 0, durationUs: 20_000, keyframe: true } as const;
    for (let i = 0; i < 60; i++) {
      track.write({ ...like, dueUs: i * 20_000 });
      await sleep(20);
    }
    expect(indications()).toBeLessThanOrEqual(2);

    send.mockClear();
    await sleep(6 * EVERY_MS);
    expect(indications()).toBeGreaterThanOrEqual(3);
  });
});
