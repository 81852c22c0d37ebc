import {
  catchError,
  concat,
  EMPTY,
  filter,
  map,
  merge,
  Observable,
  of,
  repeat,
  retry,
  share,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { pace } from '../../src/operators/pace.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { distinctSteps, inVirtualTime, steps } from './virtual.ts';

describe('pace, in marbles', () => {
  it('lets samples leave one frame apart and completes at the end of the last', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('(abc|)').pipe(pace({ clock }))).toBe('abc|');
    });
  });

  it('keeps the duration of longer samples', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('(abc|)', { durationMs: 40 }).pipe(pace({ clock }))).toBe('a-b-c-|');
    });
  });

  it('passes a source that comes in its own time', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('--abc|').pipe(pace({ clock }))).toBe('--abc|');
    });
  });

  it('completes at once when empty, and never by itself', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('--|').pipe(pace({ clock }))).toBe('--|');
      expectSamples(samples('---').pipe(pace({ clock }))).toBe('---');
    });
  });

  it('lets what is queued leave before an error', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('(abc#)').pipe(pace({ clock }))).toBe('ab(c#)');
      expectSamples(samples('--#').pipe(pace({ clock }))).toBe('--#');
    });
  });

  it('unsubscribes from the source with the subscriber', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('(abcdef|)');
      expectSamples(source.pipe(pace({ clock })), '^--!').toBe('abc');
      expectSubscriptions(source.subscriptions).toBe('(^!)');
    });
  });

  it('joins segment to segment without a gap', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const joined = concat(samples('(ab|)'), samples('(cd|)'));
      expectSamples(joined.pipe(pace({ clock }))).toBe('abcd|', { breaks: 'c' });
    });
  });

  it('joins audio and video to audio alone, whichever of the two comes first', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const joined$ = concat(samples('(abc|)', { durationMs: 80 }), samples('(XYij|)', { durationMs: 80 }));
      expectSamples(joined$.pipe(pace({ clock }))).toBe('(aX)b---c---i---(jY)|');
      const audioFirst$ = concat(samples('(def|)', { durationMs: 80 }), samples('(kUlV|)', { durationMs: 80 }));
      expectSamples(audioFirst$.pipe(pace({ clock }))).toBe('d---e---f---(kU)(lV)|');
    });
  });

  it('keeps audio and video of one segment on one line', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const source = samples('(AaBbCc|)', { durationMs: 80 }); // a group of four characters takes 80 ms
      expectSamples(source.pipe(pace({ clock }))).toBe('(Aa)(bB)(cC)|');
    });
  });
});

