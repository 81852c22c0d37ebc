import { BehaviorSubject, EMPTY, Observable, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { loop } from '../../src/operators/loop.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { createFakeSource, type FakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { createFakeMedia } from './fake-media.ts';
import { distinctSteps, inVirtualTime } from './virtual.ts';

describe('playlist, in marbles', () => {
  it('opens the next source while the present one plays', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const x = samples('abc|');
      const y = samples('---de|');
      expectSamples(playlist([x, y])).toBe('abcde|', { breaks: 'd' });
      expectSubscriptions(x.subscriptions).toBe('^--!');
      expectSubscriptions(y.subscriptions).toBe('^----!');
    });
  });

  it('holds what comes before its turn', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const [x, y] = [samples('a--b-|'), samples('-cde|')];
      expectSamples(playlist([x, y])).toBe('a--b-(cde|)');
      expectSamples(playlist([samples('(fg|)'), samples('-(hi|)')]).pipe(pace({ clock }))).toBe('fghi|');
    });
  });

  it('drops what a live source delivers before its turn, and video to the next keyframe', () => {
    runMarbles(({ samples, expectSamples }) => {
      const live = samples('-cCdDeEfF|', { live: true, keyframes: 'CF' });
      expectSamples(playlist([samples('ab--|'), live])).toBe('ab---e-fF|');
    });
  });

  it('passes the video of a live source of which only sound was dropped, and any of one that is not live', () => {
    runMarbles(({ samples, expectSamples }) => {
      const live = samples('-c---DeE|', { live: true, keyframes: '' });
      expectSamples(playlist([samples('ab--|'), live])).toBe('ab---DeE|');
      const film = samples('-F---G|', { keyframes: '' });
      expectSamples(playlist([samples('ab--|'), film])).toBe('ab--FG|');
    });
  });

  it('opens late when asked to', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const y = samples('-cd|');
      expectSamples(playlist([samples('ab|'), y], { openNext: 'late' })).toBe('ab-cd|');
      expectSubscriptions(y.subscriptions).toBe('--^--!');
    });
  });

  it('is as empty as its sources, and never ends before they do', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(playlist([])).toBe('|');
      expectSamples(playlist([samples('--|'), samples('-|')])).toBe('---|');
      expectSamples(playlist([samples('--|'), samples('a|')])).toBe('--a|');
      expectSamples(playlist([samples('b|'), samples('---')])).toBe('b---');
    });
  });

  it('errors with a source when its turn has come', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const never = samples('f');
      expectSamples(playlist([samples('ab-c--|'), samples('-d#'), never])).toBe('ab-c--(d#)');
      expectSubscriptions(never.subscriptions).toBe('------(^!)');
      expectSamples(playlist([samples('ge#'), samples('----')])).toBe('ge#');
    });
  });

  it('skips a source that fails, and opens another one in time', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const skipped: unknown[] = [];
      const z = samples('--z|');
      const list = playlist([samples('abc|'), samples('-#', { error: 'gone' }), z], {
        onFail: 'skip',
        onSkip: (error) => skipped.push(error),
      });
      expectSamples(list).toBe('abcz|');
      expectSubscriptions(z.subscriptions).toBe('-^--!');
      expectSamples(playlist([samples('de#'), samples('---f|')], { onFail: 'skip' })).toBe('de-f|');
      expectSamples(playlist([samples('#'), samples('-g|')], { onFail: 'skip' })).toBe('-g|');
    });
  });

  it('plays what is put in a queue, and ends with it', () => {
    runMarbles(({ samples, cold, expectSamples }) => {
      const values = { x: samples('ab|'), y: samples('-cd|'), z: samples('--e|') };
      expectSamples(playlist(cold('x-----y-z-|', values))).toBe('ab-----cd-e|');
      expectSamples(playlist(cold<Observable<Sample>>('---|'))).toBe('---|');
      expectSamples(playlist(cold('x-#', { x: samples('f--g') }))).toBe('f-#');
    });
  });

  it('unsubscribes from both sources', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const [x, y] = [samples('a-b-c-'), samples('--d-')];
      expectSamples(playlist([x, y]), '^---!').toBe('a-b-');
      expectSubscriptions(x.subscriptions).toBe('^---!');
      expectSubscriptions(y.subscriptions).toBe('^---!');
    });
  });
});

