import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecords, RecordCipher, ReplayWindow, writeRecord } from '../../../src/webrtc/dtls/record.ts';

describe('the replay window', () => {
  it('takes every record number once, and none older than 64', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (sequences) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let newest = -1;
        for (const sequence of sequences) {
          const isTooOld = newest - sequence >= 64;
          expect(window.isNew(sequence)).toBe(!seen.has(sequence) && !isTooOld);
          if (!window.isNew(sequence)) continue;
          window.note(sequence);
          seen.add(sequence);
          newest = Math.max(newest, sequence);
        }
      }),
    );
  });
});

describe('records', () => {
  it('read back from a datagram that holds several, whose end may be torn', () => {
    const records = [
      { type: 22, epoch: 0, sequence: 2 ** 48 - 1, payload: Buffer.from('first') },
      { type: 23, epoch: 1, sequence: 0, payload: Buffer.alloc(0) },
    ];
    const datagram = Buffer.concat(records.map(writeRecord));
    expect(readRecords(datagram)).toEqual(records);
    expect(readRecords(datagram.subarray(0, datagram.length - 1))).toEqual(records.slice(0, 1));
    expect(readRecords(Buffer.from('not a record at all'))).toEqual([]);
  });

  it('open only as they were sealed', () => {
    const cipher = new RecordCipher(randomBytes(16), randomBytes(4));
    const record = { type: 23, epoch: 1, sequence: 7, payload: Buffer.from('secret') };
    const [sealed] = readRecords(cipher.seal(record));
    expect(cipher.open(sealed!)).toEqual(record.payload);
    expect(cipher.open({ ...sealed!, type: 22 })).toBeUndefined();
    expect(cipher.open({ ...sealed!, sequence: 8 })).toBeUndefined();
    expect(new RecordCipher(randomBytes(16), randomBytes(4)).open(sealed!)).toBeUndefined();
    for (let i = 0; i < sealed!.payload.length; i++) {
      const payload = Buffer.from(sealed!.payload);
      payload[i]! ^= 1;
      expect(cipher.open({ ...sealed!, payload })).toBeUndefined();
    }
  });
});
