import { BehaviorSubject, Observable, Subject, type Subscription } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { broadcast } from '../../src/operators/broadcast.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { type Arrival, distinctSteps, inVirtualTime, steps } from './virtual.ts';

describe('broadcast, in marbles', () => {
  it('gives all the same, and a late one the video since the last keyframe', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('A-B-----c-----D|', { keyframes: 'A' });
      const all$ = source.pipe(pace({ clock }), broadcast());
      expectSamples(all$).toBe('A-B-----c-----D|');
      expectSamples(all$, '   -----^').toBe('--------(ABc)-D|');
      expectSubscriptions(source.subscriptions).toBe('^--------------!');
    });
  });

  it('completes and errors for all', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const ended$ = samples('a-b|').pipe(pace({ clock }), broadcast());
      expectSamples(ended$).toBe('a-b|');
      expectSamples(ended$, '-^').toBe('--b|');
      const failed$ = samples('c-d#').pipe(pace({ clock }), broadcast());
      expectSamples(failed$).toBe('c-d#');
      expectSamples(failed$, '-^').toBe('--d#');
      expectSamples(samples('|').pipe(pace({ clock }), broadcast())).toBe('|');
      expectSamples(samples('---').pipe(pace({ clock }), broadcast())).toBe('---');
    });
  });

  it('is subscribed to the source from the first to the last subscriber, and anew after that', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('a-b-c-d-e-f');
      const all$ = source.pipe(pace({ clock }), broadcast());
      expectSamples(all$, '^---!').toBe('a-b-');
      expectSamples(all$, '--^---!').toBe('--b-c-');
      expectSamples(all$, '--------^---!').toBe('--------a-b-');
      expectSubscriptions(source.subscriptions).toBe(['^-----!', '--------^---!']);
    });
  });

  it('gives nothing of an earlier run', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const all$ = samples('a-A-b').pipe(pace({ clock }), broadcast());
      expectSamples(all$, '^--!').toBe('a-A-');
      expectSamples(all$, '------^---!').toBe('------a-A-');
    });
  });

  it('gives a late one the last keyframe group only, and none that was let go', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const all$ = samples('ABCD----e--------F|', { keyframes: 'AC' }).pipe(pace({ clock }), broadcast());
      expectSamples(all$).toBe('ABCD----e--------F|');
      expectSamples(all$, '-----^').toBe('--------(CDe)----F|');
      const none$ = samples('GH--i-JKL|', { keyframes: 'GK' }).pipe(pace({ clock }), broadcast({ maxGroupBytes: 1 }));
      expectSamples(none$).toBe('GH--i-JKL|');
      expectSamples(none$, '---^').toBe('----i--KL|');
    });
  });
});

