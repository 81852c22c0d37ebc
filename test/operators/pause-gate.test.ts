import { BehaviorSubject, concat, map, merge, NEVER, Observable, share, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { seekRestart } from '../../src/operators/seek-restart.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { createFakeFilm, nameOf } from './fake-film.ts';
import { type Arrival, distinctSteps, inVirtualTime, steps } from './virtual.ts';

const flags = { t: true, f: false };

describe('pauseGate, in marbles', () => {
  it('holds samples back and lets them go on resume', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const source = samples('  -a-b-c-d-------e-|');
      const paused$ = cold('    f----t---f--------', flags);
      expectSamples(source.pipe(pauseGate(paused$, { clock }))).toBe('-a-b-----(cd)--e-|');
    });
  });

  it('after pace, goes on where it stopped', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const source = samples('  (abcdef|)');
      const paused$ = cold('    f-t---f-', flags);
      expectSamples(source.pipe(pace({ clock }), pauseGate(paused$, { clock }))).toBe('ab----cdef|');
    });
  });

  it('before pace, does the same', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const source = samples('  (abcdef)--|');
      const paused$ = cold('    f-t---f-', flags);
      expectSamples(source.pipe(pauseGate(paused$, { clock }), pace({ clock }))).toBe('ab----cdef|');
    });
  });

  it('passes everything while nobody says pause', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-a-b-|');
      expectSamples(source.pipe(pauseGate(NEVER, { clock }))).toBe('-a-b-|');
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSamples(samples('|').pipe(pauseGate(NEVER, { clock }))).toBe('|');
      expectSamples(samples('---').pipe(pauseGate(NEVER, { clock }))).toBe('---');
    });
  });

  it('completes at once when paused with nothing held, else on resume', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const paused$ = cold('                                   t---f', flags);
      expectSamples(samples('--|').pipe(pauseGate(paused$, { clock }))).toBe('--|');
      expectSamples(samples('-a|').pipe(pauseGate(paused$, { clock }))).toBe('----(a|)');
    });
  });

  it('errors at once with either input', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const failing = samples('-a-#');
      expectSamples(failing.pipe(pauseGate(cold('t', flags), { clock }))).toBe('---#');
      const source = samples('-a-b-c');
      expectSamples(source.pipe(pauseGate(cold('f--#', flags), { clock }))).toBe('-a-#');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('drops a live segment while paused, and video to the next keyframe', () => {
    runMarbles(({ samples, cold, clock, expectSamples }) => {
      const dropped: Sample[] = [];
      const source = samples(' aA-bB-cC-dD-|'.trim(), { live: true, keyframes: 'AD' });
      const paused$ = cold('   f--t--f', flags);
      const gate = pauseGate<Sample>(paused$, { clock, onDrop: (sample) => dropped.push(sample) });
      expectSamples(source.pipe(gate)).toBe('aA----c--dD-|');
    });
  });
});

