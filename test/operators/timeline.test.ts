import { describe, expect, it } from 'vitest';
import type { MediaClock } from '../../src/core/media-clock.ts';
import { Segment } from '../../src/core/segment.ts';
import { Timelines } from '../../src/operators/timeline.ts';

/** Timelines on a clock that is set by hand, in milliseconds. */
function setUp() {
  const time = { ms: 0 };
  const clock: MediaClock = { nowUs: () => time.ms * 1000, arm: () => undefined, disarm: () => undefined };
  const told = { changes: 0 };
  const timelines = new Timelines(clock, () => told.changes++);
  return { timelines, time, told };
}

describe('the timelines of a pace', () => {
  it('are one for both kinds of a segment, one for each, and one for samples that have none', () => {
    const { timelines } = setUp();
    const [film, next] = [new Segment(), new Segment()];
    const timeline = timelines.of(film);
    expect(timelines.of(film)).toBe(timeline);
    expect(timelines.of(next)).not.toBe(timeline);
    expect(timelines.of(undefined)).toBe(timelines.of(undefined));
    timelines.of(undefined).retain();
    timelines.of(undefined).release();
  });

  it('stop while their segment is frozen, and move by that time in steps of the grid', () => {
    const { timelines, time, told } = setUp();
    const film = new Segment();
    const timeline = timelines.of(film);
    timeline.anchor(0, 40_000);
    time.ms = 100;
    film.freeze();
    expect(timeline.frozen).toBe(true);
    expect(told.changes).toBe(1);
    time.ms = 150;
    film.thaw();
    expect(timeline.frozen).toBe(false);
    expect(timeline.dueUs(0)).toBe(100_000);
    expect(told.changes).toBe(2);
  });

  it('know of a segment that was frozen before they came', () => {
    const { timelines, time } = setUp();
    const film = new Segment();
    film.freeze();
    time.ms = 100;
    const timeline = timelines.of(film);
    expect(timeline.frozen).toBe(true);
    timeline.anchor(0, 0);
    time.ms = 120;
    film.thaw();
    expect(timeline.dueUs(0)).toBe(20_000);
  });

  it('do not move before they have a place', () => {
    const { timelines, time } = setUp();
    const film = new Segment();
    const timeline = timelines.of(film);
    film.freeze();
    time.ms = 50;
    film.thaw();
    expect([timeline.anchored, timeline.endUs]).toEqual([false, undefined]);
  });

  it('stop and move with the one they follow, until they have begun', () => {
    const { timelines, time } = setUp();
    const [film, next] = [new Segment(), new Segment()];
    const [before, timeline] = [timelines.of(film), timelines.of(next)];
    before.anchor(0, 0);
    timeline.anchor(0, 20_000);
    timeline.previous = before;
    timeline.follow(before);
    film.freeze();
    expect(timeline.frozen).toBe(true);
    time.ms = 40;
    film.thaw();
    expect(timeline.dueUs(0)).toBe(60_000);
    timeline.begin();
    expect(timeline.previous).toBeUndefined();
    film.freeze();
    expect(timeline.frozen).toBe(false);
    time.ms = 80;
    film.thaw();
    expect(before.dueUs(0)).toBe(80_000);
    expect(timeline.dueUs(0)).toBe(60_000);
  });

  it('watch a segment until the last kind has let go, and begin anew after that', () => {
    const { timelines, told } = setUp();
    const film = new Segment();
    const timeline = timelines.of(film);
    timeline.retain();
    timeline.retain();
    timeline.release();
    film.freeze();
    film.thaw();
    expect(told.changes).toBe(2);
    expect(timelines.of(film)).toBe(timeline);
    timeline.release();
    film.freeze();
    film.thaw();
    expect(told.changes).toBe(2);
    expect(timelines.of(film)).not.toBe(timeline);
  });

  it('go on at the same new one after a jump, whichever kind comes first', () => {
    const { timelines } = setUp();
    const film = new Segment();
    const before = timelines.of(film);
    before.retain();
    const jumped = timelines.after(before);
    expect(jumped).not.toBe(before);
    expect(timelines.after(before)).toBe(jumped);
    expect(timelines.of(film)).toBe(jumped);
    before.release();
    expect(timelines.of(film)).toBe(jumped);
  });

  it('go on at the one after a jump though the other kind is past it, and know whether their segment stands still', () => {
    const { timelines, time } = setUp();
    const film = new Segment();
    const before = timelines.of(film);
    const jumped = timelines.after(before);
    jumped.anchor(0, 20_000);
    film.freeze();
    jumped.retain();
    jumped.release(); // frozen when it was let go of, and not any more when it is needed again
    film.thaw();
    expect(timelines.after(before)).toBe(jumped);
    expect([jumped.frozen, jumped.dueUs(0)]).toEqual([false, 20_000]);
    film.freeze();
    expect(jumped.frozen).toBe(true);
    time.ms = 40;
    film.thaw();
    expect([jumped.frozen, jumped.dueUs(0)]).toEqual([false, 60_000]);
  });

  it('watch nothing once they are cleared', () => {
    const { timelines, told } = setUp();
    const film = new Segment();
    const timeline = timelines.of(film);
    timelines.clear();
    film.freeze();
    expect(told.changes).toBe(0);
    expect(timelines.of(film)).not.toBe(timeline);
  });
});
