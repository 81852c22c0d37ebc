import { NEVER, type Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ClockTask, MediaClock } from '../../src/core/media-clock.ts';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { mixTracks } from '../../src/operators/mix-tracks.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { playlist } from '../../src/operators/playlist.ts';

/*
 * A source may have other listeners, too. Whoever held its samples and has gone must not hold it back any more, nor be woken
 * when it stops and goes on.
 */

const DURATION_US = 40_000;

function samplesOf(kind: MediaKind, segment: Segment): Sample[] {
  const codec = kind === 'audio' ? 'opus' : 'vp8';
  return Array.from({ length: 60 }, (_, index) => ({
    ...{ kind, codec, data: Uint8Array.of(1), keyframe: true, segment },
    ptsUs: index * DURATION_US,
    durationUs: DURATION_US,
  }));
}

/** A clock that stands still, and knows what is armed. */
function createStillClock() {
  const armed = new Set<ClockTask>();
  const clock: MediaClock = { nowUs: () => 0, arm: (task) => armed.add(task), disarm: (task) => armed.delete(task) };
  return { armed, clock };
}

type Holder = (source: Observable<Sample>, kind: MediaKind, clock: MediaClock) => Observable<Sample>;

const holders: [name: string, hold: Holder][] = [
  ['pace', (source, _, clock) => source.pipe(pace({ clock }))],
  ['pauseGate', (source, _, clock) => source.pipe(pauseGate(of(true), { clock }))],
  ['playlist, of what comes next', (source) => playlist([withOneSample(), source])],
  ['mixTracks', (source, kind) => (kind === 'audio' ? mixTracks(source, NEVER) : mixTracks(NEVER, source))],
];

/** A source that begins, and does not end. */
function withOneSample(): Observable<Sample> {
  return playlist([of(samplesOf('audio', new Segment())[0]!), NEVER]);
}

describe.each(holders)('%s', (_, hold) => {
  it.each(['audio', 'video'] as const)('lets go of the %s it holds, of its timers and of the segment', (kind) => {
    const { armed, clock } = createStillClock();
    const segment = new Segment();
    const source = new Subject<Sample>();
    const subscription = hold(source, kind, clock).subscribe();
    for (const sample of samplesOf(kind, segment)) source.next(sample);
    expect(segment.full(kind)).toBe(true);
    subscription.unsubscribe();
    expect(segment.full(kind)).toBe(false);
    expect(segment.frozen).toBe(false);
    expect(source.observed).toBe(false);
    segment.freeze();
    segment.thaw();
    expect(armed.size).toBe(0);
  });
});

describe('pace', () => {
  it('watches a segment no longer than it lives', () => {
    const { clock } = createStillClock();
    const watchers = new Set<unknown>();
    const segment = new (class extends Segment {
      override watch(watcher: Parameters<Segment['watch']>[0]): void {
        watchers.add(watcher);
      }
      override unwatch(watcher: Parameters<Segment['unwatch']>[0]): void {
        watchers.delete(watcher);
      }
    })();
    const source = new Subject<Sample>();
    const subscription = source.pipe(pace({ clock })).subscribe();
    for (const sample of samplesOf('audio', segment)) source.next(sample);
    expect(watchers.size).toBe(1);
    subscription.unsubscribe();
    expect(watchers.size).toBe(0);
  });
});
