import { BehaviorSubject, concat, defer, NEVER, Observable, Subject, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError, RxcallError, SourceError } from '../../src/core/errors.ts';
import type { ClockTask, MediaClock } from '../../src/core/media-clock.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { failover, type FailoverOptions } from '../../src/operators/failover.ts';
import type { FailoverStatus } from '../../src/operators/failover-state.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { type Arrival, distinctSteps, inVirtualTime, steps, type VirtualTime } from './virtual.ts';

const cut = new RxcallError('ERR_SOURCE_UNREADABLE', 'cut', { retryable: true });
const gone = new RxcallError('ERR_SOURCE_NOT_FOUND', 'gone');

/** Subscribes to the first source first, to the second one then, and so on. */
function inTurn(...sources: readonly Observable<Sample>[]): Observable<Sample> {
  let turn = 0;
  return defer(() => sources[turn++] ?? NEVER);
}

/** Which input each sample came from, without repetition: inputs differ by the bytes of their samples. */
function played(out: readonly Arrival[]): number[] {
  return out.map((o) => o.bytes).filter((bytes, i, all) => bytes !== all[i - 1]);
}

/** Subscribes, and writes down samples and the input that plays. */
function play(
  { clock, record, scheduler }: VirtualTime,
  inputs: readonly Observable<Sample>[],
  options: FailoverOptions = {},
): { log: string[]; errors: unknown[]; statuses: FailoverStatus[]; stop: () => void } {
  const log: string[] = [];
  const errors: unknown[] = [];
  const statuses: FailoverStatus[] = [];
  const radio$ = failover(inputs, { clock, ...options });
  radio$.status$.subscribe((status) => {
    statuses.push(status);
    const entry = status.active === null ? 'none' : `${status.active} ${status.reason}`;
    if (log.at(-1)?.split(': ')[1] !== entry) log.push(`${scheduler.now()}: ${entry}`);
  });
  const subscription = radio$.subscribe({ next: record(), error: (error: unknown) => errors.push(error) });
  return { log, errors, statuses, stop: () => subscription.unsubscribe() };
}

describe('failover, in marbles', () => {
  it('plays the next input when one fails, and goes back', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const main = samples('  -abc#');
      const backup = samples('    -tuvwx');
      const again = samples('         -jkl');
      const radio$ = failover([inTurn(main, again), backup], { probeMs: 60, failbackMs: 60, clock });
      expectSamples(radio$, '       ^-----------!').toBe('-abc-tuvwxkl');
      expectSubscriptions(main.subscriptions).toBe('^---!');
      expectSubscriptions(backup.subscriptions).toBe('----^----!');
      expectSubscriptions(again.subscriptions).toBe('--------^---!');
    });
  });

  it('plays the next input when one ends, or completes, as asked', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const [main, backup] = [samples('ab|'), samples('-cd')];
      expectSamples(failover([main, backup], { clock }), '^-----!').toBe('ab-cd-');
      expectSamples(failover([samples('ef|'), NEVER], { onEnd: 'complete', clock })).toBe('ef|');
    });
  });

  it('errors when nothing works and nothing is worth a try', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const inputs = [samples('-a#', { error: gone }), samples('-#', { error: 'odd' })];
      expectSamples(failover(inputs, { clock })).toBe('-a-#', { error: 'odd' });
      expectSamples(failover([samples('(bcd#)', { error: gone })], { clock })).toBe('bc(d#)', { error: gone });
    });
  });

  it('unsubscribes from all', () => {
    runMarbles(({ samples, cold, clock, expectSamples, expectSubscriptions }) => {
      const [main, backup] = [samples('a-b-c-d'), samples('------x')];
      const select$ = cold('--1', { 1: 1 });
      expectSamples(failover([main, backup], { select$, clock }), '^---!').toBe('a-b-');
      expectSubscriptions(main.subscriptions).toBe('^---!');
      expectSubscriptions(backup.subscriptions).toBe('--^-!');
    });
  });
});

