import { describe, expect, it } from 'vitest';
import { avcConfig, joinAvc } from '../../src/media/avc.ts';
import { splitAnnexB } from '../../src/media/annexb.ts';
import { createAdtsDemuxer } from '../../src/media/adts-demuxer.ts';
import { concatBytes } from '../../src/media/bytes.ts';
import { createFlvMuxer } from '../../src/media/flv-muxer.ts';
import { decodePictures, ffmpeg, ffprobe } from './ffmpeg.ts';
import { requires } from '../requires.ts';
import { demuxAnnexB, encodeH264 } from './h264.ts';

type Frame = Parameters<ReturnType<typeof createFlvMuxer>['write']>[0];

function mux(frames: readonly (readonly [Frame, number])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const muxer = createFlvMuxer({ onBytes: (bytes) => parts.push(bytes) });
  for (const [frame, timeMs] of frames) muxer.write(frame, timeMs);
  return concatBytes(parts);
}

function sound(...args: string[]): Frame[] {
  const frames: Frame[] = [];
  const demuxer = createAdtsDemuxer({ onSample: (sample) => frames.push(sample) });
  demuxer.push(ffmpeg(['-f', 'lavfi', '-i', 'sine=d=1:r=48000', '-c:a', 'aac', ...args, '-f', 'adts']));
  return frames;
}

const picture = demuxAnnexB(encodeH264(['-t', '1', '-bf', '0', '-g', '10']));
const other = demuxAnnexB(encodeH264(['-t', '1', '-bf', '0', '-vf', 'scale=80:60']));

describe('createFlvMuxer', () => {
  it('writes what real readers decode to the same pictures', () => {
    const flv = mux(picture.map((frame, index) => [frame, index * 40]));
    const annexB = concatBytes(picture.map(({ data }) => data));
    expect(decodePictures(flv, 'flv')).toEqual(decodePictures(annexB, 'h264'));
  });

  it('tells both tracks how to be decoded, again when that changes', () => {
    const frames: [Frame, number][] = [
      ...picture.map((frame, index): [Frame, number] => [frame, index * 40]),
      ...sound('-ac', '1').map((frame, index): [Frame, number] => [frame, Math.round(index * 21.333)]),
      ...other.map((frame, index): [Frame, number] => [frame, 1040 + index * 40]),
      ...sound('-ac', '2').map((frame, index): [Frame, number] => [frame, 1040 + Math.round(index * 21.333)]),
    ];
    const tags = readTags(mux(frames));
    expect(tags.filter(({ isConfig }) => isConfig).map(({ type, timeMs }) => [type, timeMs])).toEqual([
      ...[[9, 0] as const, [8, 0] as const, [9, 1040] as const, [8, 1040] as const],
    ]);
    const decoded = ffmpeg(['-xerror', '-f', 'flv', '-i', 'pipe:0', '-map', '0:v', '-f', 'framemd5'], mux(frames));
    expect(Buffer.from(decoded).toString().match(/^0,/gm)).toHaveLength(50);
  });

  it('has times beyond 2^24 ms', () => {
    const late = 0x01_02_03_04;
    expect(readTags(mux([[picture[0]!, late]])).map(({ timeMs }) => timeMs)).toEqual([late, late]);
  });

  it.runIf(requires('ffprobe'))('is what ffprobe takes it for', () => {
    const flv = mux([[picture[0]!, 0], ...sound().map((frame, index): [Frame, number] => [frame, index * 21])]);
    const { streams } = ffprobe(['-show_entries', 'stream=codec_name,width,channels,sample_rate'], flv) as {
      streams: object[];
    };
    expect(streams).toEqual([
      { codec_name: 'h264', width: 160 },
      { codec_name: 'aac', sample_rate: '48000', channels: 1 },
    ]);
  });
});

describe('avcConfig', () => {
  it('holds what the parameter sets say', () => {
    const nals = splitAnnexB(picture[0]!.data);
    const [version, profile, , level] = avcConfig(nals)!;
    expect([version, profile, level]).toEqual([1, nals[0]![1], nals[0]![3]]);
  });

  it('cannot be had without parameter sets', () => {
    expect(avcConfig(splitAnnexB(picture[1]!.data))).toBeUndefined();
  });

  it('measures NAL units in four bytes', () => {
    expect(joinAvc([Uint8Array.of(7, 8), Uint8Array.of(9)])).toEqual(Uint8Array.of(0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9));
  });
});

function readTags(flv: Uint8Array): { type: number; timeMs: number; isConfig: boolean }[] {
  const view = new DataView(flv.buffer, flv.byteOffset, flv.length);
  const tags = [];
  for (let at = 13; at < flv.length;) {
    const size = view.getUint32(at) & 0xff_ff_ff;
    const time = view.getUint32(at + 4);
    tags.push({ type: flv[at]!, timeMs: (time >>> 8) | ((time & 0xff) << 24), isConfig: flv[at + 12] === 0 });
    expect(view.getUint32(at + 11 + size)).toBe(11 + size);
    at += 15 + size;
  }
  return tags;
}
