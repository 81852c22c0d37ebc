import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import type { MediaKind, Sample } from '../core/sample.ts';
import { type BreakReason, Segment, type VideoRate } from '../core/segment.ts';

/** What {@link createFakeSource} delivers. */
export interface FakeSourceOptions {
  /** Default `'audio'`. */
  kind?: MediaKind | undefined;
  /** Length of each sample in milliseconds. Default 20. */
  durationMs?: number | undefined;
  /** How many samples there are. Default: without end. */
  count?: number | undefined;
  /** Media time of the first sample in milliseconds. Default 0. */
  startMs?: number | undefined;
  /** Bytes of each sample. Default 320. */
  bytes?: number | undefined;
  /** Every n-th frame of video is a keyframe. Default 1. */
  keyframeEvery?: number | undefined;
  live?: boolean | undefined;
  reason?: BreakReason | undefined;
  /** What it says that its video was encoded to. */
  videoRate?: VideoRate | undefined;
  /** After this many samples the source fails with `error`. */
  failAfter?: number | undefined;
  /** Default `new Error('source failed')`. */
  error?: unknown;
  /** How long opening takes, on `scheduler`. Default: the first samples come synchronously. */
  delayMs?: number | undefined;
  /** Default: real time. */
  scheduler?: SchedulerLike | undefined;
}

/** What happened to a fake source, over all its subscriptions. */
export interface FakeSourceLog {
  /** Samples read, as if from a file. */
  read: number;
  opened: number;
  closed: number;
}

/** A source that keeps a log of what was done with it. */
export interface FakeSource extends Observable<Sample> {
  readonly log: FakeSourceLog;
}

/**
 * A source that behaves as a file does: it reads while its segment is not full, and not a sample further. Counts what was
 * read, opened and closed.
 */
export function createFakeSource(options: FakeSourceOptions = {}): FakeSource {
  const { kind = 'audio', durationMs = 20, count = Infinity, startMs = 0, bytes = 320 } = options;
  const { keyframeEvery = 1, failAfter = Infinity, delayMs, scheduler = asyncScheduler } = options;
  const log: FakeSourceLog = { read: 0, opened: 0, closed: 0 };
  const durationUs = durationMs * 1000;

  const source = new Observable<Sample>((subscriber) => {
    const { live, reason, videoRate } = options;
    const segment = new Segment({ live, reason, videoRate, onRoom: read });
    let index = 0;
    let open = delayMs === undefined;
    let reading = false;
    log.opened++;

    function read(): void {
      if (reading || !open) return;
      reading = true;
      while (!subscriber.closed && !segment.full(kind)) {
        if (index >= failAfter) subscriber.error(options.error ?? new Error('source failed'));
        else if (index >= count) subscriber.complete();
        else subscriber.next(sampleAt(index++, segment));
      }
      reading = false;
    }

    function sampleAt(n: number, from: Segment): Sample {
      log.read++;
      return {
        kind,
        codec: kind === 'audio' ? 'opus' : 'vp8',
        data: new Uint8Array(bytes),
        ptsUs: startMs * 1000 + n * durationUs,
        durationUs,
        keyframe: kind === 'audio' || n % keyframeEvery === 0,
        segment: from,
      };
    }

    subscriber.add(() => {
      log.closed++;
    });
    if (delayMs === undefined) return read();
    subscriber.add(
      scheduler.schedule(() => {
        open = true;
        read();
      }, delayMs),
    );
  });
  return Object.assign(source, { log });
}
