import { BehaviorSubject, EMPTY, Observable, Subject, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { loop } from '../../src/operators/loop.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { distinctSteps, inVirtualTime } from './virtual.ts';

describe('loop, in marbles', () => {
  it('plays a source so many times in all', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('ab|');
      expectSamples(source.pipe(loop(3))).toBe('ababab|');
      expectSubscriptions(source.subscriptions).toBe(['^-!', '--^-!', '----^-!']);
    });
  });

  it('goes on for ever unless told otherwise', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('-a|');
      expectSamples(source.pipe(loop()), '^------!').toBe('-a-a-a-');
      expectSubscriptions(source.subscriptions).toBe(['^-!', '--^-!', '----^-!', '------^!']);
    });
  });

  it('before pace, joins the passes without a gap', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('(abc|)').pipe(loop(2), pace({ clock }))).toBe('abcabc|');
    });
  });

  it('ends with a pass that is empty, and waits for one that never ends', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const empty = samples('--|');
      expectSamples(empty.pipe(loop())).toBe('--|');
      expectSubscriptions(empty.subscriptions).toBe('^-!');
      expectSamples(samples('---').pipe(loop())).toBe('---');
    });
  });

  it('errors with any pass', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('ab#');
      expectSamples(source.pipe(loop())).toBe('ab#');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      const passes = [samples('c|'), samples('d#')];
      const turns = new Observable<Sample>((subscriber) => passes.shift()!.subscribe(subscriber));
      expectSamples(turns.pipe(loop())).toBe('cd#');
    });
  });
});

describe('loop', () => {
  it('opens a media source for the reason of a loop, from where it was created to begin', () => {
    inVirtualTime(({ clock, out, record }) => {
      const song = createFakeMedia({ startMs: 100, count: 15 });
      const media = asMedia(song.pipe(loop(3)));
      expect(media).toMatchObject({ label: 'fake', seekable: true, live: false, startMs: 100 });
      const accepts = { audio: ['opus'], video: ['h264'] } as const;
      media.open({ startMs: 200, reason: 'seek', accepts }).pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(song.openings.map(({ request }) => request)).toMatchObject([
          { startMs: 200, reason: 'seek', accepts },
          { startMs: 100, reason: 'loop', accepts },
          { startMs: 100, reason: 'loop', accepts },
        ]);
        expect(out.map((o) => o.pts).slice(0, 8)).toEqual([200, 220, 240, 260, 280, 100, 120, 140]);
        expect(out).toHaveLength(25);
        expect(distinctSteps(out)).toEqual([20]);
        expect(new Set(out.map((o) => o.sample.segment)).size).toBe(3);
      };
    });
  });

  it('reads a short file no further than a second ahead, paused or not', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const jingle = source({ count: 3 });
      const paused$ = new BehaviorSubject(false);
      jingle.pipe(loop(), pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(2013, () => paused$.next(true));
      at(12_007, () => paused$.next(false));
      return () => {
        expect(out).toHaveLength(501);
        expect(distinctSteps(out)).toEqual([20, 10_020]);
        expect(jingle.log.read - out.length).toBeLessThanOrEqual(51);
      };
    });
  });

  it('plays ten thousand passes that end while they are subscribed to', () => {
    let count = 0;
    createFakeSource({ count: 1 })
      .pipe(loop(10_000))
      .subscribe(() => count++);
    expect(count).toBe(10_000);
  });

  it('can be ended from inside next', () => {
    const source = createFakeSource({ count: 2 });
    const out: Sample[] = [];
    source.pipe(loop(), take(5)).subscribe((sample) => out.push(sample));
    expect(out).toHaveLength(5);
    expect(source.log).toMatchObject({ opened: 3, closed: 3 });
  });

  it('keeps nothing of the passes that are over', () => {
    const passes: Subject<Sample>[] = [];
    const source = new Observable<Sample>((subscriber) => {
      const pass = new Subject<Sample>();
      passes.push(pass);
      return pass.subscribe(subscriber);
    });
    const subscription = source.pipe(loop()).subscribe();
    const sample = {} as Sample;
    for (let i = 0; i < 10; i++) {
      passes[i]!.next(sample);
      passes[i]!.complete();
    }
    expect(passes).toHaveLength(11);
    expect(passes.filter((pass) => pass.observed)).toEqual([passes[10]]);
    subscription.unsubscribe();
    expect(passes[10]!.observed).toBe(false);
  });

  it('refuses to play no times, or half', () => {
    for (const times of [0, -1, 1.5, NaN]) expect(() => loop(times)).toThrow(OptionError);
    expect(() => loop(0)).toThrow('times must be a whole number of at least 1, or Infinity, got 0.');
  });

  it('keeps the type of what passes', () => {
    expectTypeOf(new Observable<Sample>().pipe(loop())).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(loop(2))).toEqualTypeOf<Observable<PacedSample>>();
    expectTypeOf(EMPTY.pipe(loop())).toEqualTypeOf<Observable<never>>();
  });
});
