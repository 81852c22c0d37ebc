import { Observable, Subscription } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { Segment, type SegmentOptions } from '../core/segment.ts';
import { ReadValve } from '../ffmpeg/read-valve.ts';
import type { Demuxer, DemuxerOptions } from '../media/demuxer.ts';

export interface DemuxChunksOptions extends Pick<SegmentOptions, 'reason' | 'live'> {
  /** The bytes. It obeys the valve, and its first chunk comes asynchronously. */
  chunks: (valve: ReadValve) => Observable<Uint8Array>;
  demuxer: (options: DemuxerOptions) => Demuxer;
  /** Moves a sample to its place in source time, or drops it. Default: as it is. */
  place?: ((sample: Sample) => Sample | undefined) | undefined;
}

/**
 * One opening of an audio source: bytes to samples of a new {@link Segment}, under back-pressure. While the segment is full
 * it emits nothing and its valve is closed; what it keeps back itself is what is left of one chunk.
 *
 * - Errors of the bytes and of the demultiplexer come after the samples that were read before them.
 * - May emit from within {@link SampleQueue.shift}, when that makes room.
 */
export function demuxChunks(options: DemuxChunksOptions): Observable<Sample> {
  const { place = (sample: Sample) => sample } = options;
  return new Observable((subscriber) => {
    const backlog: Sample[] = [];
    let taken = 0;
    let end: { error?: unknown } | undefined;
    let pumping = false;
    const reading = new Subscription();
    const segment = new Segment({ reason: options.reason, live: options.live, onRoom: pump });
    const valve = new ReadValve();
    const demuxer = options.demuxer({
      segment,
      onSample(sample) {
        const placed = place(sample);
        if (placed) backlog.push(placed);
      },
    });

    function pump(): void {
      if (pumping) return;
      pumping = true;
      while (taken < backlog.length && !subscriber.closed && !segment.full('audio')) subscriber.next(backlog[taken++]!);
      pumping = false;
      if (subscriber.closed) return;
      if (taken < backlog.length) {
        valve.close();
        return;
      }
      backlog.length = taken = 0;
      if (!end) valve.open();
      else if ('error' in end) subscriber.error(end.error);
      else subscriber.complete();
    }

    function attempt(parse: () => void): boolean {
      try {
        parse();
        return true;
      } catch (error) {
        end = { error };
        return false;
      }
    }

    reading.add(
      options.chunks(valve).subscribe({
        next(chunk) {
          if (end) return;
          if (!attempt(() => demuxer.push(chunk))) reading.unsubscribe();
          pump();
        },
        error(error: unknown) {
          end ??= { error };
          pump();
        },
        complete() {
          if (!end && attempt(() => demuxer.end())) end = {};
          pump();
        },
      }),
    );
    return () => {
      reading.unsubscribe();
      backlog.length = taken = 0;
    };
  });
}
