import { describe, expect, it } from 'vitest';
import { extend, PacketLog } from '../../../src/testing/measurement/packet-log.ts';
import type { ReceivedRtp } from '../../../src/webrtc/types.ts';

const packet = (sequenceNumber: number, timestamp: number, level?: number): ReceivedRtp => ({
  ssrc: 1,
  payloadType: 111,
  sequenceNumber,
  timestamp,
  marker: false,
  payload: new Uint8Array(10),
  padding: 0,
  extension: (id) => (id === 5 && level !== undefined ? Uint8Array.of(level) : undefined),
  arrivalMs: 0,
});

describe('PacketLog', () => {
  it('makes sequence numbers and timestamps linear across their wrap, in both directions', () => {
    const log = new PacketLog();
    log.push(packet(65_534, 4_294_967_000));
    log.push(packet(1, 664));
    log.push(packet(65_535, 4_294_967_295));
    log.push(packet(2, 1624));
    expect(log.records.map(({ sequence }) => sequence)).toEqual([65_534, 65_537, 65_535, 65_538]);
    expect(log.records.map(({ rtpTime }) => rtpTime - 4_294_967_000)).toEqual([0, 960, 295, 1920]);
  });

  it('reads the audio level by its id', () => {
    const log = new PacketLog();
    expect(log.push(packet(1, 0, 0x94), 5).audioLevel).toBe(0x94);
    expect(log.push(packet(2, 0, 0x94), 6).audioLevel).toBeNull();
    expect(log.push(packet(3, 0, 0x94)).audioLevel).toBeNull();
  });

  it('forgets the oldest packets', () => {
    const log = new PacketLog();
    for (let index = 0; index < 250_000; index++) log.push(packet(index & 0xffff, index));
    expect(log.records.length).toBeLessThanOrEqual(100_000);
    expect(log.records.at(-1)!.sequence).toBe(249_999);
  });
});

describe('extend', () => {
  it('stays near what came before', () => {
    expect(extend(5, undefined, 16)).toBe(5);
    expect(extend(5, 65_530, 16)).toBe(65_541);
    expect(extend(65_530, 65_541, 16)).toBe(65_530);
    expect(extend(65_530, 3 * 65_536 + 5, 16)).toBe(2 * 65_536 + 65_530);
  });
});
