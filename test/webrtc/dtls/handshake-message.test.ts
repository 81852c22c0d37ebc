import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragmentMessage, Reassembler, wholeMessage } from '../../../src/webrtc/dtls/handshake-message.ts';

const message = fc.record({
  type: fc.nat(255),
  body: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
});

describe('handshake messages', () => {
  it('come out whole and in order, however they were cut, mixed and repeated', () => {
    const messages = fc.array(message, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 13, max: 200 }),
        fc.infiniteStream(fc.nat(1000)),
        (parts, size, chance) => {
          const sent = parts.map((part, sequence) => ({ ...part, sequence, epoch: 0 }));
          const fragments = sent.flatMap((one) => [...fragmentMessage(one, size), ...fragmentMessage(one, 2 * size)]);
          const mixed = fragments.map((bytes) => ({ bytes, at: chance.next().value ?? 0 })).sort((a, b) => a.at - b.at);
          const reassembler = new Reassembler();
          const arrived = [];
          for (const { bytes } of mixed) {
            reassembler.push(0, bytes);
            for (let next = reassembler.shift(); next; next = reassembler.shift()) arrived.push(next);
          }
          expect(arrived).toEqual(sent);
        },
      ),
    );
  });

  it('tell when they repeat what is complete', () => {
    const reassembler = new Reassembler();
    const bytes = wholeMessage({ type: 1, sequence: 0, body: Buffer.from('hello'), epoch: 0 });
    expect(reassembler.push(0, bytes)).toEqual({ repeats: false });
    expect(reassembler.shift()?.body.toString()).toBe('hello');
    expect(reassembler.push(0, bytes)).toEqual({ repeats: true });
    expect(reassembler.shift()).toBeUndefined();
  });

  it('that are huge, or far ahead, or lie about their parts, are not kept', () => {
    const reassembler = new Reassembler();
    const far = wholeMessage({ type: 1, sequence: 9, body: Buffer.from('far'), epoch: 0 });
    const huge = fragmentMessage({ type: 1, sequence: 0, body: Buffer.alloc(20_000), epoch: 0 }, 1000);
    const liar = wholeMessage({ type: 1, sequence: 0, body: Buffer.from('liar'), epoch: 0 });
    liar.writeUIntBE(2, 1, 3);
    for (const bytes of [far, ...huge, liar]) reassembler.push(0, bytes);
    expect(reassembler.shift()).toBeUndefined();
    reassembler.push(0, wholeMessage({ type: 2, sequence: 0, body: Buffer.from('good'), epoch: 0 }));
    expect(reassembler.shift()?.body.toString()).toBe('good');
  });
});
