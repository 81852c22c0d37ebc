import { describe, expect, it } from 'vitest';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { Segment } from '../../src/core/segment.ts';

function sample(segment: Segment | undefined, kind: MediaKind = 'audio', durationMs = 20, bytes = 100): Sample {
  return {
    kind,
    codec: kind === 'audio' ? 'opus' : 'vp8',
    data: new Uint8Array(bytes),
    ptsUs: 0,
    durationUs: durationMs * 1000,
    keyframe: true,
    segment,
  };
}

describe('Segment and SampleQueue', () => {
  it('is full at one second of audio in one queue, and not before', () => {
    const segment = new Segment();
    const queue = new SampleQueue();
    for (let i = 0; i < 49; i++) queue.push(sample(segment));
    expect(segment.full('audio')).toBe(false);
    queue.push(sample(segment));
    expect(segment.full('audio')).toBe(true);
    expect(segment.full('video')).toBe(false);
  });

  it('stays full until half of that has left, then calls for more', () => {
    let calls = 0;
    const segment = new Segment({ onRoom: () => calls++ });
    const queue = new SampleQueue();
    for (let i = 0; i < 50; i++) queue.push(sample(segment));
    expect(segment.full('audio')).toBe(true);
    for (let i = 0; i < 24; i++) queue.shift();
    expect([segment.full('audio'), calls]).toEqual([true, 0]);
    queue.shift();
    expect([segment.full('audio'), calls]).toEqual([false, 1]);
  });

  it('is full for less when its source says so, and not any more when it says otherwise', () => {
    const segment = new Segment();
    const queue = new SampleQueue();
    segment.limit(200_000);
    for (let i = 0; i < 10; i++) queue.push(sample(segment));
    expect(segment.full('audio')).toBe(true);
    segment.limit(undefined);
    expect(segment.full('audio')).toBe(false);
  });

  it('is full at two seconds of video', () => {
    const segment = new Segment();
    const queue = new SampleQueue();
    for (let i = 0; i < 50; i++) queue.push(sample(segment, 'video', 40));
    expect(segment.full('video')).toBe(true);
    expect(segment.full('audio')).toBe(false);
  });

  it('is full for both kinds at 8 MiB', () => {
    const segment = new Segment();
    const queue = new SampleQueue();
    queue.push(sample(segment, 'video', 40, 8 * 1024 * 1024));
    expect(segment.full('audio') && segment.full('video')).toBe(true);
  });

  it('counts what a holder keeps of all segments, so that short ones cannot pile up', () => {
    const calls: string[] = [];
    const [long, short] = ['long', 'short'].map((name) => new Segment({ onRoom: () => calls.push(name) })) as [
      Segment,
      Segment,
    ];
    const queue = new SampleQueue();
    for (let i = 0; i < 50; i++) queue.push(sample(long));
    expect(short.full('audio')).toBe(false);
    queue.push(sample(short));
    expect(short.full('audio')).toBe(true);
    for (let i = 0; i < 25; i++) queue.shift();
    expect([short.full('audio'), calls]).toEqual([true, []]);
    queue.shift();
    expect(short.full('audio')).toBe(false);
    expect(calls).toEqual(['long', 'short']);
    queue.clear();
    expect(calls.slice(2).sort()).toEqual(['long', 'short']);
  });

  it('calls a segment whose last sample left, even if much of others is kept', () => {
    let calls = 0;
    const [first, second] = [new Segment({ onRoom: () => calls++ }), new Segment()];
    const queue = new SampleQueue();
    queue.push(sample(first));
    for (let i = 0; i < 50; i++) queue.push(sample(second));
    expect(first.full('audio')).toBe(true);
    queue.shift();
    expect([first.full('audio'), calls]).toEqual([false, 1]);
  });

  it('knows a segment that comes again between samples of another one', () => {
    const [one, other] = [new Segment(), new Segment()];
    const queue = new SampleQueue();
    for (const segment of [one, other, one, other]) queue.push(sample(segment, 'video', 1000));
    queue.shift();
    expect([one.full('video'), other.full('video')]).toEqual([true, true]);
    queue.shift();
    queue.shift();
    expect([one.full('video'), other.full('video')]).toEqual([false, false]);
  });

  it('wakes the segment whose last sample left, and forgets it', () => {
    let calls = 0;
    const segment = new Segment({ onRoom: () => calls++ });
    const queue = new SampleQueue();
    queue.push(sample(segment));
    queue.shift();
    expect(calls).toBe(1);
    for (let i = 0; i < 60; i++) queue.push(sample(new Segment()));
    expect(segment.full('audio')).toBe(false);
  });

  it('looks at each holder alone', () => {
    const segment = new Segment();
    const queues = [new SampleQueue(), new SampleQueue()];
    for (let i = 0; i < 30; i++) for (const queue of queues) queue.push(sample(segment));
    expect(segment.full('audio')).toBe(false);
  });

  it('calls for more whenever something was let go, while it is not full', () => {
    let calls = 0;
    const segment = new Segment({ onRoom: () => calls++ });
    const queue = new SampleQueue();
    queue.push(sample(segment));
    queue.push(sample(segment));
    expect(calls).toBe(0);
    queue.shift();
    expect(calls).toBe(1);
    queue.clear();
    expect(calls).toBe(2);
    expect(segment.full('audio')).toBe(false);
    expect(queue.length).toBe(0);
  });

  it('keeps the order over thousands of samples and synchronous refills', () => {
    let next = 0;
    const queue = new SampleQueue();
    const segment = new Segment({ onRoom: () => refill() });
    const refill = (): void => {
      while (!segment.full('audio') && next < 3000) queue.push({ ...sample(segment), ptsUs: next++ });
    };
    refill();
    for (let i = 0; i < 3000; i++) expect(queue.shift()!.ptsUs).toBe(i);
    expect(queue.shift()).toBeUndefined();
    expect(queue.peek()).toBeUndefined();
  });

  it('does not count live segments nor samples without one', () => {
    const live = new Segment({ live: true });
    const queue = new SampleQueue();
    for (let i = 0; i < 100; i++) queue.push(sample(live));
    for (let i = 0; i < 100; i++) queue.push(sample(undefined));
    expect(live.full('audio')).toBe(false);
    expect(queue.length).toBe(200);
    queue.clear();
  });

  it('counts freezes and tells watchers of the first and the last', () => {
    const told: string[] = [];
    const segment = new Segment();
    const watcher = { froze: () => told.push('froze'), thawed: () => told.push('thawed') };
    segment.watch(watcher);
    expect(segment.freeze()).toBe(true);
    expect(segment.freeze()).toBe(true);
    segment.thaw();
    expect(segment.frozen).toBe(true);
    segment.thaw();
    segment.thaw();
    expect(segment.frozen).toBe(false);
    segment.unwatch(watcher);
    segment.freeze();
    expect(told).toEqual(['froze', 'thawed']);
  });

  it('refuses to freeze while live or taken by two sinks', () => {
    expect(new Segment({ live: true }).freeze()).toBe(false);
    const segment = new Segment();
    const detach = segment.attach();
    const detachOther = segment.attach();
    expect(segment.freeze()).toBe(false);
    detachOther();
    detachOther();
    expect(segment.freeze()).toBe(true);
    detach();
  });
});