describe('broadcast', () => {
  it('lets a paused call drop alone', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const file = source({ delayMs: 1 });
      const all$ = file.pipe(pace({ clock }), broadcast());
      const paused$ = new BehaviorSubject(false);
      const paused: Arrival[] = [];
      const other: Arrival[] = [];
      all$.pipe(pauseGate(paused$, { clock })).subscribe(record(paused));
      all$.subscribe(record(other));
      at(1010, () => paused$.next(true));
      at(3010, () => paused$.next(false));
      return () => {
        expect(other).toHaveLength(1000);
        expect(paused).toHaveLength(900);
        expect(distinctSteps(paused)).toEqual([20, 2020]);
        expect(file.log).toMatchObject({ opened: 1 });
        expect(file.log.read).toBeLessThan(1060);
      };
    });
  });

  it('keeps due times in order for one who joins at any time', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const film$ = source({ kind: 'video', durationMs: 40, keyframeEvery: 25, bytes: 1000, delayMs: 1 });
      const all$ = film$.pipe(pace({ clock }), broadcast());
      all$.subscribe();
      const late: Arrival[][] = [];
      for (let ms = 1013; ms < 3000; ms += 37) {
        const list: Arrival[] = [];
        late.push(list);
        at(ms, () => all$.subscribe(record(list)));
      }
      return () => {
        for (const list of late) {
          expect(list[0]!.sample.keyframe).toBe(true);
          expect(Math.min(...steps(list))).toBeGreaterThan(0);
          expect(list.every((o, i) => i === 0 || o.pts - list[i - 1]!.pts === 40)).toBe(true);
          const whole = list.filter((o) => o.at > list[0]!.at);
          expect(whole.every((o) => o.at === o.due)).toBe(true);
          expect(list[0]!.at - list[0]!.due).toBeLessThan(25);
        }
      };
    }, 6000);
  });

  it('gives all subscribers the same samples, on live segments that break where those of the source do', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const songs = playlist([source({ count: 100, delayMs: 1 }), source({ count: 100, reason: 'loop' })]);
      const all$ = songs.pipe(pace({ clock }), broadcast());
      const lists: [Arrival[], Arrival[]] = [[], []];
      all$.subscribe(record(lists[0]));
      at(500, () => all$.subscribe(record(lists[1])));
      return () => {
        const [one, two] = lists.map((list) => [...new Set(list.map((o) => o.sample.segment!))]);
        expect(one!.map((segment) => [segment.live, segment.reason])).toEqual([
          [true, 'fresh'],
          [true, 'loop'],
        ]);
        expect(two!.map((segment) => segment.reason)).toEqual(['fresh', 'loop']);
        expect(two).toEqual(one);
        expect(lists[0].at(-1)!.sample).toBe(lists[1].at(-1)!.sample);
      };
    });
  });

  it('puts audio and video of one segment on one', () => {
    runMarbles(({ samples, clock, at }) => {
      const seen: Sample[] = [];
      samples('(AaBb|)', { durationMs: 100 })
        .pipe(pace({ clock }), broadcast())
        .subscribe((sample) => seen.push(sample));
      at(400, () => {
        expect(seen).toHaveLength(4);
        expect(new Set(seen.map((sample) => sample.segment)).size).toBe(1);
      });
    });
  });

  it('can be left from inside next, the video since the keyframe among it', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const film = source({ kind: 'video', durationMs: 40, keyframeEvery: 1000, delayMs: 1 });
      const all$ = film.pipe(pace({ clock }), broadcast());
      const first = all$.subscribe();
      let late: Subscription;
      at(1010, () => {
        late = all$.subscribe((sample) => {
          record()(sample);
          if (out.length === 3) late.unsubscribe();
        });
      });
      at(2000, () => first.unsubscribe());
      return () => {
        expect(out).toHaveLength(3);
        expect(film.log).toMatchObject({ opened: 1, closed: 1 });
      };
    });
  });

  it('gives both kinds of a segment one of its own, though one kind begins it before the other', () => {
    const source = new Subject<PacedSample>();
    const out: PacedSample[] = [];
    source.pipe(broadcast()).subscribe((sample) => out.push(sample));
    const [film, next] = [new Segment(), new Segment({ reason: 'seek' })];
    for (const segment of [film, next, undefined]) {
      for (const kind of ['audio', 'video', 'audio', 'video'] as const) {
        const codec = kind === 'audio' ? 'opus' : 'vp8';
        const times = { ptsUs: 0, durationUs: 20_000, dueUs: out.length * 20_000 };
        source.next({ kind, codec, data: Uint8Array.of(1), keyframe: true, segment, ...times });
      }
    }
    const given = out.map(({ segment }) => segment!);
    expect([...new Set(given)]).toEqual([given[0], given[4], given[8]]);
    expect(given.map(({ live }) => live)).toEqual(given.map(() => true));
    expect([given[0], given[4], given[8]].map((one) => one!.reason)).toEqual(['fresh', 'seek', 'fresh']);
    expect([0, 4, 8].map((i) => new Set(given.slice(i, i + 4)).size)).toEqual([1, 1, 1]);
  });

  it('refuses a negative size', () => {
    expect(() => broadcast({ maxGroupBytes: -1 })).toThrow('options.maxGroupBytes must be at least 0, got -1.');
  });

  it('takes and gives paced samples', () => {
    expectTypeOf(new Observable<PacedSample>().pipe(broadcast())).toEqualTypeOf<Observable<PacedSample>>();
    // @ts-expect-error a source that is not paced would be paced once for each subscriber
    new Observable<Sample>().pipe(broadcast());
  });
});
