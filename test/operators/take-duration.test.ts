import { BehaviorSubject, merge, Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { loop } from '../../src/operators/loop.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { takeDuration } from '../../src/operators/take-duration.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { inVirtualTime } from './virtual.ts';

describe('takeDuration, in marbles', () => {
  it('passes so much media and completes', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('abcdef|');
      expectSamples(source.pipe(takeDuration(60))).toBe('ab(c|)');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('passes a sample that begins before the end, whole', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('abcdef|').pipe(takeDuration(45))).toBe('ab(c|)');
    });
  });

  it('waits for both kinds', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('Aabc-BdCDe|').pipe(takeDuration(60))).toBe('Aabc-B-(C|)');
    });
  });

  it('does not wait for ever for a kind that is over', () => {
    runMarbles(({ samples, expectSamples }) => {
      const finite = samples('(Aabcdefg)|', { durationMs: 1000 });
      expectSamples(finite.pipe(takeDuration(3000))).toBe('(Aabc)----|');
      const live = samples('(Bhijklmn)', { durationMs: 1000, live: true });
      expectSamples(live.pipe(takeDuration(3000))).toBe('(Bhij|)');
    });
  });

  it('completes and errors with the source before that', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('ab|').pipe(takeDuration(60))).toBe('ab|');
      expectSamples(samples('-c#').pipe(takeDuration(60))).toBe('-c#');
      expectSamples(samples('|').pipe(takeDuration(60))).toBe('|');
      expectSamples(samples('---').pipe(takeDuration(60))).toBe('---');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('abcd');
      expectSamples(source.pipe(takeDuration(60)), '^!').toBe('a-');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });
});

describe('takeDuration', () => {
  it('counts media over all segments, and no pause', () => {
    inVirtualTime(({ source, clock, scheduler, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const file = source({ count: 30, startMs: 500 });
      let ended = NaN;
      file
        .pipe(loop(), pace({ clock }), pauseGate(paused$, { clock }), takeDuration(2000))
        .subscribe({ next: record(), complete: () => (ended = scheduler.now()) });
      at(1013, () => paused$.next(true));
      at(6007, () => paused$.next(false));
      return () => {
        expect(out).toHaveLength(100);
        expect(ended).toBeGreaterThan(6900);
        expect(file.log.opened).toBe(file.log.closed);
      };
    });
  });

  it('before pace, ends at the end of the last sample', () => {
    inVirtualTime(({ source, clock, scheduler, out, record }) => {
      let ended = NaN;
      const video$ = source({ kind: 'video', durationMs: 40, count: 2000 });
      merge(source(), video$)
        .pipe(takeDuration(3000), pace({ clock }))
        .subscribe({ next: record(), complete: () => (ended = scheduler.now()) });
      return () => {
        expect(ended).toBe(3000);
        expect(out.filter((o) => o.kind === 'audio')).toHaveLength(150);
        expect(out.filter((o) => o.kind === 'video')).toHaveLength(75);
        expect(video$.log.closed).toBe(1);
      };
    });
  });

  it('leaves a media source one that cannot be seeked in, and each opening counts for itself', () => {
    inVirtualTime(({ clock, out, record }) => {
      const media = asMedia(createFakeMedia().pipe(takeDuration(100)));
      expect(media.seekable).toBe(false);
      media.pipe(loop(3), pace({ clock })).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([0, 20, 40, 60, 80, 0, 20, 40, 60, 80, 0, 20, 40, 60, 80]);
    });
  });

  it('can be ended from inside next', () => {
    inVirtualTime(({ source, out, record, clock }) => {
      const file = source({ delayMs: 1 });
      const subscription = file.pipe(takeDuration(1000), pace({ clock })).subscribe((sample) => {
        record()(sample);
        subscription.unsubscribe();
      });
      return () => {
        expect(out).toHaveLength(1);
        expect(file.log.closed).toBe(1);
      };
    });
  });

  it('refuses no time at all, and keeps the type of what passes', () => {
    expect(() => takeDuration(0)).toThrow(new OptionError('ms', 0, 'greater than 0'));
    expectTypeOf(new Observable<Sample>().pipe(takeDuration(1))).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(takeDuration(1))).toEqualTypeOf<Observable<PacedSample>>();
  });
});
