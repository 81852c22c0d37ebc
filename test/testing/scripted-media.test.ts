import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import type { Demuxer, DemuxerOptions } from '../../src/media/demuxer.ts';
import { createIvfDemuxer } from '../../src/media/ivf-demuxer.ts';
import { createOggDemuxer } from '../../src/media/ogg-demuxer.ts';
import { scriptedAudio, type ScriptedMedia, scriptedVideo } from '../../src/testing/ffmpeg/scripted-media.ts';

/** What a demultiplexer makes of so many units and the end. */
function read(media: ScriptedMedia, units: number, createDemuxer: (options: DemuxerOptions) => Demuxer): Sample[] {
  const samples: Sample[] = [];
  const demuxer = createDemuxer({ onSample: (sample) => samples.push(sample) });
  for (let unit = 0; unit < units; unit++) demuxer.push(media.next());
  demuxer.push(media.end());
  demuxer.end();
  return samples;
}

describe('media that writes itself', () => {
  it('is Opus in Ogg, a packet a unit', () => {
    const samples = read(scriptedAudio(), 50, createOggDemuxer);
    expect(samples.map(({ ptsUs }) => ptsUs)).toEqual(Array.from({ length: 50 }, (_, i) => i * 20_000));
    expect(samples.every(({ codec, durationUs }) => codec === 'opus' && durationUs === 20_000)).toBe(true);
    expect(scriptedAudio().unitMs).toBe(20);
  });

  it('is VP8 in IVF, a keyframe a unit', () => {
    const samples = read(scriptedVideo(), 25, createIvfDemuxer);
    expect(samples.map(({ ptsUs }) => ptsUs)).toEqual(Array.from({ length: 25 }, (_, i) => i * 40_000));
    expect(samples.every(({ codec, keyframe }) => codec === 'vp8' && keyframe)).toBe(true);
    expect(scriptedVideo().unitMs).toBe(40);
  });
});
