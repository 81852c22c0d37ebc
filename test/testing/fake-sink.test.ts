import { describe, expect, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { createFakeSink } from '../../src/testing/fake-sink.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';

describe('createFakeSink', () => {
  it('keeps what comes, with its time, and how it ends', () => {
    runMarbles(({ samples, clock, at }) => {
      const sink = createFakeSink({ clock });
      samples('(aVbc|)', { durationMs: 20 }).pipe(pace({ clock })).subscribe(sink);
      at(45, () => {
        expect(sink.of('audio').map(({ atUs }) => atUs)).toEqual([0, 20_000, 40_000]);
        expect(sink.of('video')).toHaveLength(1);
        expect(sink.received).toHaveLength(4);
        expect(sink.end).toBeUndefined();
      });
      at(65, () => {
        expect(sink.end).toBe('complete');
        expect(sink.problems).toEqual([]);
      });
    });
  });

  it('keeps the error that ends it', () => {
    runMarbles(({ samples, clock, at }) => {
      const sink = createFakeSink({ clock });
      samples('a#', { error: new Error('cut') })
        .pipe(pace({ clock }))
        .subscribe(sink);
      at(100, () => {
        expect(sink.end).toBe('error');
        expect(sink.cause).toEqual(new Error('cut'));
      });
    });
  });

  it('takes segments as a track does, so that a gate does not freeze what another sink plays', () => {
    runMarbles(({ samples, clock, cold, at }) => {
      const paused$ = cold('--t', { t: true });
      const source$ = samples('(abcdef|)').pipe(pace({ clock }));
      const sink = createFakeSink({ clock });
      source$.pipe(pauseGate(paused$, { clock })).subscribe(sink);
      at(200, () => {
        expect(sink.received[0]!.sample.segment!.frozen).toBe(true);
        expect(sink.end).toBeUndefined();
      });
    });
  });

  it('says what a track could not have sent', () => {
    runMarbles(({ clock }) => {
      const sink = createFakeSink({ clock });
      const sample = (kind: 'audio' | 'video', dueUs: number): PacedSample => ({
        kind,
        codec: kind === 'audio' ? 'opus' : 'vp8',
        data: Uint8Array.of(1),
        ptsUs: 0,
        durationUs: 20_000,
        keyframe: true,
        dueUs,
      });
      sink.next(sample('audio', 0));
      sink.next(sample('audio', 10_000));
      sink.next(sample('video', 0));
      sink.next(sample('video', 10_000));
      sink.next(sample('video', 5000));
      sink.next(sample('audio', 90_000));
      sink.complete();
      sink.next(sample('audio', 110_000));
      expect(sink.problems).toEqual([
        'audio sample due at 10 ms has a time that is taken up to 20 ms',
        'video sample due at 5 ms has a time that is taken up to 10.001 ms',
        'audio sample due at 90 ms came 90 ms early',
        'audio sample due at 110 ms came after the end',
        'audio sample due at 110 ms came 110 ms early',
      ]);
    });
  });
});
