import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { type SourceFilters, toLegFilters } from '../../src/sources/source-filters.ts';

describe('toLegFilters', () => {
  it('writes nothing for nothing, and for what changes nothing', () => {
    expect(toLegFilters()).toEqual({ audio: undefined, video: undefined, tempo: 1 });
    expect(toLegFilters({ tempo: 1, pitch: 1 })).toEqual({ audio: undefined, video: undefined, tempo: 1 });
  });

  const cases: [SourceFilters, string | undefined, string | undefined][] = [
    [{ tempo: 1.25 }, 'atempo=1.25', 'setpts=PTS/1.25,concat=n=1'],
    [{ tempo: 2.5 }, 'atempo=2,atempo=1.25', 'setpts=PTS/2.5,concat=n=1'],
    [{ pitch: 1.06 }, 'aresample=48000,asetrate=50880,aresample=48000,atempo=0.943396226', undefined],
    [
      { pitch: 2, tempo: 0.5 },
      'aresample=48000,asetrate=96000,aresample=48000,atempo=0.5,atempo=0.5',
      'setpts=PTS/0.5,concat=n=1',
    ],
    [{ bassDb: 6, trebleDb: 2 }, 'bass=g=6,treble=g=2', undefined],
    [{ equalizer: [{ hz: 1000, gainDb: -3 }] }, 'equalizer=f=1000:t=o:w=1:g=-3', undefined],
    [{ loudnessLufs: -16 }, 'loudnorm=I=-16:LRA=11:TP=-1.5', undefined],
    [{ volume: 1.5 }, 'volume=1.5', undefined],
    [{ fadeInMs: 2000 }, 'afade=t=in:d=2', 'fade=t=in:d=2'],
    [{ fadeOut: { atMs: 180_000, durationMs: 5000 } }, 'afade=t=out:st=180:d=5', 'fade=t=out:st=180:d=5'],
    [{ volume: 2, audio: 'aecho', video: 'hflip' }, 'volume=2,aecho', 'hflip'],
  ];

  it.each(cases)('writes %o', (filters, audio, video) => {
    expect(toLegFilters(filters)).toMatchObject({ audio, video });
  });

  it.each([
    ['tempo', { tempo: 5 }],
    ['pitch', { pitch: 0 }],
    ['volume', { volume: -1 }],
    ['volume', { volume: '2' as unknown as number }],
    [
      'equalizer[1].hz',
      {
        equalizer: [
          { hz: 100, gainDb: 1 },
          { hz: 0, gainDb: 1 },
        ],
      },
    ],
    ['fadeOut.durationMs', { fadeOut: { atMs: 0, durationMs: Number.NaN } }],
    ['audio', { audio: '' }],
  ])('refuses a bad %s by name', (path, filters) => {
    expect(() => toLegFilters(filters)).toThrow(OptionError);
    expect(() => toLegFilters(filters)).toThrow(expect.objectContaining({ path: `options.filters.${path}` }));
  });
});
