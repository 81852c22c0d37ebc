import { concat, Observable, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { skipDuration } from '../../src/operators/skip-duration.ts';
import { takeDuration } from '../../src/operators/take-duration.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { distinctSteps, inVirtualTime } from './virtual.ts';

describe('skipDuration, in marbles', () => {
  it('leaves out so much media, and video to the next keyframe', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('aAbBcCdD|', { keyframes: 'AD' });
      expectSamples(source.pipe(skipDuration(40))).toBe('----c-dD|');
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    });
  });

  it('counts over all segments', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(concat(samples('ab|'), samples('cd|'), samples('ef|')).pipe(skipDuration(60))).toBe('---def|');
    });
  });

  it('passes everything when there is nothing to leave out, keyframe or not', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('aAb|', { keyframes: '' }).pipe(skipDuration(0))).toBe('aAb|');
    });
  });

  it('completes and errors with the source', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('|').pipe(skipDuration(20))).toBe('|');
      expectSamples(samples('ab|').pipe(skipDuration(60))).toBe('--|');
      expectSamples(samples('cd#').pipe(skipDuration(20))).toBe('-d#');
      expectSamples(samples('---').pipe(skipDuration(20))).toBe('---');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('abcd');
      expectSamples(source.pipe(skipDuration(20)), '^-!').toBe('-b-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});

describe('skipDuration', () => {
  it('before pace, takes no time', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      source({ count: 1000 }).pipe(skipDuration(10_000), pace({ clock })).subscribe(record());
      return () => {
        expect(out[0]).toMatchObject({ at: 0, pts: 10_000 });
        expect(out).toHaveLength(500);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('with takeDuration, splits a source in two that lack nothing', () => {
    inVirtualTime(({ source, out, record }) => {
      const file = source({ count: 100 });
      concat(file.pipe(takeDuration(730)), file.pipe(skipDuration(740))).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual(Array.from({ length: 100 }, (_, i) => i * 20));
    });
  });

  it('leaves a media source one that cannot be seeked in, and each opening counts for itself', () => {
    inVirtualTime(({ out, record }) => {
      const media = asMedia(createFakeMedia({ count: 5 }).pipe(skipDuration(60)));
      expect(media.seekable).toBe(false);
      concat(media, media.open({ reason: 'loop' })).subscribe(record());
      return () => {
        expect(out.map((o) => o.pts)).toEqual([60, 80, 60, 80]);
        expect(out.map((o) => o.sample.segment!.reason)).toEqual(['fresh', 'fresh', 'loop', 'loop']);
      };
    });
  });

  it('can be ended from inside next', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source();
      file.pipe(skipDuration(100), pace({ clock }), take(1)).subscribe(record());
      return () => {
        expect(out.map((o) => o.pts)).toEqual([100]);
        expect(file.log.closed).toBe(1);
      };
    });
  });

  it('refuses a negative time, and keeps the type of what passes', () => {
    expect(() => skipDuration(-1)).toThrow(new OptionError('ms', -1, 'at least 0'));
    expectTypeOf(new Observable<Sample>().pipe(skipDuration(1))).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(skipDuration(1))).toEqualTypeOf<Observable<PacedSample>>();
  });
});
