import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { findStartCode, joinAnnexB } from '../../src/media/annexb.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { createH264Depacketizer } from '../../src/media/h264-depacketizer.ts';
import { createH264Packetizer } from '../../src/media/h264-packetizer.ts';
import { MAX_PAYLOAD_BYTES } from '../../src/media/packetizer.ts';
import { decodePictures } from './ffmpeg.ts';
import { demuxAnnexB, encodeH264 } from './h264.ts';
import { depacketize, packetize, type Payload } from './packets.ts';
import { fingerprint } from './samples.ts';

/** A NAL unit of a given length, its bytes without a start code among them. */
const nalOf = (header: number, second: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at === 0 ? header : at === 1 ? second : 1 + ((at * 7) % 255)));

const SPS = nalOf(0x67, 0x42, 12);
const PPS = nalOf(0x68, 0xce, 4);
const IDR = nalOf(0x65, 0x88, 5_000);
const P = nalOf(0x41, 0x9a, 600);
const KEYFRAME = joinAnnexB([SPS, PPS, IDR]);

describe('H.264 in RTP', () => {
  it('puts the parameter sets into one STAP-A and a large slice into FU-A', () => {
    const payloads = packetize(createH264Packetizer(), KEYFRAME).map(({ payload }) => payload);
    const importance = 0x60;
    expect([...payloads[0]!]).toEqual([importance | 24, 0, 12, ...SPS, 0, 4, ...PPS]);
    expect(payloads.slice(1).map((payload) => [payload[0], payload[1]])).toEqual([
      [importance | 28, 0x85],
      [importance | 28, 0x05],
      [importance | 28, 0x05],
      [importance | 28, 0x05],
      [importance | 28, 0x45],
    ]);
    const body = concatBytes(payloads.slice(1).map((payload) => payload.subarray(2)));
    expect(fingerprint(body)).toBe(fingerprint(IDR.subarray(1)));
  });

  it('sends a slice that fits as it is, and never together with others', () => {
    const payloads = packetize(createH264Packetizer(), joinAnnexB([P, nalOf(0x41, 0x1a, 20)]));
    expect(payloads.map(({ payload }) => payload.length)).toEqual([600, 20]);
    expect(payloads[0]!.payload).toEqual(P);
  });

  it('keeps a STAP-A within the limit', () => {
    const sei = [500, 500, 112, 500].map((length) => nalOf(0x06, 5, length));
    const payloads = packetize(createH264Packetizer(), joinAnnexB([...sei, P]));
    const sizes = payloads.map(({ payload }) => payload.length);
    expect(payloads[0]!.payload[0]).toBe(24); // nothing depends on what is inside
    expect(sizes).toEqual([1 + 3 * 2 + 1112, 500, 600]);
    expect(sizes[0]).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
  });

  it('looks through a frame once, however many streams it goes to, one after the other', () => {
    const frame = Uint8Array.from(KEYFRAME);
    const looks = vi.spyOn(frame, 'subarray');
    const first = packetize(createH264Packetizer(), frame);
    const looked = looks.mock.calls.length;
    expect(packetize(createH264Packetizer(), frame)).toEqual(first);
    expect([looked > 0, looks.mock.calls.length]).toEqual([true, looked]);
    const smaller = packetize(createH264Packetizer({ maxPayloadBytes: 500 }), frame);
    expect(Math.max(...smaller.map(({ payload }) => payload.length))).toBeLessThanOrEqual(500);
    expect(packetize(createH264Packetizer(), joinAnnexB([P]))).toHaveLength(1);
    expect(packetize(createH264Packetizer(), frame)).toEqual(first);
  });

  it('has nothing to send for an empty frame', () => {
    expect(createH264Packetizer().begin(new Uint8Array(0))).toBe(0);
  });

  it('comes out as it went in, in payloads that fit', () => {
    const nal = fc
      .tuple(fc.constantFrom(0x67, 0x68, 0x06, 0x41), fc.uint8Array({ minLength: 1, maxLength: 5_000, size: 'max' }))
      .map(([header, bytes]) => Uint8Array.of(header, 0x1a, ...bytes, 0x80))
      .filter((bytes) => findStartCode(bytes, 0) < 0);
    fc.assert(
      fc.property(fc.array(nal, { maxLength: 6 }), fc.integer({ min: 50, max: 1_500 }), (nals, maxPayloadBytes) => {
        const frame = joinAnnexB([P, ...nals.filter((unit) => unit[0] === 0x41)]);
        const keyframe = joinAnnexB([...nals.filter((unit) => unit[0] !== 0x41), IDR]);
        const packetizer = createH264Packetizer({ maxPayloadBytes });
        const payloads = [frame, keyframe].flatMap((each) => packetize(packetizer, each));
        expect(Math.max(...payloads.map(({ payload }) => payload.length))).toBeLessThanOrEqual(maxPayloadBytes);
        const out = depacketize(createH264Depacketizer(), payloads);
        expect(out.map(fingerprint)).toEqual([frame, keyframe].map(fingerprint));
      }),
    );
  });

  it('decodes to the same pictures after the journey', { timeout: 60_000 }, () => {
    const quality = ['-b:v', '2M', '-slices', '2', '-bf', '0'];
    const movie = encodeH264(['-frames:v', '30', '-g', '10', ...quality]);
    const frames = demuxAnnexB(movie).map((sample) => sample.data);
    const packetizer = createH264Packetizer();
    const payloads = frames.flatMap((frame) => packetize(packetizer, frame));
    const out = depacketize(createH264Depacketizer(), payloads);
    expect(out.map(fingerprint)).toEqual(frames.map(fingerprint));
    expect(new Set(payloads.map(({ payload }) => payload[0]! & 0x1f))).toEqual(new Set([24, 28, 1]));
    expect(decodePictures(concatBytes(out), 'h264')).toEqual(decodePictures(movie, 'h264'));
  });
});

