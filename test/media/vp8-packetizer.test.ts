import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PAYLOAD_BYTES } from '../../src/media/packetizer.ts';
import { createVp8Depacketizer } from '../../src/media/vp8-depacketizer.ts';
import { createVp8Packetizer } from '../../src/media/vp8-packetizer.ts';
import { decodePictures, encodeVp8 } from './ffmpeg.ts';
import { demuxIvf, writeIvf } from './ivf.ts';
import { depacketize, packetize, type Payload } from './packets.ts';
import { fingerprint } from './samples.ts';

/** A frame whose bytes tell where they stood. */
const frameOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at * 7 + (at >> 8));

describe('VP8 in RTP', () => {
  it('bears the descriptor of RFC 7741: extended, start bit on the first, partition 0, 15-bit picture id', () => {
    const payloads = packetize(createVp8Packetizer({ pictureId: 0x1234 }), frameOf(2_500));
    expect(payloads.map(({ payload }) => [...payload.subarray(0, 4)])).toEqual([
      [0x90, 0x80, 0x92, 0x34],
      [0x80, 0x80, 0x92, 0x34],
      [0x80, 0x80, 0x92, 0x34],
    ]);
  });

  it('counts pictures up, over the end of 15 bits', () => {
    const packetizer = createVp8Packetizer({ pictureId: 0x7ffe });
    const depacketizer = createVp8Depacketizer();
    const ids = [1, 2, 3, 4].map((length) => {
      depacketize(depacketizer, packetize(packetizer, frameOf(length)));
      return depacketizer.pictureId;
    });
    expect(ids).toEqual([0x7ffe, 0x7fff, 0, 1]);
  });

  it('has nothing to send for an empty frame, and spends no picture id on it', () => {
    const packetizer = createVp8Packetizer({ pictureId: 5 });
    expect(packetizer.begin(new Uint8Array(0))).toBe(0);
    expect(packetize(packetizer, frameOf(1))[0]!.payload[3]).toBe(5);
  });

  it('spreads a frame evenly over as few payloads as fit', () => {
    const exact = fc.integer({ min: 1, max: 50 }).map((count) => count * (MAX_PAYLOAD_BYTES - 4));
    const anyLength = fc.oneof(fc.integer({ min: 1, max: 60_000 }), exact);
    fc.assert(
      fc.property(anyLength, (length) => {
        const sizes = packetize(createVp8Packetizer(), frameOf(length)).map(({ payload }) => payload.length);
        expect(sizes).toHaveLength(Math.ceil(length / (MAX_PAYLOAD_BYTES - 4)));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 8 }), (lengths) => {
        const packetizer = createVp8Packetizer();
        const frames = lengths.map(frameOf);
        const payloads = frames.flatMap((frame) => packetize(packetizer, frame));
        const out = depacketize(createVp8Depacketizer(), payloads);
        expect(out.map(fingerprint)).toEqual(frames.map(fingerprint));
      }),
    );
  });

  it('decodes to the same pictures after the journey', { timeout: 60_000 }, () => {
    const movie = encodeVp8('25', ['-frames:v', '30', '-g', '10', '-b:v', '2M']);
    const { samples } = demuxIvf(movie);
    const packetizer = createVp8Packetizer();
    const payloads = samples.flatMap(({ data }) => packetize(packetizer, data));
    expect(payloads.length).toBeGreaterThan(2 * samples.length);
    const out = depacketize(createVp8Depacketizer(), payloads);
    const again = writeIvf({ timeBase: [1, 25], frames: out.map((data, pts) => ({ pts, data })) });
    expect(decodePictures(again, 'ivf')).toEqual(decodePictures(movie, 'ivf'));
  });
});

describe('the VP8 depacketizer', () => {
  const packetizer = createVp8Packetizer();
  const [first, second, third] = [2_500, 3_000, 1_500].map((length) => packetize(packetizer, frameOf(length)));

  it('leaves out a frame of which any packet is missing, and no other', () => {
    const all = [...first!, ...second!, ...third!];
    const whole = [2_500, 3_000, 1_500].map((length) => fingerprint(frameOf(length)));
    all.forEach((_, lost) => {
      const depacketizer = createVp8Depacketizer();
      const out = all.flatMap(({ payload, marker }, index) => {
        if (index !== lost) return depacketizer.push(payload, marker) ?? [];
        depacketizer.lose();
        return [];
      });
      const damaged = lost < first!.length ? 0 : lost < first!.length + second!.length ? 1 : 2;
      expect(out.map(fingerprint)).toEqual(whole.toSpliced(damaged, 1));
    });
  });

  it('begins anew where a frame begins, even when nobody told of the loss', () => {
    const payloads = [...first!.slice(0, -1), ...second!];
    expect(depacketize(createVp8Depacketizer(), payloads).map(fingerprint)).toEqual([fingerprint(frameOf(3_000))]);
  });

  it.each<[string, number[], number | undefined]>([
    ['the bare byte', [0x10], undefined],
    ['a 7-bit picture id', [0x90, 0x80, 0x11], 0x11],
    ['a 15-bit picture id', [0x90, 0x80, 0x81, 0x23], 0x123],
    ['all that Chromium sends', [0x90, 0xe0, 0x81, 0x23, 0x44, 0x20], 0x123],
    ['a key index alone', [0x90, 0x10, 0x03], undefined],
  ])('understands the descriptor in every form: %s', (_, descriptor, pictureId) => {
    const depacketizer = createVp8Depacketizer();
    expect(depacketizer.push(Uint8Array.of(...descriptor, 1, 2, 3), true)).toEqual(Uint8Array.of(1, 2, 3));
    expect(depacketizer.pictureId).toBe(pictureId);
  });

  it('takes the later partitions of a frame for what they are', () => {
    const depacketizer = createVp8Depacketizer();
    expect(depacketizer.push(Uint8Array.of(0x10, 1), false)).toBeUndefined();
    expect(depacketizer.push(Uint8Array.of(0x11, 2), true)).toEqual(Uint8Array.of(1, 2)); // S, but partition 1
  });

  it('keeps no view of a payload', () => {
    const depacketizer = createVp8Depacketizer();
    const slot = Uint8Array.of(0x10, 1, 2);
    depacketizer.push(slot, false);
    slot.set([0x00, 3, 4]);
    expect(depacketizer.push(slot, true)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('is not upset by junk', () => {
    const junk = fc.record({ payload: fc.uint8Array({ maxLength: 12 }), marker: fc.boolean() });
    fc.assert(
      fc.property(fc.array<Payload>(junk), (payloads) => {
        for (const frame of depacketize(createVp8Depacketizer(), payloads)) expect(frame.length).toBeGreaterThan(0);
      }),
    );
  });
});
