import { concat, defer, map, merge, Observable, Subject, take, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError, RxcallError } from '../../src/core/errors.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { pace } from '../../src/operators/pace.ts';
import { reconnect, type ReconnectStatus } from '../../src/operators/reconnect.ts';
import { stall } from '../../src/operators/stall.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { inVirtualTime, steps } from './virtual.ts';

const cut = new RxcallError('ERR_SOURCE_UNREADABLE', 'cut', { retryable: true });
const gone = new RxcallError('ERR_SOURCE_NOT_FOUND', 'gone');

/** Subscribes to the first source first, to the second one then, and so on. */
function inTurn(...sources: readonly Observable<Sample>[]): Observable<Sample> {
  let turn = 0;
  return defer(() => sources[turn++]!);
}

describe('reconnect, in marbles', () => {
  it('opens the source again after a wait', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-ab#', { error: cut });
      const again = samples('        -cd|', { startMs: 40 });
      const chain = inTurn(source, again).pipe(reconnect({ firstDelayMs: 100, jitter: 0, clock }));
      expectSamples(chain).toBe('-ab------cd|');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(again.subscriptions).toBe('--------^--!');
    });
  });

  it('waits twice as long each time, and gives up after the last attempt', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('#', { error: cut });
      const chain = source.pipe(reconnect({ maxAttempts: 4, firstDelayMs: 20, maxDelayMs: 60, jitter: 0, clock }));
      expectSamples(chain).toBe('---------#', { error: cut });
      expectSubscriptions(source.subscriptions).toBe(['(^!)', '-(^!)', '---(^!)', '------(^!)', '---------(^!)']);
    });
  });

  it('passes on an error that is not retryable, and completion', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      expectSamples(samples('a-#', { error: gone }).pipe(reconnect({ clock }))).toBe('a-#', { error: gone });
      expectSamples(samples('b-#').pipe(reconnect({ clock }))).toBe('b-#');
      expectSamples(samples('-cC-|').pipe(reconnect({ clock }))).toBe('-cC-|');
      expectSamples(samples('|').pipe(reconnect({ clock }))).toBe('|');
      expectSamples(samples('---').pipe(reconnect({ clock }))).toBe('---');
    });
  });

  it('unsubscribes from the source, and from the wait', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('-a-b#', { error: cut });
      const chain = source.pipe(reconnect({ firstDelayMs: 100, jitter: 0, clock }));
      expectSamples(chain, '^--!').toBe('-a--');
      expectSamples(chain, '^------!').toBe('-a-b---');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^---!']);
    });
  });
});