describe('the H.264 depacketizer', () => {
  const packetizer = createH264Packetizer();
  const keyframe = packetize(packetizer, KEYFRAME);
  const frames = [P, nalOf(0x41, 0x9a, 3_000), P].map((nal) => joinAnnexB([nal]));
  const payloads = [keyframe, ...frames.map((frame) => packetize(packetizer, frame))];
  const whole = [KEYFRAME, ...frames].map(fingerprint);

  it('leaves out a frame of which any packet is missing, and no other', () => {
    payloads.forEach((ofFrame, damaged) => {
      ofFrame.forEach((lost, place) => {
        if (damaged === 0 && place === 0) return; // parameter sets: see below
        const depacketizer = createH264Depacketizer();
        const out = payloads.flat().flatMap((packet) => {
          if (packet !== lost) return depacketizer.push(packet.payload, packet.marker) ?? [];
          depacketizer.lose();
          return [];
        });
        expect(out.map(fingerprint)).toEqual(whole.toSpliced(damaged, 1));
      });
    });
  });

  it('does not miss parameter sets that had a packet of their own', () => {
    const depacketizer = createH264Depacketizer();
    depacketizer.lose();
    const out = depacketize(depacketizer, keyframe.slice(1));
    expect(out.map(fingerprint)).toEqual([fingerprint(joinAnnexB([IDR]))]);
  });

  it('begins anew where a picture begins, even when nobody told of the loss', () => {
    const unmarked = { payload: P, marker: false };
    for (const cut of [keyframe.slice(0, -1), keyframe.slice(0, 2), [...keyframe.slice(0, 1), unmarked]]) {
      const out = depacketize(createH264Depacketizer(), [...cut, ...payloads[1]!]);
      expect(out.map(fingerprint)).toEqual([whole[1]]);
    }
  });

  it('keeps no view of a payload', () => {
    const depacketizer = createH264Depacketizer();
    const slot = Uint8Array.of(...P);
    depacketizer.push(slot, false);
    slot.set([0x41, 0x1a]);
    const frame = depacketizer.push(slot, true)!;
    expect(fingerprint(frame)).toBe(fingerprint(joinAnnexB([P, slot])));
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['a type that is not for mode 1', [0x1d, 1, 2, 3]],
    ['a STAP-A that claims too much', [0x78, 0, 9, 0x67, 1]],
    ['a STAP-A with a rest', [0x78, 0, 2, 0x67, 1, 0]],
    ['an empty STAP-A unit', [0x78, 0, 0, 0, 2, 0x67, 1]],
    ['a fragment without its start', [0x7c, 0x45, 1, 2]],
    ['a fragment header alone', [0x7c]],
  ])('leaves out a frame with %s in it', (_, payload) => {
    const depacketizer = createH264Depacketizer();
    depacketizer.push(P, false);
    expect(depacketizer.push(Uint8Array.from(payload), true)).toBeUndefined();
    expect(depacketizer.push(P, true)).toBeDefined();
  });

  it('leaves out a frame in which a fragment never ended', () => {
    const depacketizer = createH264Depacketizer();
    depacketize(depacketizer, keyframe.slice(0, 3));
    expect(depacketizer.push(nalOf(0x65, 0x1a, 20), true)).toBeUndefined();
  });

  it('is not upset by junk', () => {
    const payload = fc.uint8Array({ maxLength: 12 });
    const start = fc.constantFrom(0x78, 0x7c, 0x67, 0x65, 0x41);
    const tagged = fc.tuple(start, payload).map(([first, rest]) => Uint8Array.of(first, ...rest));
    const packet = fc.record({ payload: fc.oneof(payload, tagged), marker: fc.boolean() });
    fc.assert(
      fc.property(fc.array<Payload>(packet), (packets) => {
        for (const frame of depacketize(createH264Depacketizer(), packets)) {
          expect([...frame.subarray(0, 4)]).toEqual([0, 0, 0, 1]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
