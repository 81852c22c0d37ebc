import { MessageChannel } from 'node:worker_threads';
import { Observable, of, share, Subject } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SourceError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MediaSource, type ResolvedRequest } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { Segment } from '../../src/core/segment.ts';
import { remoteSource, type SourceFacts } from '../../src/shards/remote-source.ts';
import { serveSource } from '../../src/shards/serve-source.ts';
import { until } from '../ffmpeg/processes.ts';

const FACTS: SourceFacts = { label: 'mine', seekable: true, live: false, startMs: 0 };

/** A source and the same one at the other end of a port. */
function connect(source: Observable<Sample>): { remote: MediaSource; dispose: () => void } {
  const { port1, port2 } = new MessageChannel();
  const dispose = serveSource(source, port1, { logger: silentLogger });
  onTestFinished(dispose);
  return { remote: remoteSource(port2, FACTS), dispose };
}

function sample(index: number, segment?: Segment, kind: 'audio' | 'video' = 'audio'): Sample {
  const codec = kind === 'audio' ? 'opus' : 'vp8';
  const data = new Uint8Array(100).fill(index);
  return { kind, codec, data, ptsUs: index * 20_000, durationUs: 20_000, keyframe: true, segment };
}

/** A source without end that reads while its segment is not full, as ours do. */
function endless(opened: Segment[] = []): MediaSource {
  return new MediaSource({
    label: 'endless',
    seekable: true,
    open: ({ reason }) =>
      new Observable((subscriber) => {
        let index = 0;
        let pumping = false;
        const segment = new Segment({ reason, onRoom: pump });
        opened.push(segment);
        function pump(): void {
          if (pumping) return;
          pumping = true;
          while (!subscriber.closed && !segment.full('audio') && !segment.frozen) {
            subscriber.next(sample(index++, segment));
          }
          pumping = false;
        }
        queueMicrotask(pump);
      }),
  });
}

describe('a source in another thread', () => {
  it('delivers its samples, in order, with bytes and media time, and completes', async () => {
    const { remote } = connect(of(sample(1), sample(2, undefined, 'video'), sample(3)));
    const got: Sample[] = [];
    await remote.forEach((it) => void got.push(it));
    expect(got.filter(({ kind }) => kind === 'audio')).toEqual([sample(1), sample(3)]);
    expect(got.filter(({ kind }) => kind === 'video')).toEqual([sample(2, undefined, 'video')]);
  });

  it('leaves the bytes to those who hold the samples here', async () => {
    const kept = sample(7);
    await connect(of(kept)).remote.forEach(() => undefined);
    expect(kept.data).toEqual(new Uint8Array(100).fill(7));
  });

  it('is opened as asked, with the logger of its own thread', async () => {
    const requests: ResolvedRequest[] = [];
    const source = new MediaSource({ ...FACTS, open: (request) => (requests.push(request), of(sample(1))) });
    const { remote } = connect(source);
    await remote.open({ startMs: 5000, reason: 'seek', passthrough: false }).forEach(() => undefined);
    expect(requests).toMatchObject([{ startMs: 5000, reason: 'seek', passthrough: false, logger: silentLogger }]);
  });

  it('keeps its segments, one after the other, with their positions', async () => {
    const first = new Segment({ reason: 'loop', positionUs: (ptsUs) => 1000 + ptsUs * 2 });
    const second = new Segment({ live: true });
    const { remote } = connect(of(sample(0, first), sample(1, first), sample(0, second)));
    const segments: (Segment | undefined)[] = [];
    await remote.forEach((it) => void segments.push(it.segment));
    expect(segments[0]).toBe(segments[1]);
    expect(segments[2]).not.toBe(segments[0]);
    expect([segments[0]?.reason, segments[0]?.live, segments[0]?.positionUs(500_000)]).toEqual([
      'loop',
      false,
      1001_000,
    ]);
    expect(segments[2]?.live).toBe(true);
  });

  it('is held back by who holds its samples here, and reads on when there is room', async () => {
    const opened: Segment[] = [];
    const { remote } = connect(endless(opened));
    const held = new SampleQueue();
    const reading = remote.subscribe((it) => held.push(it));
    await until(() => opened[0]?.full('audio') === true && held.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held.length).toBe(50);
    expect(opened[0]!.full('audio')).toBe(true);

    for (let i = 0; i < 25; i++) held.shift();
    await until(() => held.length === 50);
    expect(held.peek()!.ptsUs).toBe(25 * 20_000);
    reading.unsubscribe();
    held.clear();
  });

  it('freezes with the segment here, and thaws', async () => {
    const opened: Segment[] = [];
    const { remote } = connect(endless(opened));
    const segments = new Set<Segment>();
    const reading = remote.subscribe(({ segment }) => segments.add(segment!));
    await until(() => segments.size === 1);
    const [segment] = segments;
    expect(segment!.freeze()).toBe(true);
    await until(() => opened[0]!.frozen);
    segment!.thaw();
    await until(() => !opened[0]!.frozen);
    reading.unsubscribe();
  });

  it('is not frozen while others take it, too', async () => {
    const opened: Segment[] = [];
    const source = endless(opened);
    const shared = source.pipe(share());
    const one = connect(shared).remote;
    const other = connect(shared).remote;
    const segments = new Set<Segment>();
    const readings = [one, other].map((remote) =>
      remote.subscribe(({ segment }) => {
        if (!segments.has(segment!)) segment!.attach(); // as a sink does
        segments.add(segment!);
      }),
    );
    await until(() => segments.size === 2 && [...segments].every((segment) => !segment.freezable));
    for (const reading of readings) reading.unsubscribe();
  });

  it('is closed by unsubscribing', async () => {
    const source$ = new Subject<Sample>();
    const { remote } = connect(source$);
    const reading = remote.subscribe();
    await until(() => source$.observed);
    reading.unsubscribe();
    await until(() => !source$.observed);
  });

  it('fails with its own error, behind the samples that came before', async () => {
    const source$ = new Subject<Sample>();
    const { remote } = connect(source$);
    const segment = new Segment();
    const held = new SampleQueue();
    let failure: unknown;
    remote.subscribe({ next: (it) => held.push(it), error: (error: unknown) => (failure = error) });
    await until(() => source$.observed);
    for (let i = 0; i < 60; i++) source$.next(sample(i, segment));
    source$.error(new SourceError('ERR_SOURCE_STALLED', 'mine', 'mine fell silent', { retryable: true }));
    await until(() => held.length === 50);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(failure).toBeUndefined();
    while (held.length > 0 || failure === undefined) {
      held.shift();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(failure).toBeInstanceOf(SourceError);
    expect(failure).toMatchObject({ code: 'ERR_SOURCE_STALLED', source: 'mine', retryable: true });
  });

  it('fails when its thread lets go of it, and cannot be opened again', async () => {
    const { remote, dispose } = connect(new Subject<Sample>());
    const first = remote.forEach(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    dispose();
    await expect(first).rejects.toMatchObject({ code: 'ERR_SOURCE_UNREADABLE' });
    await expect(remote.forEach(() => undefined)).rejects.toBeInstanceOf(SourceError);
  });
});
