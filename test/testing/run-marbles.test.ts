import { concat, map, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import { opusSilence } from '../../src/media/opus.ts';
import { pace } from '../../src/operators/pace.ts';
import { type MarbleHelpers, runMarbles } from '../../src/testing/run-marbles.ts';

/** What a marble test that fails says. */
function messageOf(test: (helpers: MarbleHelpers) => void): string {
  try {
    runMarbles(test);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It did not fail.');
}

const change =
  (by: Partial<Sample>) =>
  (sample: Sample): Sample => ({ ...sample, ...by });

describe('runMarbles', () => {
  it('draws what was expected and what came, and says what differs', () => {
    const message = messageOf(({ samples, expectSamples }) => {
      expectSamples(samples('  -aVb|').pipe(map((sample) => sample))).toBe('-aV--b|');
    });
    expect(message.split('\n')).toEqual([
      'Marbles differ.',
      'expected -aV--b|',
      'actual   -aVb|',
      '',
      '   20 ms  a (audio, pts 0 ms, 20 ms long)',
      '   40 ms  V (video, pts 0 ms, 20 ms long, keyframe)',
      '>  60 ms  expected nothing',
      '         actual   b (audio, pts 20 ms, 20 ms long)',
      '>  80 ms  expected nothing',
      '         actual   complete',
      '>  100 ms  expected b (audio, pts 20 ms, 20 ms long)',
      '         actual   nothing',
      '>  120 ms  expected complete',
      '         actual   nothing',
    ]);
  });

  it.each([
    ['kind', { kind: 'video', keyframe: true }, 'a (video, pts 0 ms, 20 ms long, keyframe)'],
    ['pts', { ptsUs: 5000 }, 'a (audio, pts 5 ms, 20 ms long)'],
    ['duration', { durationUs: 60_000 }, 'a (audio, pts 0 ms, 60 ms long)'],
    ['silence', { data: opusSilence(20_000) }, 's'],
  ] as const)('notices another %s', (_, by, seen) => {
    const message = messageOf(({ samples, expectSamples }) => {
      expectSamples(samples('  -a|').pipe(map(change(by)))).toBe('-a|');
    });
    expect(message).toContain(`>  20 ms  expected a (audio, pts 0 ms, 20 ms long)\n         actual   ${seen}`);
  });

  it('notices a frame that is no keyframe', () => {
    const message = messageOf(({ samples, expectSamples }) => {
      expectSamples(samples('  A|').pipe(map(change({ keyframe: false })))).toBe('A|');
    });
    expect(message).toContain('actual   A (video, pts 0 ms, 20 ms long, no keyframe)');
  });

  it('compares breaks when it is asked to', () => {
    runMarbles(({ samples, expectSamples }) => {
      const both$ = concat(samples('ab|'), samples('cd|'));
      expectSamples(both$).toBe('ab-cd|'.replace('-', ''), { breaks: 'c' });
    });
    const message = messageOf(({ samples, expectSamples }) => {
      expectSamples(concat(samples('ab|'), samples('cd|'))).toBe('abcd|', { breaks: 'd' });
    });
    expect(message).toContain('expected c (audio, pts 0 ms, 20 ms long, no break)');
  });

  it('compares errors', () => {
    const message = messageOf(({ samples, expectSamples }) => {
      expectSamples(samples('  a#', { error: new Error('cut') })).toBe('a#', { error: new Error('stalled') });
    });
    expect(message).toContain('>  20 ms  expected error Error: stalled\n         actual   error Error: cut');
    expect(message).toContain('expected a#\nactual   a#\n');
  });

  it('says which subscriptions differ', () => {
    const message = messageOf(({ samples, expectSamples, expectSubscriptions }) => {
      const source = samples('  -a|');
      expectSamples(source).toBe('-a|');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
    expect(message).toMatch(/^Subscriptions differ\.\nexpected .*80.*\nactual {3}.*40/);
  });

  it('lists values that are no samples', () => {
    const message = messageOf(({ cold, expectObservable }) => {
      expectObservable(cold('x|', { x: 1 })).toBe('x|', { x: 2 });
    });
    expect(message).toBe('Marbles differ.\n>  0 ms  expected 2\n         actual   1\n   20 ms  complete');
  });

  it('wants a letter to be one sample, and s to be silence', () => {
    expect(messageOf(({ samples }) => void samples('-a-a|'))).toContain("'a' stands twice");
    expect(messageOf(({ samples }) => void samples('-s|'))).toContain('stands for silence');
  });

  it('has one time for clock, marbles and tasks', () => {
    const seen: number[] = [];
    runMarbles(({ samples, expectSamples, clock, at, scheduler }) => {
      at(60, () => seen.push(clock.nowUs(), scheduler.now()));
      expectSamples(samples('  (abc|)').pipe(pace({ clock }))).toBe('abc|');
    });
    expect(seen).toEqual([60_000, 60]);
  });

  it('knows hot Observables and time steps', () => {
    runMarbles(({ hot, expectObservable, samples, expectSamples }) => {
      expectObservable(hot('--x-|', { x: 1 })).toBe('--x-|', { x: 1 });
      expectSamples(samples('  a 100ms b|')).toBe('a 100ms b|');
      expectObservable(of(1)).toBe('(x|)', { x: 1 });
    });
  });
});
