import { BehaviorSubject, concat, EMPTY, filter, Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { meter, type MeterStats } from '../../src/operators/meter.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { inVirtualTime } from './virtual.ts';

describe('meter, in marbles', () => {
  it('passes what it measures, and reports in time and at the end', () => {
    runMarbles(({ samples, clock, expectSamples, expectObservable, expectSubscriptions }) => {
      const source = samples('-ab--c-|');
      const report$ = new Observable<string>((subscriber) =>
        source.pipe(meter(() => subscriber.next('x'), { everyMs: 60, clock })).subscribe(),
      );
      expectSamples(source.pipe(meter(() => undefined, { everyMs: 60, clock }))).toBe('-ab--c-|');
      expectObservable(report$).toBe('---x--xx');
      expectSubscriptions(source.subscriptions).toBe(['^------!', '^------!']);
    });
  });

  it('reports of a source that is silent, and before an error', () => {
    runMarbles(({ samples, clock, expectSamples, at }) => {
      const counts: number[] = [];
      const count = meter<Sample>((stats) => counts.push(stats.audio.samples), { everyMs: 40, clock });
      expectSamples(samples('a---b#').pipe(count)).toBe('a---b#');
      at(200, () => expect(counts).toEqual([1, 2, 2]));
    });
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('|').pipe(meter(() => undefined, { clock }))).toBe('|');
      expectSamples(samples('---').pipe(meter(() => undefined, { clock })), '^--!').toBe('---');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions, at }) => {
      const source = samples('a-b-c-d');
      let reports = 0;
      expectSamples(source.pipe(meter(() => reports++, { everyMs: 20, clock })), '^--!').toBe('a-b-');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      at(500, () => expect(reports).toBe(2));
    });
  });
});

describe('meter', () => {
  it('knows bitrate, rate, and totals of each kind', () => {
    inVirtualTime(({ source, clock, record }) => {
      const seen: MeterStats[] = [];
      source({ count: 150 })
        .pipe(
          pace({ clock }),
          meter((stats) => seen.push(stats), { clock }),
        )
        .subscribe(record());
      return () => {
        expect(seen.map((stats) => stats.elapsedMs)).toEqual([1000, 2000, 3000, 3000]);
        expect(seen[1]!.audio).toEqual({
          samples: 100,
          bytes: 32_000,
          keyframes: 100,
          breaks: 0,
          gaps: 0,
          gapMs: 0,
          bitrateKbps: 128,
          samplesPerSecond: 50,
          latenessP50Ms: 0,
          latenessMaxMs: 0,
        });
        expect(seen[1]!.video).toMatchObject({ samples: 0, bitrateKbps: 0, latenessP50Ms: null, latenessMaxMs: null });
      };
    });
  });

  it('counts gaps in what is heard, a pause among them, and breaks', () => {
    inVirtualTime(({ source, clock, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      let last: MeterStats | undefined;
      concat(source({ count: 100 }), source({ count: 100 }))
        .pipe(
          pace({ clock }),
          pauseGate(paused$, { clock }),
          meter((stats) => (last = stats), { clock }),
        )
        .subscribe(record());
      at(1013, () => paused$.next(true));
      at(3007, () => paused$.next(false));
      return () => expect(last!.audio).toMatchObject({ samples: 200, breaks: 1, gaps: 1, gapMs: 2000 });
    });
  });

  it('before pace, counts gaps in pts within a segment', () => {
    let last: MeterStats | undefined;
    runMarbles(({ samples, clock }) => {
      const source = concat(samples('(ab|)'), samples('(cd|)', { startMs: 500 }), samples('(AB|)', { durationMs: 40 }));
      source.pipe(meter((stats) => (last = stats), { clock })).subscribe();
    });
    expect(last!.audio).toMatchObject({ samples: 4, breaks: 1, gaps: 0, latenessMaxMs: null });
    inVirtualTime(({ clock, source }) => {
      source({ count: 100, durationMs: 20 })
        .pipe(
          filter((sample) => (sample.ptsUs / 20_000) % 2 === 0),
          meter((stats) => (last = stats), { clock }),
        )
        .subscribe();
      return () => expect(last!.audio).toMatchObject({ samples: 50, gaps: 49, gapMs: 980 });
    });
  });

  it('tells how late samples are', () => {
    inVirtualTime(({ source, clock, record }) => {
      const late = { ...clock, nowUs: () => clock.nowUs() + (clock.nowUs() < 1_000_000 ? 3000 : 1000) };
      const seen: MeterStats[] = [];
      source({ count: 100 })
        .pipe(
          pace({ clock }),
          meter((stats) => seen.push(stats), { clock: late }),
        )
        .subscribe(record());
      return () => {
        expect(seen[0]!.audio).toMatchObject({ latenessP50Ms: 3, latenessMaxMs: 3 });
        expect(seen[1]!.audio).toMatchObject({ latenessP50Ms: 1, latenessMaxMs: 1 });
      };
    });
  });

  it('leaves a media source one', () => {
    const file = createFakeMedia({ count: 2 });
    const media = asMedia(file.pipe(meter(() => undefined)));
    media.open({ startMs: 20 }).subscribe();
    expect(media.seekable).toBe(true);
    expect(file.openings[0]!.request.startMs).toBe(20);
  });

  it('can be ended from inside next and from inside the report', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ delayMs: 1 });
      const subscription = file
        .pipe(
          pace({ clock }),
          meter(() => subscription.unsubscribe(), { clock }),
        )
        .subscribe(record());
      return () => {
        expect(out.length).toBeLessThanOrEqual(51);
        expect(file.log.closed).toBe(1);
      };
    });
  });

  it('refuses no time at all, and keeps the type of what passes', () => {
    expect(() => meter(() => undefined, { everyMs: 0 })).toThrow('options.everyMs must be greater than 0, got 0.');
    const report = (_: MeterStats): void => undefined;
    expectTypeOf(new Observable<Sample>().pipe(meter(report))).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(meter(report))).toEqualTypeOf<Observable<PacedSample>>();
    expectTypeOf(EMPTY.pipe(meter(report))).toEqualTypeOf<Observable<never>>();
  });
});