describe('reconnect', () => {
  it('goes on where a file broke off, audio without a hole', () => {
    inVirtualTime(({ clock, out, record }) => {
      const film = createFakeMedia({ count: 300 }, (n) => (n < 2 ? { failAfter: 70, error: cut } : {}));
      film.pipe(reconnect({ clock, random: () => 0.5 }), pace({ clock })).subscribe(record());
      return () => {
        expect(out.map((o) => o.pts)).toEqual(Array.from({ length: 300 }, (_, i) => i * 20));
        expect(film.openings.map(({ request }) => [request.startMs, request.reason])).toEqual([
          [0, 'fresh'],
          [1400, 'reconnect'],
          [2800, 'reconnect'],
        ]);
      };
    });
  });

  it('loses nothing of either kind, and repeats a little of the one that was ahead', () => {
    inVirtualTime(({ source, out, clock, record }) => {
      const requests: number[] = [];
      const film = new MediaSource({
        label: 'film',
        seekable: true,
        open: ({ startMs }) => {
          requests.push(startMs);
          const audio$ = source({ startMs, count: 10 });
          const video$ = source({ startMs, kind: 'video', durationMs: 40, count: 10 });
          return requests.length === 1
            ? concat(
                merge(audio$, video$),
                throwError(() => cut),
              )
            : merge(audio$, video$);
        },
      });
      film.pipe(reconnect({ clock })).subscribe(record());
      return () => {
        expect(requests).toEqual([0, 200]);
        expect(out.filter((o) => o.kind === 'audio').map((o) => o.pts)).toEqual(
          Array.from({ length: 20 }, (_, i) => i * 20),
        );
        expect(out.filter((o) => o.kind === 'video').map((o) => o.pts)).toEqual(
          [...Array(10).keys()].map((i) => i * 40).concat([...Array(10).keys()].map((i) => 200 + i * 40)),
        );
      };
    });
  });

  it('goes on where the longer kind broke off when the other one had ended long before', () => {
    inVirtualTime(({ source, clock, record }) => {
      const requests: number[] = [];
      const film = new MediaSource({
        label: 'film',
        seekable: true,
        open: ({ startMs }) => {
          requests.push(startMs);
          const intro$ = source({ kind: 'video', durationMs: 40, count: 2 });
          return concat(
            intro$,
            source({ startMs, count: 400 }),
            throwError(() => cut),
          );
        },
      });
      film.pipe(reconnect({ clock }), take(405)).subscribe(record());
      return () => expect(requests).toEqual([0, 8000]);
    });
  });

  it('reads a file that cannot seek from its start, and skips what was played, video to the next keyframe', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      let opened = 0;
      const shell = new MediaSource({
        label: 'shell',
        seekable: false,
        open: () => {
          const failAfter = opened++ === 0 ? 7 : undefined;
          return source({ kind: 'video', durationMs: 40, count: 30, keyframeEvery: 5, failAfter, error: cut });
        },
      });
      shell.pipe(reconnect({ clock })).subscribe(record());
      return () => {
        const frames = out.map((o) => o.pts / 40);
        expect(frames).toEqual([0, 1, 2, 3, 4, 5, 6, ...Array.from({ length: 20 }, (_, i) => 10 + i)]);
      };
    });
  });

  it('goes on at the edge of a live source, and of samples made by hand', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const radio = createFakeMedia({ live: true, count: 5, startMs: 40 }, (n) =>
        n === 0 ? { failAfter: 3, error: cut, count: 5 } : { count: 5 },
      );
      radio.pipe(reconnect({ clock })).subscribe(record());
      const unmarked: number[] = [];
      let opened = 0;
      const byHand = defer(() => source({ count: 4, failAfter: opened++ === 0 ? 2 : undefined, error: cut }));
      byHand
        .pipe(
          map((sample) => ({ ...sample, segment: undefined })),
          reconnect({ clock }),
        )
        .subscribe((sample) => unmarked.push(sample.ptsUs / 1000));
      return () => {
        expect(radio.openings.map(({ request }) => [request.startMs, request.reason])).toEqual([
          [40, 'fresh'],
          [40, 'reconnect'],
        ]);
        expect(out.map((o) => o.pts)).toEqual([40, 60, 80, 40, 60, 80, 100, 120]);
        expect(unmarked).toEqual([0, 20, 0, 20, 40, 60]);
      };
    });
  });

  it('says what it does', () => {
    inVirtualTime(({ clock, record }) => {
      const seen: ReconnectStatus[] = [];
      createFakeMedia({ count: 300, live: true }, (n) =>
        n === 0 ? { failAfter: 1, error: cut } : n < 3 ? { failAfter: 0, error: cut } : { failAfter: 300, error: gone },
      )
        .pipe(reconnect({ clock, random: () => 0.75, onStatus: (status) => seen.push(status) }))
        .subscribe({ next: record(), error: () => undefined });
      return () => {
        expect(seen).toEqual([
          { status: 'waiting', attempt: 1, delayMs: 1100, error: cut },
          { status: 'connecting', attempt: 1 },
          { status: 'waiting', attempt: 2, delayMs: 2200, error: cut },
          { status: 'connecting', attempt: 2 },
          { status: 'waiting', attempt: 3, delayMs: 4400, error: cut },
          { status: 'connecting', attempt: 3 },
          { status: 'connected', attempt: 3 },
        ]);
      };
    });
  });

  it('begins its waits anew after healthy data, not after an opening that dies at once', () => {
    inVirtualTime(({ clock, record }) => {
      const delays: number[] = [];
      const lengths = [50, 50, 50, 250, 50, 0];
      createFakeMedia({ live: true }, (n) => ({ failAfter: lengths[n] ?? 0, error: cut }))
        .pipe(
          reconnect({
            clock,
            jitter: 0,
            maxAttempts: 5,
            onStatus: (status) => {
              if (status.status === 'waiting') delays.push(status.delayMs);
              if (status.status === 'failed') delays.push(-status.attempt);
            },
          }),
        )
        .subscribe({ next: record(), error: () => undefined });
      return () => expect(delays).toEqual([1000, 2000, 4000, 1000, 2000, 4000, 8000, 10_000, -5]);
    }, 60_000);
  });

  it('makes a silent source play on, with what is heard never bursting', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      // A source that delivers for two seconds and then says nothing any more.
      const silent$ = (startMs: number) =>
        new Observable<Sample>((subscriber) => source({ startMs, count: 100 }).subscribe((s) => subscriber.next(s)));
      const media = new MediaSource({ label: 'url', seekable: true, open: ({ startMs }) => silent$(startMs) });
      const subscription = media
        .pipe(stall({ thenMs: 3000, clock }), reconnect({ clock, jitter: 0 }), pace({ clock }))
        .subscribe(record());
      at(18_000, () => subscription.unsubscribe());
      return () => {
        expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
        expect(Math.min(...steps(out))).toBe(20);
        expect(out).toHaveLength(300);
      };
    });
  });

  it('leaves a media source one, asked for as it was', () => {
    inVirtualTime(({ clock }) => {
      const file = createFakeMedia({ label: 'song', count: 5 }, (n) => (n === 0 ? { failAfter: 0, error: cut } : {}));
      const media = asMedia(file.pipe(reconnect({ clock })));
      expect(media).toMatchObject({ label: 'song', seekable: true });
      media.open({ startMs: 60, reason: 'seek', ffmpegPath: '/opt/ffmpeg' }).subscribe();
      return () =>
        expect(file.openings.map(({ request }) => request)).toMatchObject([
          { startMs: 60, reason: 'seek', ffmpegPath: '/opt/ffmpeg' },
          { startMs: 60, reason: 'reconnect', ffmpegPath: '/opt/ffmpeg' },
        ]);
    });
  });

  it('can be ended from inside next and from inside its status', () => {
    inVirtualTime(({ clock, out, record }) => {
      const source = new Subject<Sample>();
      const subscription = source.pipe(reconnect({ clock })).subscribe((sample) => {
        record()(sample);
        subscription.unsubscribe();
      });
      const sample: Sample = {
        kind: 'audio',
        codec: 'opus',
        data: new Uint8Array(1),
        ptsUs: 0,
        durationUs: 20_000,
        keyframe: true,
        segment: new Segment(),
      };
      source.next(sample);
      source.next(sample);
      expect(source.observed).toBe(false);
      let opened = 0;
      const failing = defer(() => {
        opened++;
        return throwError(() => cut);
      });
      const stopped = failing.pipe(reconnect({ clock, onStatus: () => queueStop() })).subscribe();
      function queueStop(): void {
        // The first status comes while the source is subscribed to.
        if (opened > 1) stopped.unsubscribe();
      }
      return () => {
        expect(out).toHaveLength(1);
        expect(opened).toBe(2);
      };
    });
  });

  it('refuses numbers that make no sense', () => {
    expect(() => reconnect({ jitter: 1.1 })).toThrow(OptionError);
    expect(() => reconnect({ maxAttempts: -1 })).toThrow('options.maxAttempts must be at least 0, got -1.');
    expect(() => reconnect({ firstDelayMs: NaN })).toThrow(OptionError);
  });

  it('keeps the type of what passes', () => {
    expectTypeOf(new Observable<Sample>().pipe(reconnect())).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(reconnect())).toEqualTypeOf<Observable<PacedSample>>();
  });
});
