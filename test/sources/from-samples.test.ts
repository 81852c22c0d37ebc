import { EMPTY, lastValueFrom, map, NEVER, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { fromSamples } from '../../src/sources/from-samples.ts';
import { collect } from '../ffmpeg/processes.ts';

const sample = (ptsUs: number, segment?: Segment): Sample => ({
  kind: 'audio',
  codec: 'opus',
  data: Uint8Array.of(1),
  ptsUs,
  durationUs: 20_000,
  keyframe: true,
  segment,
});

describe('fromSamples', () => {
  it('gives the samples of each subscription a segment of their own', async () => {
    const source = fromSamples(of(sample(0), sample(20_000)), { label: 'doorbell', live: true });
    expect(source).toBeInstanceOf(MediaSource);
    expect(source).toMatchObject({ label: 'doorbell', live: true, seekable: false, startMs: 0 });
    const [first, second] = [await collect(source), await collect(source.open({ reason: 'loop' }))];
    expect(first.values.map(({ ptsUs }) => ptsUs)).toEqual([0, 20_000]);
    expect(first.values[0]!.segment).toMatchObject({ reason: 'fresh', live: true });
    expect(first.values[1]!.segment).toBe(first.values[0]!.segment);
    expect(second.values[0]!.segment).toMatchObject({ reason: 'loop' });
    expect(second.values[0]!.segment).not.toBe(first.values[0]!.segment);
  });

  it('leaves alone the segment of what has one, for by that its source is held back', async () => {
    const segment = new Segment();
    const inner = of(sample(0, segment), sample(20_000)).pipe(map((it) => ({ ...it })));
    const [first, second] = await lastValueFrom(fromSamples(inner).pipe(toArray()));
    expect(first!.segment).toBe(segment);
    expect(second!.segment).not.toBe(segment);
  });

  it('emits asynchronously, ends and fails as the Observable does', async () => {
    const got: Sample[] = [];
    const subscription = fromSamples(of(sample(0))).subscribe((it) => got.push(it));
    expect(got).toHaveLength(0);
    await new Promise((resolve) => subscription.add(() => resolve(undefined)));
    expect(got).toHaveLength(1);
    expect(await collect(fromSamples(EMPTY))).toEqual({ values: [], error: undefined });
    const reason = new Error('no more');
    expect((await collect(fromSamples(throwError(() => reason)))).error).toBe(reason);
  });

  it('subscribes to nothing when it is left before', async () => {
    let subscribed = false;
    const watched = new MediaSource({
      label: 'watched',
      seekable: false,
      open: () => {
        subscribed = true;
        return NEVER;
      },
    });
    fromSamples(watched).subscribe().unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(subscribed).toBe(false);
  });

  it('refuses what is no Observable, and bad options', () => {
    expect(() => fromSamples([] as never)).toThrow('samples$ must be an Observable of samples, got an array.');
    expect(() => fromSamples(NEVER, { label: '' })).toThrow('options.label must be a text');
    expect(() => fromSamples(NEVER, { live: 1 as never })).toThrow('options.live must be true or false');
  });
});