describe('playlist', () => {
  it('leaves no gap when opening takes three seconds, and reads one second of what waits', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const songs = [0, 1, 2].map((n) => source({ count: 250, delayMs: n === 0 ? 1 : 3000, bytes: n + 10 }));
      playlist(songs).pipe(pace({ clock })).subscribe(record());
      at(3500, () => expect(songs.map((song) => song.log.read).slice(1)).toEqual([50, 0]));
      return () => {
        expect(out).toHaveLength(750);
        expect(distinctSteps(out)).toEqual([20]);
        expect(songs.every((song) => song.log.opened === 1 && song.log.closed === 1)).toBe(true);
      };
    });
  });

  it('in a pause, waits with both sources', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const songs = [source({ count: 200 }), source({ count: 200 })];
      playlist(songs).pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(3500, () => paused$.next(true));
      at(9500, () => paused$.next(false));
      return () => {
        expect(out).toHaveLength(400);
        expect(distinctSteps(out)).toEqual([20, 6020]);
      };
    });
  });

  it('takes from a generator one ahead, and ends it when nobody listens any more', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      let given = 0;
      let ended = false;
      function* endless(): Generator<Observable<Sample>> {
        try {
          for (;;) {
            given++;
            yield source({ count: 100, delayMs: 5 });
          }
        } finally {
          ended = true;
        }
      }
      const subscription = playlist(endless()).pipe(pace({ clock })).subscribe(record());
      at(7000, () => expect(given).toBe(5));
      at(9000, () => subscription.unsubscribe());
      return () => {
        expect(distinctSteps(out)).toEqual([20]);
        expect(ended).toBe(true);
      };
    });
  });

  it('errors when its generator throws', () => {
    function* broken(): Generator<Observable<Sample>> {
      yield createFakeSource({ count: 1 });
      throw new Error('no more of that');
    }
    const errors: unknown[] = [];
    playlist(broken()).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([new Error('no more of that')]);
  });

  it('gives skipping up after ten sources in a row that never began', () => {
    let opened = 0;
    function* dead(): Generator<Observable<Sample>> {
      for (;;) yield throwError(() => new Error(`dead ${++opened}`));
    }
    const errors: unknown[] = [];
    playlist(dead(), { onFail: 'skip' }).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([new Error('dead 10')]);
  });

  it('goes on skipping while there are good ones among them', () => {
    let opened = 0;
    function* mixed(): Generator<Observable<Sample>> {
      for (; opened < 50; opened++)
        yield opened % 5 === 0 ? createFakeSource({ count: 1 }) : throwError(() => new Error('dead'));
    }
    let count = 0;
    const errors: unknown[] = [];
    playlist(mixed(), { onFail: 'skip' }).subscribe({
      next: () => count++,
      error: (error: unknown) => errors.push(error),
    });
    expect({ count, errors }).toEqual({ count: 10, errors: [] });
  });

  it('asks each source for what it was asked for itself, but from its own beginning', () => {
    inVirtualTime(({ clock, record }) => {
      const songs = [createFakeMedia({ count: 5, startMs: 40 }), createFakeMedia({ count: 5 })];
      const accepts = { audio: ['opus'], video: ['h264'] } as const;
      playlist(songs)
        .open({ accepts, ffmpegPath: '/opt/ffmpeg', startMs: 9000, reason: 'switch' })
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        const requests = songs.flatMap((song) => song.openings.map(({ request }) => request));
        expect(requests).toMatchObject([
          { accepts, ffmpegPath: '/opt/ffmpeg', startMs: 40, reason: 'switch' },
          { accepts, ffmpegPath: '/opt/ffmpeg', startMs: 0, reason: 'fresh' },
        ]);
      };
    });
  });

  it('plays anew for each subscriber, so that it can be looped', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      playlist([source({ count: 10 }), source({ count: 5 })])
        .pipe(loop(4), pace({ clock }))
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(60);
        expect(distinctSteps(out)).toEqual([20]);
      };
    });
  });

  it('plays thousands of sources that end while they are subscribed to', () => {
    let count = 0;
    playlist(Array.from({ length: 10_000 }, () => createFakeSource({ count: 1 }))).subscribe(() => count++);
    expect(count).toBe(10_000);
  });

  it('can be added to and ended from inside next', () => {
    const queue$ = new Subject<Observable<Sample>>();
    const opened: FakeSource[] = [];
    const add = (): void => {
      const source = createFakeSource({ count: 1 });
      opened.push(source);
      queue$.next(source);
    };
    const out: Sample[] = [];
    playlist(queue$)
      .pipe(take(3))
      .subscribe((sample) => {
        out.push(sample);
        add();
      });
    add();
    expect(out).toHaveLength(3);
    expect(opened.map((source) => source.log.opened - source.log.closed)).toEqual([0, 0, 0, 0]);
    expect(queue$.observed).toBe(false);
  });

  it('is a source of samples', () => {
    expectTypeOf(playlist([EMPTY])).toEqualTypeOf<MediaSource>();
    expectTypeOf(playlist(of(new Observable<Sample>()))).toEqualTypeOf<MediaSource>();
    expect(playlist([], { label: 'my mix' })).toMatchObject({ label: 'my mix', seekable: false, live: false });
    expect(playlist([]).label).toBe('playlist');
  });
});
