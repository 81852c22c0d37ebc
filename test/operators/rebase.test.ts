import { BehaviorSubject, concat, merge, Observable, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { loop } from '../../src/operators/loop.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { rebase } from '../../src/operators/rebase.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { inVirtualTime } from './virtual.ts';

describe('rebase, in marbles', () => {
  it('puts samples on one line through a break', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const [x, y] = [samples('ab|', { startMs: 500 }), samples('cd|')];
      samples('abcd', { startMs: 100 }); // what is expected
      expectSamples(concat(x, y).pipe(rebase(100))).toBe('abcd|', { breaks: 'c' });
      expectSubscriptions(x.subscriptions).toBe('^-!');
      expectSubscriptions(y.subscriptions).toBe('--^-!');
    });
  });

  it('keeps audio and video of a segment apart as they are, and begins the next one after both', () => {
    runMarbles(({ samples, expectSamples }) => {
      const [x, y] = [samples('aABCb|', { startMs: 40 }), samples('Dc|', { startMs: 900 })];
      samples('ab');
      samples('ABCDc');
      samples('---c', { startMs: 60 });
      expectSamples(concat(x, y).pipe(rebase())).toBe('aABCbDc|');
      const [v, w] = [samples('dEFGe|', { startMs: 40 }), samples('fH|', { startMs: 900 })];
      samples('de');
      samples('EFGH');
      samples('f', { startMs: 60 });
      expectSamples(concat(v, w).pipe(rebase())).toBe('dEFGefH|');
    });
  });

  it('passes completion and errors on', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('|').pipe(rebase())).toBe('|');
      expectSamples(samples('---').pipe(rebase())).toBe('---');
      expectSamples(samples('-a#').pipe(rebase())).toBe('-a#');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('abcd');
      expectSamples(source.pipe(rebase()), '^-!').toBe('ab-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});

describe('rebase', () => {
  it('lays media of two sources side by side', () => {
    inVirtualTime(({ source, out, record }) => {
      const video$ = source({ kind: 'video', durationMs: 40, startMs: 7000, count: 3 });
      merge(source({ startMs: 3000, count: 3 }), video$)
        .pipe(rebase())
        .subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([0, 20, 40, 0, 40, 80]);
    });
  });

  it('goes on after audio alone with audio and video, whichever comes first', () => {
    for (const [first, second] of ['AV', 'VA']) {
      inVirtualTime(({ source, out, record }) => {
        const film = createFakeSource({ count: 1 });
        const clip = new Observable<Sample>((subscriber) =>
          film.subscribe((sample) => {
            for (const kind of [first, second]) {
              const ofKind = kind === 'A' ? sample : { ...sample, kind: 'video' as const };
              subscriber.next(ofKind);
              subscriber.next({ ...ofKind, ptsUs: 20_000 });
            }
            subscriber.complete();
          }),
        );
        concat(source({ count: 5 }), clip)
          .pipe(rebase())
          .subscribe(record());
        return () => {
          expect(out.filter((o) => o.kind === 'audio').map((o) => o.pts)).toEqual([0, 20, 40, 60, 80, 100, 120]);
          const video = out.filter((o) => o.kind === 'video').map((o) => o.pts);
          if (first === 'A') expect(video).toEqual([100, 120]);
          else expect(video[1]! - video[0]!).toBe(20);
        };
      });
    }
  });

  it('goes on through a loop, and takes a step back for a break', () => {
    inVirtualTime(({ source, out, record }) => {
      source({ count: 3, startMs: 60 }).pipe(loop(2), rebase(-20)).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([-20, 0, 20, 40, 60, 80]);
    });
    inVirtualTime(({ source, out, record }) => {
      const unmarked = new Observable<Sample>((subscriber) =>
        source({ count: 2 }).subscribe({
          next: (sample) => subscriber.next({ ...sample, segment: undefined }),
          complete: () => subscriber.complete(),
        }),
      );
      unmarked.pipe(loop(3), rebase()).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([0, 20, 40, 60, 80, 100]);
    });
  });

  it('begins anew for each subscriber, and leaves the holding back to others', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ startMs: 1000 });
      const rebased$ = file.pipe(rebase());
      rebased$.pipe(take(2)).subscribe(record());
      rebased$.pipe(take(2)).subscribe(record());
      rebased$.pipe(pauseGate(new BehaviorSubject(true), { clock })).subscribe(record());
      return () => {
        expect(out.map((o) => o.pts)).toEqual([0, 20, 0, 20]);
        expect(file.log.closed).toBe(2);
      };
    });
  });

  it('leaves a media source one that cannot be seeked in', () => {
    inVirtualTime(({ out, record }) => {
      const file = createFakeMedia({ count: 5, startMs: 40 });
      const media = asMedia(file.pipe(rebase()));
      expect(media).toMatchObject({ seekable: false, startMs: 40 });
      media.open({ reason: 'interrupt' }).subscribe(record());
      return () => {
        expect(file.openings[0]!.request.reason).toBe('interrupt');
        expect(out[0]).toMatchObject({ pts: 0 });
      };
    });
  });

  it('refuses what is no time, and keeps the type of what passes', () => {
    expect(() => rebase(NaN)).toThrow(new OptionError('startMs', NaN, 'a finite number'));
    expectTypeOf(new Observable<Sample>().pipe(rebase())).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(rebase(5))).toEqualTypeOf<Observable<PacedSample>>();
  });
});
