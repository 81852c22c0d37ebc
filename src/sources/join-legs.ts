import { Observable, Subscription } from 'rxjs';
import type { MediaKind, Sample } from '../core/sample.ts';
import { Segment, type SegmentOptions } from '../core/segment.ts';
import { ReadValve } from '../ffmpeg/read-valve.ts';
import type { Demuxer, DemuxerOptions } from '../media/demuxer.ts';

/** One kind of media, with a reader of its own. */
export interface OwnLeg {
  readonly kind: MediaKind;
  /** The bytes. They obey the valve, and the first chunk comes asynchronously. */
  readonly chunks: (valve: ReadValve) => Observable<Uint8Array>;
  readonly demuxer: (options: DemuxerOptions) => Demuxer;
  /** Moves a sample to its place in source time. Default: as it is. */
  readonly place?: ((sample: Sample) => Sample) | undefined;
  /** It may have no end of its own: it goes no further than the others, and ends with them. */
  readonly endless?: boolean | undefined;
}

export interface JoinLegsOptions extends Pick<SegmentOptions, 'reason' | 'live'> {
  readonly legs: readonly OwnLeg[];
  /** Open all at once. Default false: each when the one before it has delivered. */
  readonly parallel?: boolean | undefined;
}

/** One leg while it is read. */
interface Reader {
  readonly leg: OwnLeg;
  readonly valve: ReadValve;
  readonly reading: Subscription;
  /** What was read and may not be emitted yet: what is left of one chunk. */
  readonly backlog: Sample[];
  state: 'closed' | 'open' | 'ended' | 'failed' | 'done';
  error?: unknown;
  /** Source time at which the last sample ends that was emitted. */
  endUs: number;
}

/**
 * One opening of legs that are read apart from each other, as a source of one {@link Segment}.
 *
 * - Begins when each leg has something, or has ended, so that they begin together.
 * - While the segment is full of one kind, nothing of that kind is emitted, and its leg is not read.
 * - Completes when all legs have ended. One without an end of its own ends with the longest of the others; if there are
 *   only such legs, the first that ends after all ends the others.
 * - The failure of one leg closes the others. It comes after the samples of that leg that were read before it.
 */
export function joinLegs(options: JoinLegsOptions): Observable<Sample> {
  return new Observable((subscriber) => {
    const segment = new Segment({ reason: options.reason, live: options.live, onRoom: pump });
    const readers = options.legs.map(createReader);
    const bounded = readers.filter(({ leg }) => !leg.endless);
    let begun = false;
    let pumping = false;
    let again = false;

    /** Does whatever can be done now. May be called from within `next`, by who made room there. */
    function pump(): void {
      again = true;
      if (pumping) return;
      pumping = true;
      while (again && !subscriber.closed) {
        again = false;
        if (begun) proceed();
        else begin();
        for (const { state, valve, backlog } of readers) {
          if (state === 'open' && backlog.length === 0) valve.open();
          else valve.close();
        }
      }
      pumping = false;
    }

    function begin(): void {
      for (const reader of readers) {
        if (reader.state === 'closed') open(reader);
        if (reader.state === 'failed' && reader.backlog.length === 0) return subscriber.error(reader.error);
        if (!options.parallel && !hasBegun(reader)) return;
      }
      begun = again = readers.every(hasBegun);
    }

    function open(reader: Reader): void {
      const { chunks, demuxer: create, place = (sample: Sample) => sample } = reader.leg;
      const demuxer = create({ segment, onSample: (sample) => reader.backlog.push(place(sample)) });
      reader.state = 'open';
      reader.reading.add(
        chunks(reader.valve).subscribe({
          next(chunk) {
            if (reader.state === 'open') attempt(reader, () => demuxer.push(chunk));
            pump();
          },
          error(error: unknown) {
            if (reader.state === 'open') fail(reader, error);
            pump();
          },
          complete() {
            if (reader.state === 'open') {
              reader.state = 'ended';
              attempt(reader, () => demuxer.end());
            }
            pump();
          },
        }),
      );
    }

    function proceed(): void {
      const { us: horizonUs, final } = horizon();
      for (const reader of readers) emit(reader, reader.leg.endless ? horizonUs : Infinity);
      if (subscriber.closed) return;
      for (const reader of readers) {
        const { state, backlog, leg, endUs } = reader;
        if (state === 'failed' && backlog.length === 0) return subscriber.error(reader.error);
        // Of what is live, nobody knows when the rest would come.
        const isCut = leg.endless && final && (segment.live || (backlog[0]?.ptsUs ?? endUs) >= horizonUs);
        if (state === 'done' || (!isCut && (state !== 'ended' || backlog.length > 0))) continue;
        reader.state = 'done';
        again = true;
      }
      if (readers.every(isDone)) subscriber.complete();
    }

    /** How far a leg without an end of its own may go by now, and whether that is for good. */
    function horizon(): { us: number; final: boolean } {
      if (bounded.length > 0) {
        return { us: Math.max(...bounded.map(({ endUs }) => endUs)), final: bounded.every(isDone) };
      }
      const done = readers.filter(isDone);
      return { us: Math.min(...done.map(({ endUs }) => endUs)), final: done.length > 0 };
    }

    function emit(reader: Reader, untilUs: number): void {
      const { backlog, leg } = reader;
      let taken = 0;
      while (taken < backlog.length && backlog[taken]!.ptsUs < untilUs && !segment.full(leg.kind)) {
        const sample = backlog[taken++]!;
        reader.endUs = sample.ptsUs + sample.durationUs;
        subscriber.next(sample);
        if (subscriber.closed) return;
      }
      backlog.splice(0, taken);
      again ||= taken > 0;
    }

    pump();
    return () => {
      for (const { reading, backlog } of readers) {
        reading.unsubscribe();
        backlog.length = 0;
      }
    };
  });
}

function createReader(leg: OwnLeg): Reader {
  return { leg, valve: new ReadValve(), reading: new Subscription(), backlog: [], state: 'closed', endUs: -Infinity };
}

function attempt(reader: Reader, parse: () => void): void {
  try {
    parse();
  } catch (error) {
    fail(reader, error);
  }
}

function fail(reader: Reader, error: unknown): void {
  reader.state = 'failed';
  reader.error = error;
  reader.reading.unsubscribe();
}

function hasBegun({ state, backlog }: Reader): boolean {
  return state === 'ended' || backlog.length > 0;
}

function isDone({ state }: Reader): boolean {
  return state === 'done';
}