describe('pace', () => {
  it('reads one second ahead of a long file and is on time', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ count: 360_000 });
      file.pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(distinctSteps(out)).toEqual([20]);
        expect(out.every((o) => o.at === o.due)).toBe(true);
        expect(out).toHaveLength(1001);
        expect(file.log.read - out.length).toBeLessThanOrEqual(51);
      };
    });
  });

  it('does not wait for what a filter took out', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      source({ count: 360_000 })
        .pipe(
          filter((s) => s.ptsUs < 2e6 || s.ptsUs > 12e6),
          pace({ clock }),
        )
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(1001);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('stays bounded when pts are rewritten upstream', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ count: 360_000 });
      file
        .pipe(
          map((s) => ({ ...s, ptsUs: s.ptsUs + 1e9 })),
          pace({ clock }),
        )
        .subscribe(record());
      return () => expect(file.log.read - out.length).toBeLessThanOrEqual(51);
    });
  });

  it('loops a file without a gap, bounded', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      source({ count: 75 }).pipe(repeat(8), pace({ clock })).subscribe(record());
      return () => {
        expect(out).toHaveLength(600);
        expect(distinctSteps(out)).toEqual([20]);
        expect(new Set(out.map((o) => o.sample.segment)).size).toBe(8);
      };
    });
  });

  it('loops a file shorter than its read-ahead without a gap, bounded', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source({ count: 5 });
      file.pipe(repeat(4000), pace({ clock })).subscribe(record());
      return () => {
        expect(distinctSteps(out)).toEqual([20]);
        expect(out).toHaveLength(1001);
        expect(file.log.read - out.length).toBeLessThanOrEqual(51);
      };
    });
  });

  it('loses nothing where one source joins another', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      concat(source().pipe(take(100)), source({ count: 100, bytes: 7 }))
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        expect(out.filter((o) => o.bytes === 320)).toHaveLength(100);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('shared after pace, frees the source when the last of three has left', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const file = source();
      const shared$ = file.pipe(pace({ clock }), share());
      [1, 2, 3].forEach((n) => {
        const subscription = shared$.subscribe(record());
        at(1000 * n + 10, () => subscription.unsubscribe());
      });
      return () => {
        expect(file.log.closed).toBe(1);
        expect(out.at(-1)!.at).toBeLessThanOrEqual(3010);
        expect(file.log.read).toBeLessThan(51 + 152);
      };
    });
  });

  it('keeps an early video of the same segment in sync', () => {
    inVirtualTime(({ clock, out, record }) => {
      const segment = new Segment();
      const sample = (kind: 'audio' | 'video', ptsMs: number, durationMs: number): Sample => ({
        kind,
        codec: kind === 'audio' ? 'opus' : 'vp8',
        data: new Uint8Array(9),
        ptsUs: ptsMs * 1000,
        durationUs: durationMs * 1000,
        keyframe: true,
        segment,
      });
      const video = Array.from({ length: 100 }, (_, i) => ({
        order: i * 40 - 600,
        sample: sample('video', i * 40, 40),
      }));
      const audio = Array.from({ length: 200 }, (_, i) => ({ order: i * 20, sample: sample('audio', i * 20, 20) }));
      const interleaved = [...video, ...audio].sort((a, b) => a.order - b.order);
      of(...interleaved.map((entry) => entry.sample))
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(300);
        const offset = out[0]!.due - out[0]!.pts;
        expect(out.every((o) => o.due - o.pts === offset && o.at === o.due)).toBe(true);
      };
    });
  });

  it('paces audio and video of different segments side by side', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      merge(source(), source({ kind: 'video', durationMs: 40, startMs: 7000, bytes: 4000 }))
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        expect(distinctSteps(out.filter((o) => o.kind === 'audio'))).toEqual([20]);
        expect(distinctSteps(out.filter((o) => o.kind === 'video'))).toEqual([40]);
        expect(out.find((o) => o.kind === 'video')!.at).toBe(0);
      };
    });
  });

  it('starts a film again after its longer kind has ended', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const film = merge(source({ count: 50 }), source({ kind: 'video', durationMs: 40, count: 50 }));
      film.pipe(repeat(2), pace({ clock })).subscribe(record());
      return () => {
        const second = out.filter((o) => o.kind === 'audio')[50]!;
        expect(second.due).toBeGreaterThanOrEqual(1000);
        expect(out.every((o, i) => i === 0 || o.due >= out[i - 1]!.due)).toBe(true);
      };
    });
  });

  it('retries a failing source as a join, without a burst', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      source({ failAfter: 100 })
        .pipe(
          retry(2),
          catchError(() => EMPTY),
          pace({ clock }),
        )
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(300);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('does not burst after a source was silent for 1.5 s', () => {
    inVirtualTime(({ source, scheduler, clock, out, record }) => {
      const segment = new Segment();
      concat(source({ count: 100 }), timer(3500, scheduler).pipe(switchMap(() => source({ count: 100 }))))
        .pipe(
          map((s, i) => ({ ...s, segment, ptsUs: i * 20_000 })),
          pace({ clock }),
        )
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(200);
        expect(out.filter((o, i) => i > 0 && o.at === out[i - 1]!.at)).toHaveLength(0);
        expect(Math.max(...steps(out))).toBe(1520);
      };
    });
  });

  it('catches up after a clock that fired late, keeping due times', () => {
    inVirtualTime(({ source, scheduler, clock, out, record }) => {
      let stalledUntilUs = 0;
      const late: typeof clock = {
        ...clock,
        arm: (task, dueUs) => clock.arm(task, Math.max(dueUs, dueUs > 1_000_000 ? stalledUntilUs : 0)),
      };
      scheduler.schedule(() => (stalledUntilUs = 2_000_000), 900);
      source({ count: 200 })
        .pipe(pace({ clock: late }))
        .subscribe(record());
      return () => {
        expect(distinctSteps(out)).toEqual([20]);
        expect(out.filter((o) => o.at === 2000).length).toBeGreaterThan(40);
      };
    });
  });

  it('logs nothing but the anchor of each timeline while all is well', () => {
    inVirtualTime(({ source, clock, record }) => {
      const { lines, logger } = createRecorder();
      concat(source({ count: 100 }), source({ count: 100 }))
        .pipe(pace({ clock, logger }))
        .subscribe(record());
      return () => {
        expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
          'debug a timeline is anchored',
          'debug a timeline is anchored',
        ]);
        expect(lines[0]!.data).toMatchObject({ kind: 'audio', ptsUs: 0, reason: 'fresh', inMs: 0 });
      };
    });
  });

  it('warns of a source that was silent, with how long', () => {
    inVirtualTime(({ source, scheduler, clock, record }) => {
      const { warnings, logger } = createRecorder();
      const segment = new Segment();
      concat(
        source({ count: 100 }),
        timer(2190, scheduler).pipe(switchMap(() => source({ count: 1, delayMs: 0 }))),
        timer(3500, scheduler).pipe(switchMap(() => source({ count: 100, delayMs: 0 }))),
      )
        .pipe(
          map((s, i) => ({ ...s, segment, ptsUs: i * 20_000 })),
          pace({ clock, logger }),
        )
        .subscribe(record());
      return () => {
        expect(warnings()).toHaveLength(1);
        expect(warnings()[0]!.message).toContain('silent');
        expect(warnings()[0]!.data['lateMs']).toBeGreaterThan(3000);
      };
    });
  });

  it('warns of a timer that was more than two seconds late, and of no other', () => {
    inVirtualTime(({ source, scheduler, clock, record }) => {
      const { warnings, logger } = createRecorder();
      let stalledUntilUs = 0;
      const late: typeof clock = { ...clock, arm: (task, dueUs) => clock.arm(task, Math.max(dueUs, stalledUntilUs)) };
      scheduler.schedule(() => (stalledUntilUs = 2_000_000), 900);
      scheduler.schedule(() => (stalledUntilUs = 8_000_000), 4000);
      source({ count: 1000 })
        .pipe(pace({ clock: late, logger }))
        .subscribe(record());
      return () => {
        expect(warnings().map(({ message }) => message)).toEqual([expect.stringContaining('timer')]);
        expect(warnings()[0]!.data['lateMs']).toBeCloseTo(4000, -2);
      };
    });
  });

  it('closes the source when a subscriber downstream has enough, even synchronously', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source();
      file.pipe(pace({ clock }), take(3)).subscribe(record());
      return () => {
        expect(file.log.closed).toBe(1);
        expect(out).toHaveLength(3);
      };
    });
  });

  it('can be unsubscribed from inside next', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const file = source();
      const subscription = file.pipe(pace({ clock })).subscribe((sample) => {
        record()(sample);
        if (out.length === 30) subscription.unsubscribe();
      });
      return () => {
        expect(out).toHaveLength(30);
        expect(file.log).toMatchObject({ opened: 1, closed: 1 });
      };
    });
  });

  it('repeats one and the same sample as joins', () => {
    inVirtualTime(({ clock, out, record }) => {
      const one: Sample = {
        kind: 'audio',
        codec: 'opus',
        data: new Uint8Array(3),
        ptsUs: 0,
        durationUs: 20_000,
        keyframe: true,
      };
      of(one, one, one, one).pipe(pace({ clock })).subscribe(record());
      return () => expect(out.map((o) => o.due)).toEqual([0, 20, 40, 60]);
    });
  });

  it('gives samples without a segment one that can be frozen', () => {
    inVirtualTime(({ clock, out, record, at }) => {
      const samples = Array.from({ length: 100 }, (_, i): Sample => ({
        kind: 'audio',
        codec: 'opus',
        data: new Uint8Array(3),
        ptsUs: i * 20_000,
        durationUs: 20_000,
        keyframe: true,
      }));
      of(...samples)
        .pipe(pace({ clock }))
        .subscribe(record());
      at(1010, () => out[0]!.sample.segment!.freeze());
      at(2010, () => out[0]!.sample.segment!.thaw());
      return () => expect(distinctSteps(out)).toEqual([20, 1020]);
    });
  });

  it('has the type that sinks ask for', () => {
    expectTypeOf(new Observable<Sample>().pipe(pace())).toEqualTypeOf<Observable<PacedSample>>();
  });
});

interface Line {
  level: string;
  data: Record<string, unknown>;
  message: string | undefined;
}

function createRecorder(): { lines: Line[]; warnings: () => Line[]; logger: Logger } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (data: object, message?: string): void =>
      void lines.push({ level, data: data as Record<string, unknown>, message });
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, warnings: () => lines.filter(({ level }) => level === 'warn'), logger };
}