describe('pauseGate', () => {
  for (const where of ['after', 'before'] as const) {
    it(`${where} pace, loses nothing over a pause of 5.007 s and keeps the grid`, () => {
      inVirtualTime(({ source, clock, out, record, at }) => {
        const paused$ = new BehaviorSubject(false);
        const file = source({ count: 360_000 });
        const paced$ =
          where === 'after'
            ? file.pipe(pace({ clock }), pauseGate(paused$, { clock }))
            : file.pipe(pauseGate(paused$, { clock }), pace({ clock }));
        paced$.subscribe(record());
        let heldInPause = NaN;
        at(3013, () => paused$.next(true));
        at(3500, () => (heldInPause = file.log.read - out.length));
        at(8020, () => paused$.next(false));
        return () => {
          expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
          expect(out.filter((o) => o.at > 3013 && o.at < 8020)).toEqual([]);
          expect(distinctSteps(out)).toEqual([20, 5040]);
          expect(heldInPause).toBeLessThanOrEqual(51);
        };
      });
    });
  }

  it('paused from the start, plays from the first sample on resume', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(true);
      source({ count: 100 }).pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(4007, () => paused$.next(false));
      return () => {
        expect(out).toHaveLength(100);
        expect(distinctSteps(out)).toEqual([20]);
        expect(out[0]!.due).toBe(4020);
      };
    });
  });

  it('before pace, keeps the order when what it held makes room for more', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(true);
      source({ count: 200 }).pipe(pauseGate(paused$, { clock }), pace({ clock })).subscribe(record());
      at(1007, () => paused$.next(false));
      return () => {
        expect(out.map((o) => o.pts)).toEqual(Array.from({ length: 200 }, (_, i) => i * 20));
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('before pace, loses nothing that comes from within the freeze', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      concat(source({ count: 95 }), source({ count: 38, delayMs: 1 }))
        .pipe(pauseGate(paused$, { clock }), pace({ clock }))
        .subscribe(record());
      // Scheduled before pace is: the last sample of the first source is due, but has not left yet.
      for (let ms = 1600; ms < 1900; ms += 20) {
        at(ms, () => paused$.next(true));
        at(ms + 1, () => paused$.next(false));
      }
      return () => expect(out).toHaveLength(133);
    });
  });

  for (const where of ['after', 'before'] as const) {
    it(`${where} pace, loses nothing and keeps the order of films whose legs differ in length`, () => {
      for (let turn = 960; turn < 1100; turn += 5) {
        inVirtualTime(({ scheduler, clock, out, record, at }) => {
          const paused$ = new BehaviorSubject(false);
          const [first, second] = [
            { audio: 10, video: 70 },
            { audio: 50, video: 25 },
          ].map((counts, id) =>
            createFakeFilm({ id, counts, firstKeyframe: 0, delayMs: 1, failsAfter: [] }, scheduler),
          );
          const gate = pauseGate<Sample>(paused$, { clock });
          const films$ = concat(first!, second!);
          const chain$ = where === 'after' ? films$.pipe(pace({ clock }), gate) : films$.pipe(gate, pace({ clock }));
          chain$.subscribe(record());
          at(turn, () => paused$.next(true));
          at(turn + 1, () => paused$.next(false));
          return () => {
            expect(out).toHaveLength(155);
            const lastOfFirst = out.find((o) => nameOf(o.sample) === '0/69')!;
            const firstOfSecond = out.filter((o) => nameOf(o.sample) === '1/0');
            for (const o of firstOfSecond) expect(o.due - lastOfFirst.due).toBeGreaterThanOrEqual(20);
          };
        });
      }
    });
  }

  it('paused at the end of a segment, does not let the next one begin', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const files = concat(...[0, 1, 2, 3].map(() => source({ count: 1, delayMs: 1 })));
      files.pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(10, () => paused$.next(true));
      at(2010, () => paused$.next(false));
      return () => {
        expect(out).toHaveLength(4);
        expect(Math.min(...steps(out))).toBe(20);
        expect(out.filter((o) => o.at > 10 && o.at < 2010)).toEqual([]);
      };
    });
  });

  it('paused while only video of a film is left, lets the next film begin after it', () => {
    inVirtualTime(({ scheduler, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const [first, second] = [
        { audio: 10, video: 50 },
        { audio: 50, video: 25 },
      ].map((counts, id) => createFakeFilm({ id, counts, firstKeyframe: 0, delayMs: 1, failsAfter: [] }, scheduler));
      concat(first!, second!).pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(1003, () => paused$.next(true));
      at(6003, () => paused$.next(false));
      return () => {
        const firstEnd = out.find((o) => nameOf(o.sample) === '0/49')!.due + 40;
        const begun = out.filter((o) => nameOf(o.sample) === '1/0').map((o) => o.due);
        expect(begun).toEqual([firstEnd, firstEnd]);
        expect(out.filter((o) => o.at > 1003 && o.at < 6003)).toEqual([]);
      };
    });
  });

  it('stops audio and video of different segments alike', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      merge(source(), source({ kind: 'video', durationMs: 40, startMs: 7000, bytes: 4000 }))
        .pipe(pace({ clock }), pauseGate(paused$, { clock }))
        .subscribe(record());
      at(3013, () => paused$.next(true));
      at(8020, () => paused$.next(false));
      return () => {
        expect(out.filter((o) => o.at > 3013 && o.at < 8020)).toEqual([]);
        const audio = Math.max(...steps(out.filter((o) => o.kind === 'audio')));
        const video = Math.max(...steps(out.filter((o) => o.kind === 'video')));
        expect(audio - 20).toBe(video - 40);
      };
    });
  });

  it('gives what it held of an old source, and what the new one begins with, times of their own', () => {
    for (const kind of ['audio', 'video'] as const) {
      for (let open = 19; open < 60; open++) {
        inVirtualTime(({ source, clock, out, record, at }) => {
          const paused$ = new BehaviorSubject(false);
          const dropped: Sample[] = [];
          const seekMs$ = new Subject<number>();
          seekMs$
            .pipe(
              seekRestart((startMs) => source({ kind, startMs, count: 36, delayMs: 2 }).pipe(pace({ clock }))),
              pauseGate(paused$, { clock, onDrop: (sample) => dropped.push(sample) }),
            )
            .subscribe(record());
          seekMs$.next(0);
          at(1, () => paused$.next(true));
          at(19, () => seekMs$.next(0));
          at(open, () => paused$.next(false));
          return () => {
            expect(Math.min(...steps(out))).toBeGreaterThanOrEqual(kind === 'audio' ? 20 : 1);
            expect(out.length + dropped.length).toBe(37);
            expect(dropped.length).toBeLessThanOrEqual(kind === 'audio' ? 1 : 0);
          };
        });
      }
    }
  });

  it('stays whole and in order over a thousand quick pauses', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      source().pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      for (let i = 0; i < 1000; i++) at(500 + i * 13, () => paused$.next(i % 2 === 0));
      return () => {
        expect(out.length).toBeGreaterThan(300);
        expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
        expect(Math.min(...steps(out))).toBeGreaterThanOrEqual(20);
      };
    });
  });

  it('can be paused from inside next', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      source()
        .pipe(pace({ clock }), pauseGate(paused$, { clock }))
        .subscribe((sample) => {
          record()(sample);
          if (out.length === 30) paused$.next(true);
        });
      at(3000, () => paused$.next(false));
      return () => {
        expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
        expect(Math.max(...steps(out))).toBeGreaterThan(2000);
      };
    });
  });

  it('with no pace, holds one second and stops the source', () => {
    inVirtualTime(({ source, clock, record }) => {
      const file = source({ count: 360_000 });
      file.pipe(pauseGate(new BehaviorSubject(true), { clock })).subscribe(record());
      return () => expect(file.log.read).toBeLessThanOrEqual(51);
    });
  });

  it('reads nothing more when unsubscribed while paused', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const file = source();
      const subscription = file
        .pipe(pauseGate(new BehaviorSubject(true), { clock }), pace({ clock }))
        .subscribe(record());
      let read = NaN;
      at(500, () => {
        read = file.log.read;
        subscription.unsubscribe();
      });
      return () => {
        expect(file.log.read).toBe(read);
        expect(file.log.closed).toBe(1);
      };
    });
  });

  it('on one branch of a share, without sinks, freezes all branches', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const shared$ = source({ delayMs: 1 }).pipe(pace({ clock }), share());
      const paused$ = new BehaviorSubject(false);
      const other: Arrival[] = [];
      shared$.pipe(pauseGate(paused$, { clock })).subscribe();
      shared$.subscribe(record(other));
      at(1010, () => paused$.next(true));
      return () => expect(other.filter((o) => o.at > 1100)).toEqual([]);
    });
  });

  it('on one branch of a share, drops alone when two sinks take the segment', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const shared$ = source({ delayMs: 1 }).pipe(pace({ clock }), share());
      const paused$ = new BehaviorSubject(false);
      const attach = () => {
        const seen = new Set<Segment | undefined>();
        return (sample: Sample) => {
          if (!seen.has(sample.segment)) sample.segment?.attach();
          seen.add(sample.segment);
        };
      };
      const lists: [Arrival[], Arrival[]] = [[], []];
      const branches = [shared$.pipe(pauseGate(paused$, { clock })), shared$];
      branches.forEach((branch$, i) => {
        const sink = attach();
        branch$.subscribe((sample) => {
          sink(sample);
          record(lists[i as 0 | 1])(sample);
        });
      });
      at(1010, () => paused$.next(true));
      at(3010, () => paused$.next(false));
      return () => {
        expect(lists[1].length).toBeGreaterThanOrEqual(999);
        expect(distinctSteps(lists[0])).toEqual([20, 2020]);
      };
    });
  });

  it('on a live re-stamp of a shared source, drops alone', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const live = new Segment({ live: true });
      const file = source({ delayMs: 1 });
      const shared$ = file.pipe(
        pace({ clock }),
        map((s) => ({ ...s, segment: live })),
        share(),
      );
      const paused$ = new BehaviorSubject(false);
      const paused: Arrival[] = [];
      const other: Arrival[] = [];
      shared$.pipe(pauseGate(paused$, { clock })).subscribe(record(paused));
      shared$.subscribe(record(other));
      at(1010, () => paused$.next(true));
      at(3010, () => paused$.next(false));
      return () => {
        expect(other).toHaveLength(1000);
        expect(paused).toHaveLength(900);
        expect(file.log.read).toBeLessThan(1060);
      };
    });
  });

  it('keeps the type of what passes', () => {
    const paused$ = new Subject<boolean>();
    expectTypeOf(new Observable<PacedSample>().pipe(pauseGate(paused$))).toEqualTypeOf<Observable<PacedSample>>();
    expectTypeOf(new Observable<Sample>().pipe(pauseGate(paused$))).toEqualTypeOf<Observable<Sample>>();
  });
});
