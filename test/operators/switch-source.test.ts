import { BehaviorSubject, type Observable, of, Subject, switchMap } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { switchSource } from '../../src/operators/switch-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { distinctSteps, inVirtualTime, steps } from './virtual.ts';

describe('switchSource, in marbles', () => {
  it('plays the old one until the first sample of the new one', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const x = samples('           -abcdefghij|');
      const y = samples('                ---tuv|');
      const values = { x: x.pipe(pace({ clock })), y: y.pipe(pace({ clock })) };
      const sources = cold('        x----y---|', values);
      expectSamples(sources.pipe(switchSource())).toBe('-abcdefghuv|');
      expectSubscriptions(x.subscriptions).toBe('^-------!');
      expectSubscriptions(y.subscriptions).toBe('-----^-----!');
    });
  });

  it('completes when both the outer and the present inner have', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const x = samples('-ab|').pipe(pace({ clock }));
      expectSamples(cold('(x|)', { x }).pipe(switchSource())).toBe('-ab|');
      expectSamples(cold('x------|', { x }).pipe(switchSource())).toBe('-ab----|');
      expectSamples(cold<Observable<PacedSample>>('--|').pipe(switchSource())).toBe('--|');
      expectSamples(cold<Observable<PacedSample>>('---').pipe(switchSource())).toBe('---');
    });
  });

  it('errors with the outer, with a running inner, and with a first that never began', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const x = samples('abcdef');
      const paced$ = x.pipe(pace({ clock }));
      expectSamples(cold('x--#', { x: paced$ }).pipe(switchSource())).toBe('abc#');
      expectSubscriptions(x.subscriptions).toBe('^--!');
      const failing = samples('gh#').pipe(pace({ clock }));
      expectSamples(of(failing).pipe(switchSource())).toBe('gh#');
      expectSamples(of(samples('-#').pipe(pace({ clock }))).pipe(switchSource())).toBe('-#');
    });
  });

  it('lets the old one play on when the new one fails before it began', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const failures: unknown[] = [];
      const x = samples('abcdef|').pipe(pace({ clock }));
      const y = samples('-#', { error: 'gone' }).pipe(pace({ clock }));
      const sources = cold('x-(y|)', { x, y });
      expectSamples(sources.pipe(switchSource({ onFail: (error) => failures.push(error) }))).toBe('abcdef|');
    });
  });

  it('replaces one that has not begun', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const x = samples('abcdefgh').pipe(pace({ clock }));
      const slow = samples('-----t');
      const y = samples('-uv|').pipe(pace({ clock }));
      const sources = cold('x-s-y', { x, s: slow.pipe(pace({ clock })), y });
      expectSamples(sources.pipe(switchSource())).toBe('abcdefv');
      expectSubscriptions(slow.subscriptions).toBe('--^-!');
    });
  });
});

describe('switchSource', () => {
  it('switches after a warm-up of 150 ms with neither gap nor overlap', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const old = source();
      const sources$ = new BehaviorSubject(old.pipe(pace({ clock })));
      sources$.pipe(switchSource()).subscribe(record());
      at(2003, () => sources$.next(source({ bytes: 7, delayMs: 150 }).pipe(pace({ clock }))));
      return () => {
        const first = out.findIndex((o) => o.bytes === 7);
        expect(out[first]!.at).toBeLessThanOrEqual(2160);
        expect(steps(out)[first - 1]).toBeGreaterThanOrEqual(20);
        expect(steps(out)[first - 1]).toBeLessThanOrEqual(40);
        expect(old.log.closed).toBe(1);
      };
    });
  });

  it('upstream of pace, is a join: nothing queued is cut', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const bytes$ = new BehaviorSubject(320);
      bytes$
        .pipe(
          switchMap((bytes) => source({ bytes })),
          pace({ clock }),
        )
        .subscribe(record());
      at(2003, () => bytes$.next(7));
      return () => {
        expect(out.find((o) => o.bytes === 7)!.at).toBe(3020);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('leaves the old one playing when the new one fails', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const sources$ = new BehaviorSubject(source().pipe(pace({ clock })));
      const failures: unknown[] = [];
      sources$.pipe(switchSource({ onFail: (error) => failures.push(error) })).subscribe(record());
      at(2003, () => sources$.next(source({ failAfter: 0, delayMs: 50, error: 'gone' }).pipe(pace({ clock }))));
      return () => {
        expect(failures).toEqual(['gone']);
        expect(out).toHaveLength(1001);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('while paused, starts the new one on resume', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const sources$ = new BehaviorSubject(source().pipe(pace({ clock })));
      const paused$ = new BehaviorSubject(false);
      sources$.pipe(switchSource(), pauseGate(paused$, { clock })).subscribe(record());
      at(2003, () => paused$.next(true));
      at(3000, () => sources$.next(source({ bytes: 7, delayMs: 30 }).pipe(pace({ clock }))));
      at(6007, () => paused$.next(false));
      return () => {
        const fresh = out.filter((o) => o.bytes === 7);
        expect(fresh[0]).toMatchObject({ pts: 0, due: 6020 });
        expect(distinctSteps(fresh)).toEqual([20]);
        expect(out.filter((o) => o.at > 2003 && o.at < 6007)).toEqual([]);
      };
    });
  });

  it('keeps the cadence over 89 random switches and leaks none', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      let seed = 7;
      const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const opened: ReturnType<typeof source>[] = [];
      const open = () => {
        const file = source({ delayMs: Math.trunc(1 + random() * 120) });
        opened.push(file);
        return file.pipe(pace({ clock }));
      };
      const sources$ = new Subject<Observable<PacedSample>>();
      sources$.pipe(switchSource()).subscribe(record());
      sources$.next(open());
      for (let i = 1, ms = 300; i < 90; i++) {
        ms += 50 + Math.trunc(random() * 300);
        at(ms, () => sources$.next(open()));
      }
      return () => {
        expect(Math.min(...steps(out))).toBeGreaterThanOrEqual(20);
        expect(Math.max(...steps(out))).toBeLessThanOrEqual(40);
        expect(opened).toHaveLength(90);
        expect(opened.filter((file) => file.log.closed === file.log.opened)).toHaveLength(89);
      };
    }, 30_000);
  });

  it('takes sources and gives their samples', () => {
    const sources$ = new Subject<Observable<PacedSample>>();
    expectTypeOf(sources$.pipe(switchSource())).toEqualTypeOf<Observable<PacedSample>>();
  });
});
