import { concat, Observable, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { waitForKeyframe } from '../../src/operators/wait-for-keyframe.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';

describe('waitForKeyframe, in marbles', () => {
  it('drops video before the first keyframe', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('aAbBcC|', { keyframes: 'B' });
      expectSamples(source.pipe(waitForKeyframe())).toBe('a-bBcC|');
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    });
  });

  it('drops audio until then, when asked to', () => {
    runMarbles(({ samples, expectSamples }) => {
      const source = samples('aAbBcC|', { keyframes: 'B' });
      expectSamples(source.pipe(waitForKeyframe({ audio: 'drop' }))).toBe('---BcC|');
      expectSamples(samples('defg|').pipe(waitForKeyframe({ audio: 'drop' }))).toBe('----|');
    });
  });

  it('waits anew in each segment', () => {
    runMarbles(({ samples, expectSamples }) => {
      const source = concat(samples('ABC|', { keyframes: 'A' }), samples('DdEFe|', { keyframes: 'E' }));
      expectSamples(source.pipe(waitForKeyframe())).toBe('ABC-dEFe|');
      expectSamples(source.pipe(waitForKeyframe({ audio: 'drop' }))).toBe('ABC--EFe|');
    });
  });

  it('passes completion and errors on', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('|').pipe(waitForKeyframe())).toBe('|');
      expectSamples(samples('---').pipe(waitForKeyframe())).toBe('---');
      expectSamples(samples('-A#', { keyframes: '' }).pipe(waitForKeyframe())).toBe('--#');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('AaB');
      expectSamples(source.pipe(waitForKeyframe()), '^-!').toBe('Aa-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});

describe('waitForKeyframe', () => {
  it('leaves a media source one, and waits anew for each subscriber', () => {
    const film = createFakeMedia({ kind: 'video', count: 3, keyframeEvery: 2 });
    const media = asMedia(film.pipe(waitForKeyframe()));
    expect(media.seekable).toBe(true);
    const seen: number[] = [];
    media.open({ startMs: 20, reason: 'seek' }).subscribe((sample) => seen.push(sample.ptsUs / 1000));
    media.subscribe((sample) => seen.push(sample.ptsUs / 1000));
    expect(seen).toEqual([20, 40, 0, 20, 40]);
    expect(film.openings[0]!.request).toMatchObject({ startMs: 20, reason: 'seek' });
  });

  it('can be ended from inside next', () => {
    const source = createFakeSource({ kind: 'video', count: 10 });
    source.pipe(waitForKeyframe(), take(2)).subscribe();
    expect(source.log).toEqual({ read: 2, opened: 1, closed: 1 });
  });

  it('keeps the type of what passes', () => {
    expectTypeOf(new Observable<Sample>().pipe(waitForKeyframe())).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(waitForKeyframe())).toEqualTypeOf<Observable<PacedSample>>();
  });
});
