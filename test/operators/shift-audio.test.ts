import { Observable, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import type { PacedSample, Sample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { shiftAudio } from '../../src/operators/shift-audio.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { asMedia, createFakeMedia } from './fake-media.ts';
import { inVirtualTime } from './virtual.ts';

describe('shiftAudio, in marbles', () => {
  it('lets audio be heard earlier than its video is seen', () => {
    runMarbles(({ samples, clock, expectSamples, expectSubscriptions }) => {
      const source = samples('(aAbBcC|)', { durationMs: 100 });
      samples('abc', { durationMs: 100, startMs: -100 }); // what is expected
      expectSamples(source.pipe(shiftAudio(-100), pace({ clock }))).toBe('a----(bA)-(cB)-C----|');
      expectSubscriptions(source.subscriptions).toBe('(^!)');
    });
  });

  it('lets audio be heard later', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const source = samples('(AaBbCc|)', { durationMs: 100 });
      samples('abc', { durationMs: 100, startMs: 100 });
      expectSamples(source.pipe(shiftAudio(100), pace({ clock }))).toBe('A----(aB)-(bC)-c----|');
    });
  });

  it('passes completion and errors on', () => {
    runMarbles(({ samples, expectSamples }) => {
      expectSamples(samples('|').pipe(shiftAudio(20))).toBe('|');
      expectSamples(samples('---').pipe(shiftAudio(20))).toBe('---');
      expectSamples(samples('A-#').pipe(shiftAudio(20))).toBe('A-#');
    });
  });

  it('stops with the subscriber', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('A-B-');
      expectSamples(source.pipe(shiftAudio(20)), '^-!').toBe('A--');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});

describe('shiftAudio', () => {
  it('moves in whole frames', () => {
    inVirtualTime(({ source, out, record }) => {
      for (const ms of [31, 29, 0, -51]) source({ count: 1 }).pipe(shiftAudio(ms)).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([40, 20, 0, -60]);
    });
  });

  it('leaves a media source one that can be seeked in', () => {
    inVirtualTime(({ out, record }) => {
      const media = asMedia(createFakeMedia({ count: 5 }).pipe(shiftAudio(100)));
      expect(media.seekable).toBe(true);
      media.open({ startMs: 80 }).subscribe(record());
      return () => expect(out.map((o) => o.pts)).toEqual([180]);
    });
  });

  it('can be ended from inside next', () => {
    const source = createFakeSource();
    source.pipe(shiftAudio(20), take(3)).subscribe();
    expect(source.log).toEqual({ read: 3, opened: 1, closed: 1 });
  });

  it('gives what is not paced, whatever it is given', () => {
    expectTypeOf(new Observable<Sample>().pipe(shiftAudio(20))).toEqualTypeOf<Observable<Sample>>();
    expectTypeOf(new Observable<PacedSample>().pipe(shiftAudio(20))).toEqualTypeOf<Observable<Sample>>();
    expect(() => shiftAudio(Infinity)).toThrow(new OptionError('ms', Infinity, 'a finite number'));
  });
});
