import { concat, map, type Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { liftSource } from '../../src/operators/lift-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';

describe('liftSource', () => {
  it('leaves a MediaSource one, which is opened as it is asked to be', () => {
    const media = createFakeMedia({ count: 2, startMs: 40, label: 'song' });
    const lifted = asMedia(liftSource(media, (open) => open()));
    expect(lifted).toMatchObject({ label: 'song', seekable: true, live: false, startMs: 40 });
    lifted.open({ startMs: 60, reason: 'seek' }).subscribe();
    expect(media.openings[0]!.request).toMatchObject({ startMs: 60, reason: 'seek' });
  });

  it('takes what the operator changes over what was asked for', () => {
    const media = createFakeMedia({ count: 2 });
    const twice = asMedia(liftSource(media, (open) => concat(open(), open({ startMs: 0, reason: 'loop' }))));
    twice.open({ startMs: 20, reason: 'seek' }).subscribe();
    expect(media.openings.map(({ request: { startMs, reason } }) => [startMs, reason])).toEqual([
      [20, 'seek'],
      [0, 'loop'],
    ]);
  });

  it('gives each opening an operator of its own', () => {
    const media = createFakeMedia({ count: 2 });
    let operators = 0;
    const lifted = asMedia(
      liftSource(media, (open) => {
        operators++;
        return open();
      }),
    );
    expect(operators).toBe(0);
    lifted.subscribe();
    lifted.subscribe();
    expect(operators).toBe(2);
  });

  it('cannot be seeked in when the operator loses the position', () => {
    const lift = (seekable: boolean, losesPosition: boolean): boolean =>
      asMedia(liftSource(createFakeMedia({ seekable }), (open) => open(), { losesPosition })).seekable;
    expect([lift(true, false), lift(true, true), lift(false, false)]).toEqual([true, false, false]);
  });

  it('makes an Observable of any other one', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('                                                   -ab|');
      expectSamples(liftSource(source, (open) => open().pipe(map((it) => it)))).toBe('-ab|');
      expectSubscriptions(source.subscriptions).toBe('                   ^--!');
      const failing = samples('                                             -a#');
      expectSamples(liftSource(failing, (open) => open({ reason: 'loop' }))).toBe('-a#');
    });
  });

  it('keeps the type of samples', () => {
    const lift = <T extends Sample>(source: Observable<T>): Observable<T> => liftSource(source, (open) => open());
    expectTypeOf(lift<PacedSample>).returns.toEqualTypeOf<Observable<PacedSample>>();
  });
});
