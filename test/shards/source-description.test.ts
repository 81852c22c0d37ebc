import { NEVER, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { describeSource } from '../../src/core/source-description.ts';
import { loop } from '../../src/operators/loop.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { stall } from '../../src/operators/stall.ts';
import { packParcel, unpack } from '../../src/shards/parcel.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromSamples } from '../../src/sources/from-samples.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromShells } from '../../src/sources/from-shells.ts';
import { fromUrl } from '../../src/sources/from-url.ts';

/** As it is made in another thread. */
function travel(source: MediaSource): MediaSource {
  const parcel = packParcel([source]);
  expect(parcel.transfer).toEqual([]);
  return (unpack(structuredClone(parcel.content)) as [MediaSource])[0];
}

const facts = ({ label, seekable, live, startMs }: MediaSource): object => ({ label, seekable, live, startMs });

describe('a source that is described', () => {
  const sources: MediaSource[] = [
    fromFile('a.mp3', { startMs: 1500, filters: { volume: 0.5 } }),
    fromUrl('https://radio.example/a.mp3', { live: true }),
    fromUrl(new URL('https://radio.example/a.mp3')),
    fromUrl('file:///a.mp3', { startMs: 5 }),
    fromShell('ffmpeg -ss 7 -i a.mp3'),
    fromShell(['ffmpeg', '-f', 'x11grab', '-i', ':0.0'], { track: 'video' }),
    fromShells({ audio: 'ffmpeg -i a.mp3', video: 'ffmpeg -i a.mp4' }, { parallel: true }),
    playlist([fromFile('a.mp3'), fromFile('b.mp3').pipe(loop(2))], { onFail: 'skip', label: 'album' }),
    fromFile('a.mp3').pipe(loop()) as MediaSource,
  ];

  it.each(sources.map((source) => [source.label, source] as const))('is made anew elsewhere: %s', (_, source) => {
    const made = travel(source);
    expect(made).toBeInstanceOf(MediaSource);
    expect(facts(made)).toEqual(facts(source));
    expect(packParcel([made]).content).toEqual(packParcel([source]).content);
  });
});

describe('a source that cannot be described', () => {
  const samples = fromSamples(NEVER, { label: 'mine' });
  const cases: [why: string, source: Observable<Sample>][] = [
    ['it is an Observable', NEVER],
    ['it is one of the user', samples],
    ['it has a logger', fromFile('a.mp3', { logger: console })],
    ['it loops such a one', samples.pipe(loop<Sample>())],
    ['it lists such a one', playlist([fromFile('a.mp3'), samples])],
    ['it calls back', playlist([fromFile('a.mp3')], { onSkip: () => undefined })],
    ['it has a generator', playlist((function* () {})())],
    ['an operator was applied', fromFile('a.mp3').pipe(stall())],
  ];

  it.each(cases)('stays where it is: %s', (_, source) => {
    expect(describeSource(source)).toBeUndefined();
    const parcel = packParcel([source]);
    expect(parcel.transfer).toHaveLength(1);
    parcel.dispose();
  });
});