describe('failover', () => {
  it('goes over while the rest of a failed input plays, without a gap', () => {
    inVirtualTime((time) => {
      const { source, out } = time;
      const main = source({ bytes: 1, failAfter: 200, error: cut });
      const { log } = play(time, [main, source({ bytes: 2, delayMs: 700 })], { failbackMs: Infinity });
      return () => {
        expect(played(out)).toEqual([1, 2]);
        expect(Math.max(...steps(out))).toBeLessThanOrEqual(40);
        expect(log).toEqual(['0: none', '0: 0 first', '3000: none', '3700: 1 failed']);
      };
    });
  });

  it('errors though the rest of the first input still plays', () => {
    inVirtualTime((time) => {
      const { source, scheduler } = time;
      const hopeless = { error: gone, scheduler };
      const main = source({ bytes: 1, failAfter: 100, ...hopeless });
      const { errors } = play(time, [main, source({ failAfter: 0, delayMs: 10, ...hopeless })]);
      return () => expect(errors).toEqual([gone]);
    });
  });

  it('goes over after a silence', () => {
    inVirtualTime((time) => {
      const { source, out } = time;
      const silent$ = concat(source({ bytes: 1, count: 100, delayMs: 1 }), NEVER);
      const { statuses } = play(time, [silent$, source({ bytes: 2 })], { stallMs: 3000, failbackMs: Infinity });
      return () => {
        expect(played(out)).toEqual([1, 2]);
        const failed = statuses.find((status) => status.inputs[0]!.status === 'failed')!;
        expect(failed.inputs[0]!.error).toBeInstanceOf(SourceError);
        expect((failed.inputs[0]!.error as SourceError).code).toBe('ERR_SOURCE_STALLED');
      };
    });
  });

  it('passes over an input that takes too long to open', () => {
    inVirtualTime((time) => {
      const { source, out, scheduler } = time;
      const slow = source({ bytes: 1, delayMs: 60_000 });
      play(time, [slow, source({ bytes: 2, delayMs: 5, scheduler })], { openMs: 2000, failbackMs: Infinity });
      return () => {
        expect(played(out)).toEqual([2]);
        expect(out[0]!.at).toBe(2005);
        expect(slow.log.closed).toBe(1);
      };
    });
  });

  it('tries a better input after the cooldown, again and again, without a break in what plays', () => {
    inVirtualTime((time) => {
      const { out, scheduler } = time;
      const main = createFakeMedia({ bytes: 1 }, (n) =>
        n === 0
          ? { failAfter: 100, error: cut }
          : { failAfter: n < 3 ? 0 : Infinity, error: cut, delayMs: 500, scheduler },
      );
      const backup = createFakeMedia({ bytes: 2 });
      const { log } = play(time, [main, backup]);
      return () => {
        expect(played(out)).toEqual([1, 2, 1]);
        expect(Math.max(...steps(out))).toBeLessThanOrEqual(40);
        // It failed at 1020 ms; after 12 s on the backup it is tried, and twice more 8 s after each failure.
        expect(main.openings).toHaveLength(4);
        expect(main.openings.map(({ request }) => request.reason)).toEqual([
          'fresh',
          'failover',
          'failover',
          'failover',
        ]);
        expect(log.at(-1)).toMatch(/^30\d\d\d: 0 failback$/);
        expect(backup.openings[0]!.source.log.closed).toBe(1);
      };
    }, 40_000);
  });

  it('stays with what works when it is told to', () => {
    inVirtualTime((time) => {
      const main = createFakeMedia({ bytes: 1 }, (n) => (n === 0 ? { failAfter: 10, error: cut } : {}));
      play(time, [main, time.source({ bytes: 2 })], { failbackMs: Infinity });
      return () => {
        expect(main.openings).toHaveLength(1);
        expect(played(time.out)).toEqual([1, 2]);
      };
    }, 60_000);
  });

  it('plays the third when the first two are away, and comes back to the best that works', () => {
    inVirtualTime((time) => {
      const { source, out } = time;
      const first = createFakeMedia({ bytes: 1 }, (n) => (n < 3 ? { failAfter: 0, error: gone } : {}));
      const second = createFakeMedia({ bytes: 2 }, (n) => (n < 1 ? { failAfter: 0, error: gone } : {}));
      play(time, [first, second, source({ bytes: 3 })]);
      return () => expect(played(out)).toEqual([3, 2, 1]);
    }, 60_000);
  });

  it('when all are away, tries them in turn until one is back', () => {
    inVirtualTime((time) => {
      const { out, scheduler } = time;
      const away = { failAfter: 0, error: cut, delayMs: 1, scheduler };
      const main = createFakeMedia({ bytes: 1 }, () => away);
      const backup = createFakeMedia({ bytes: 2 }, (n) => (n < 4 ? away : {}));
      const { errors, stop } = play(time, [main, backup]);
      time.at(39_000, stop);
      return () => {
        expect(errors).toEqual([]);
        expect(played(out)).toEqual([2]);
        expect(out[0]!.at).toBeGreaterThan(32_000);
        expect(main.openings.length).toBeGreaterThanOrEqual(5);
      };
    }, 40_000);
  });

  it('plays what is selected, until it fails, and never waits for an input that does not come', () => {
    inVirtualTime((time) => {
      const { source, out, at } = time;
      const select$ = new Subject<number | 'auto'>();
      const third = createFakeMedia({ bytes: 3 }, () => ({ failAfter: 100, error: cut }));
      const { log } = play(time, [source({ bytes: 1 }), source({ bytes: 2, delayMs: 3000 }), third], { select$ });
      at(1003, () => select$.next(1));
      at(2003, () => select$.next(2));
      return () => {
        expect(played(out)).toEqual([1, 3, 1]);
        expect(Math.max(...steps(out))).toBeLessThanOrEqual(40);
        expect(log.slice(1).map((entry) => entry.split(': ')[1])).toEqual([
          '0 first',
          '2 selected',
          'none',
          '0 failed',
        ]);
      };
    });
  });

  it('goes back to automatic when asked to, after the cooldown', () => {
    inVirtualTime((time) => {
      const { source, out, at } = time;
      const select$ = new Subject<number | 'auto'>();
      const { statuses } = play(time, [source({ bytes: 1 }), source({ bytes: 2 })], { select$ });
      at(1003, () => select$.next(1));
      at(14_003, () => select$.next('auto'));
      return () => {
        expect(played(out)).toEqual([1, 2, 1]);
        expect(out.find((o) => o.bytes === 1 && o.at > 2000)!.at).toBeLessThan(14_100);
        expect(statuses.find((status) => status.selected === 1 && status.active === 1)).toEqual({
          active: 1,
          reason: 'selected',
          selected: 1,
          inputs: [
            { status: 'idle', error: undefined },
            { status: 'active', error: undefined },
          ],
        });
      };
    });
  });

  it('keeps what plays when that is selected while another one is being opened', () => {
    inVirtualTime((time) => {
      const { source, out, at } = time;
      const select$ = new Subject<number | 'auto'>();
      const [main, slow] = [source({ bytes: 1 }), source({ bytes: 2, delayMs: 3000 })];
      play(time, [main, slow], { select$ });
      at(1003, () => select$.next(1));
      at(2003, () => select$.next(0));
      at(2010, () => expect(slow.log.closed).toBe(1));
      return () => {
        expect(played(out)).toEqual([1]);
        expect(distinctSteps(out)).toEqual([20]);
        expect(main.log.opened).toBe(1);
      };
    });
  });

  it('opens what is selected at the beginning, and errors when there is no such input', () => {
    inVirtualTime((time) => {
      const { source, out } = time;
      const main = source({ bytes: 1 });
      play(time, [main, source({ bytes: 2, count: 5 })], { select$: new BehaviorSubject<number | 'auto'>(1) });
      const { errors } = play(time, [main], { select$: new BehaviorSubject<number | 'auto'>(3) });
      const failed = play(time, [main], { select$: throwError(() => gone) });
      return () => {
        expect(out[0]!.bytes).toBe(2);
        expect(main.log.opened - main.log.closed).toBe(1);
        expect(errors).toEqual([new OptionError('options.select$', 3, `'auto' or a whole number from 0 to 0`)]);
        expect(failed.errors).toEqual([gone]);
      };
    }, 3000);
  });

  it('in a pause, neither fails nor goes over', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const main = source({ bytes: 1 });
      failover([main, source({ bytes: 2 })], { clock, stallMs: 2000 })
        .pipe(pauseGate(paused$, { clock }))
        .subscribe(record());
      at(3003, () => paused$.next(true));
      at(33_003, () => paused$.next(false));
      return () => {
        expect(played(out)).toEqual([1]);
        expect(main.log.opened).toBe(1);
        expect(distinctSteps(out)).toEqual([20, 30_020]);
      };
    }, 40_000);
  });

  it('can be ended from inside next and from inside its status', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const main = source({ bytes: 1, failAfter: 100, error: cut, delayMs: 1 });
      const backup = source({ bytes: 2, delayMs: 1 });
      const radio$ = failover([main, backup], { clock });
      const subscription = radio$.subscribe((sample) => {
        record()(sample);
        if (sample.data.length === 2) subscription.unsubscribe();
      });
      const other = source({ failAfter: 1, error: cut, delayMs: 1 });
      const stopped$ = failover([other], { clock });
      const stopped = stopped$.subscribe();
      stopped$.status$.subscribe((status) => {
        if (status.inputs[0]!.status === 'failed') stopped.unsubscribe();
      });
      return () => {
        expect(out.at(-1)!.bytes).toBe(2);
        expect(out.filter((o) => o.bytes === 2)).toHaveLength(1);
        expect([main, backup, other].map((one) => one.log.opened - one.log.closed)).toEqual([0, 0, 0]);
        expect(other.log.opened).toBe(1);
      };
    });
  });

  it('leaves no timer behind, and says that it plays nothing', () => {
    inVirtualTime((time) => {
      const { source, clock, at } = time;
      const armed = new Set<ClockTask>();
      const counting: MediaClock = {
        nowUs: clock.nowUs,
        arm(task, dueUs) {
          armed.add(task);
          clock.arm(task, dueUs);
        },
        disarm(task) {
          armed.delete(task);
          clock.disarm(task);
        },
      };
      const main = source({ bytes: 1, failAfter: 20, error: cut });
      const { statuses, stop } = play({ ...time, clock: counting }, [main, source({ bytes: 2, delayMs: 1 })], {
        probeMs: 5000,
      });
      at(2000, () => {
        expect(statuses.at(-1)).toMatchObject({ active: 1, inputs: [{ status: 'failed' }, { status: 'active' }] });
        stop();
        expect(armed.size).toBe(0);
      });
      return () => {
        expect(statuses.at(-1)).toMatchObject({ active: null, inputs: [{ status: 'idle' }, { status: 'idle' }] });
        expect(main.log.opened).toBe(1);
      };
    });
  });

  it('is a live source to a call, which asks the inputs for what it takes', () => {
    inVirtualTime(({ clock, source, out, record }) => {
      const main = createFakeMedia({ bytes: 1, live: true, label: 'studio', count: 5 });
      const radio$ = failover([main, source()], { clock, label: 'my radio' });
      const media = asMedia(radio$);
      expect(media).toMatchObject({ label: 'my radio', live: true, seekable: false });
      expect(asMedia(failover([source()], { clock }))).toMatchObject({ label: 'failover', live: false });
      media.open({ ffmpegPath: '/opt/ffmpeg', reason: 'switch' }).subscribe(record());
      return () => {
        expect(main.openings[0]!.request).toMatchObject({ ffmpegPath: '/opt/ffmpeg', reason: 'switch' });
        expect(out[0]!.due).toBe(0);
      };
    }, 1000);
  });

  it('refuses to have no inputs, and times that are none', () => {
    expect(() => failover([])).toThrow(new OptionError('inputs', [], 'a list of at least one source'));
    expect(() => failover([NEVER], { probeMs: 0 })).toThrow('options.probeMs must be greater than 0, got 0.');
  });

  it('gives paced samples and its status', () => {
    const radio$ = failover([new Observable<Sample>()]);
    expectTypeOf(radio$).toExtend<Observable<PacedSample>>();
    expectTypeOf(radio$.status$).toEqualTypeOf<Observable<FailoverStatus>>();
  });
});
