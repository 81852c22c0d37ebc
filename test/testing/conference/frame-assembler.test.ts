import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createH264Packetizer } from '../../../src/media/h264-packetizer.ts';
import type { Packetizer } from '../../../src/media/packetizer.ts';
import { createVp8Packetizer } from '../../../src/media/vp8-packetizer.ts';
import { FrameAssembler, type ReceivedFrame } from '../../../src/testing/conference/frame-assembler.ts';
import type { PacketRecord } from '../../../src/testing/measurement/packet-log.ts';

const VP8 = 100;
const H264 = 104;

interface Packet {
  readonly record: PacketRecord;
  readonly payload: Uint8Array;
}

/** A frame of 2500 bytes, three packets; the first bytes say whether it is a keyframe. */
function vp8Frame(keyframe: boolean, fill: number): Uint8Array {
  return Buffer.concat([Buffer.from(keyframe ? '1002009d012a4001f000' : '1102', 'hex'), Buffer.alloc(2500, fill)]);
}

function h264Frame(fill: number): Uint8Array {
  const slice = Buffer.concat([Buffer.of(0x65, 0x88), Buffer.alloc(2500, fill)]);
  const units = [Buffer.from('67420029aa', 'hex'), Buffer.from('68ce3c80', 'hex'), slice];
  return Buffer.concat(units.flatMap((unit) => [Buffer.of(0, 0, 0, 1), unit]));
}

function packetize(frames: readonly Uint8Array[], packetizer: Packetizer, payloadType = VP8): Packet[] {
  const payloads = frames.flatMap((frame, index) => {
    const count = packetizer.begin(frame);
    return Array.from({ length: count }, (_, i) => {
      const out = new Uint8Array(1200);
      return { payload: out.slice(0, packetizer.write(i, out, 0)), marker: i === count - 1, rtpTime: index * 3600 };
    });
  });
  return payloads.map(({ payload, marker, rtpTime }, index) => ({
    payload,
    record: {
      ...{ sequence: 65_530 + index, rtpTime, arrivalMs: index * 10, payloadType, marker },
      ...{ payloadBytes: payload.length, paddingBytes: 0, audioLevel: null },
    },
  }));
}

function assemble(packets: readonly Packet[]): { frames: ReceivedFrame[]; undecodable: number } {
  const codecs = new Map([[VP8, 'vp8'] as const, [H264, 'h264'] as const]);
  const frames: ReceivedFrame[] = [];
  let undecodable = 0;
  const assembler = new FrameAssembler(codecs, {
    onFrame: (frame) => frames.push(frame),
    onUndecodable: () => undecodable++,
  });
  for (const { record, payload } of packets) {
    const lent = payload.slice();
    assembler.push(record, lent);
    lent.fill(0);
  }
  return { frames, undecodable };
}

const film = [vp8Frame(true, 1), ...[2, 3, 4].map((fill) => vp8Frame(false, fill)), vp8Frame(true, 5)];

describe('FrameAssembler', () => {
  it('puts frames together, whatever comes late or twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 15, maxLength: 15 }), (delays) => {
        const [first, ...rest] = packetize(film, createVp8Packetizer());
        const shuffled = rest
          .map((packet, index) => ({ packet, place: index + delays[index]! }))
          .sort((a, b) => a.place - b.place)
          .map(({ packet }) => packet);
        const { frames } = assemble([first!, ...shuffled, ...rest.slice(0, 3)]);
        expect(frames.map(({ data }) => Buffer.from(data))).toEqual(film.map((data) => Buffer.from(data)));
        expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false, false, false, true]);
        expect(frames.map(({ rtpTime }) => rtpTime)).toEqual([0, 3600, 7200, 10_800, 14_400]);
      }),
    );
  });

  it('goes on at the next keyframe when a hole stays, and says that it needs one', () => {
    const packets = packetize(film, createVp8Packetizer());
    packets.splice(4, 1);
    const late = packets.map(({ record, payload }, index) => ({
      record: { ...record, arrivalMs: record.arrivalMs + (index > 4 ? 1500 : 0) },
      payload,
    }));
    const { frames, undecodable } = assemble(late);
    expect(frames.map(({ data }) => data.at(-1))).toEqual([1, 5]);
    expect(undecodable).toBe(2);
    expect(assemble(packets).frames.map(({ data }) => data.at(-1))).toEqual([1]);
  });

  it('begins at a keyframe', () => {
    const packets = packetize(film, createVp8Packetizer());
    expect(assemble(packets.slice(4)).frames.map(({ data }) => data.at(-1))).toEqual([5]);
  });

  it('passes over padding, and takes another codec', () => {
    const vp8 = packetize([film[0]!], createVp8Packetizer());
    const next = vp8.length + 65_530;
    const padding: Packet = {
      payload: new Uint8Array(0),
      record: { ...vp8[0]!.record, sequence: next, payloadBytes: 0, paddingBytes: 255, marker: false },
    };
    const h264 = packetize([h264Frame(7)], createH264Packetizer(), H264).map(({ record, payload }, index) => ({
      payload,
      record: { ...record, sequence: next + 1 + index },
    }));
    const { frames } = assemble([...vp8, padding, ...h264]);
    expect(frames.map(({ codec, keyframe }) => [codec, keyframe])).toEqual([
      ['vp8', true],
      ['h264', true],
    ]);
    expect(Buffer.from(frames[1]!.data)).toEqual(Buffer.from(h264Frame(7)));
  });
});
