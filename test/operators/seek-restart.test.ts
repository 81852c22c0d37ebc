import { BehaviorSubject, map, Observable, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { seekRestart } from '../../src/operators/seek-restart.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { distinctSteps, inVirtualTime, steps } from './virtual.ts';

describe('seekRestart', () => {
  it('opens the source anew at each position', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const from0 = samples('  -abcdefg|').pipe(pace({ clock }));
      const from9 = samples('      -jkl|', { startMs: 180 }).pipe(pace({ clock }));
      const seekMs$ = cold('   0---9|', { 0: 0, 9: 180 });
      expectSamples(seekMs$.pipe(seekRestart((ms) => (ms === 0 ? from0 : from9)))).toBe('-abcdekl|');
    });
  });

  it('is there within 120 ms when opening takes 80, and never steps back in due time', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const seekMs$ = new BehaviorSubject(0);
      seekMs$
        .pipe(seekRestart((startMs) => source({ startMs, delayMs: 80 }).pipe(pace({ clock }))))
        .subscribe(record());
      at(5000, () => seekMs$.next(60_000));
      return () => {
        expect(out.find((o) => o.pts >= 60_000)!.at).toBeLessThanOrEqual(5120);
        expect(Math.min(...steps(out))).toBeGreaterThanOrEqual(20);
      };
    });
  });

  it('goes on playing when a seek fails', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const seekMs$ = new BehaviorSubject(0);
      const failures: unknown[] = [];
      const open = (startMs: number) =>
        source({ startMs, failAfter: startMs > 0 ? 0 : Infinity, delayMs: 1 }).pipe(pace({ clock }));
      seekMs$.pipe(seekRestart(open, { onFail: (error) => failures.push(error) })).subscribe(record());
      at(1000, () => seekMs$.next(9000));
      return () => {
        expect(failures).toHaveLength(1);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('completes with the positions and what it opened last; an error of the positions is its own', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const song = samples('                                        -abc|').pipe(pace({ clock }));
      expectSamples(cold<number>('(x|)').pipe(seekRestart(() => song))).toBe('-abc|');
      expectSamples(cold<number>('--|').pipe(seekRestart(() => song))).toBe(' --|');
      expectSamples(cold<number>('x-#').pipe(seekRestart(() => song))).toBe(' -a#');
    });
  });

  it('lets go of what it opened', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const song = samples('-abc|');
      const seekMs$ = cold<number>('x----');
      expectSamples(seekMs$.pipe(seekRestart(() => song.pipe(pace({ clock })))), '^--!').toBe('-ab');
      expectSubscriptions(song.subscriptions).toBe('^--!');
    });
  });

  it('maps positions to samples', () => {
    const positions$ = new Subject<number>();
    const chain = positions$.pipe(
      map((ms) => ms * 1000),
      seekRestart(() => new Observable<PacedSample>()),
    );
    expectTypeOf(chain).toEqualTypeOf<Observable<PacedSample>>();
  });
});
