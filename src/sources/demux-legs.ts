import { Observable, Subscription } from 'rxjs';
import type { MediaKind, Sample } from '../core/sample.ts';
import { Segment, type SegmentOptions } from '../core/segment.ts';
import { ReadValve } from '../ffmpeg/read-valve.ts';
import type { OutputChunk } from '../ffmpeg/run-ffmpeg.ts';
import type { Demuxer, DemuxerOptions } from '../media/demuxer.ts';
import { createLegBacklog, type LegBacklog } from './leg-backlog.ts';

/** One kind of media of a source, and how to read it. */
export interface MediaLeg {
  readonly kind: MediaKind;
  readonly demuxer: (options: DemuxerOptions) => Demuxer;
  /** Moves a sample to its place in source time, or drops it. Default: as it is. */
  readonly place?: ((sample: Sample) => Sample | undefined) | undefined;
}

export interface DemuxLegsOptions extends Pick<SegmentOptions, 'reason' | 'live' | 'positionUs' | 'videoRate'> {
  readonly legs: readonly MediaLeg[];
  /**
   * How much sound has to wait downstream, in microseconds, where the rest is there at once; until the end is near: whatever
   * comes next may take its time to begin. Default a second.
   */
  readonly aheadUs?: number | undefined;
  /** A chunk is written over when all samples of it have been emitted. Default false. */
  readonly reusesChunks?: boolean | undefined;
  /** The bytes of each leg, by its index. They obey its valve, and the first chunk comes asynchronously. */
  chunks: (valves: readonly ReadValve[]) => Observable<OutputChunk>;
}

/** While one leg has nothing yet, the other waits for it with no more than this: one chunk of sound may hold four seconds. */
const HEAD_START_US = 5_000_000;
/** What a leg that is full keeps back while another one starves: files are not always well interleaved. */
const MAX_BACKLOG_US = 10_000_000;
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
/** The last frame of a leg that ended earlier is known only at the end of all: then it is history. */
const TOO_LATE_US = 200_000;

interface Leg {
  readonly kind: MediaKind;
  readonly valve: ReadValve;
  readonly backlog: LegBacklog;
  readonly demuxer: Demuxer;
  lastPtsUs: number;
}

/**
 * One opening of a source of one kind of media or two: bytes to samples of a new {@link Segment}, under back-pressure.
 *
 * - While the segment is full of one kind, nothing of that kind is emitted, and its valve is closed; unless the other kind
 *   has run dry, for then what it waits for may stand behind what nobody wants yet. What is kept back here meanwhile is
 *   no more than 10 s or 8 MiB; otherwise, it is what is left of one chunk.
 * - Begins when all legs have something, so that they begin together; at the latest when one is 5 s ahead.
 * - Errors of the bytes and of the demultiplexers come after the samples that were read before them.
 * - May emit from within {@link SampleQueue.shift}, when that makes room.
 */
export function demuxLegs(options: DemuxLegsOptions): Observable<Sample> {
  return new Observable((subscriber) => {
    let end: { error?: unknown } | undefined;
    let pumping = false;
    let begun = options.legs.length === 1;
    let ending = false;
    const reading = new Subscription();
    const { reason, live, positionUs, videoRate } = options;
    const segment = new Segment({ reason, live, positionUs, videoRate, onRoom: pump });
    segment.limit(options.aheadUs);
    const legs = options.legs.map(createLeg);

    function createLeg({ kind, demuxer, place = (sample) => sample }: MediaLeg): Leg {
      const backlog = createLegBacklog({ copies: options.reusesChunks });
      const leg: Leg = {
        kind,
        backlog,
        valve: new ReadValve(),
        lastPtsUs: -Infinity,
        demuxer: demuxer({
          segment,
          onSample(sample) {
            const placed = place(sample);
            if (!placed || (ending && isHistory(leg, placed))) return;
            leg.lastPtsUs = placed.ptsUs;
            backlog.push(placed);
          },
        }),
      };
      return leg;
    }

    function isHistory(leg: Leg, sample: Sample): boolean {
      return legs.some((other) => other !== leg && other.lastPtsUs > sample.ptsUs + TOO_LATE_US);
    }

    function pump(): void {
      if (pumping) return;
      pumping = true;
      for (let leg = nextLeg(); leg && !subscriber.closed; leg = nextLeg()) subscriber.next(leg.backlog.shift()!);
      pumping = false;
      if (subscriber.closed) return;
      if (!end || legs.some(({ backlog }) => !backlog.empty)) {
        for (const leg of legs) turnValve(leg);
      } else if ('error' in end) subscriber.error(end.error);
      else subscriber.complete();
    }

    /** The leg whose turn it is: of those that may go on, the one that is behind. */
    function nextLeg(): Leg | undefined {
      begun ||= end !== undefined || legs.every(({ backlog }) => !backlog.empty) || legs.some(isAhead);
      if (!begun) return undefined;
      let next: Leg | undefined;
      for (const leg of legs) {
        const { nextPtsUs } = leg.backlog;
        if (nextPtsUs === undefined || segment.full(leg.kind)) continue;
        if (!next || nextPtsUs < next.backlog.nextPtsUs!) next = leg;
      }
      return next;
    }

    function turnValve(leg: Leg): void {
      const { backlog, valve } = leg;
      const starves = (other: Leg): boolean => other !== leg && other.backlog.empty && !segment.full(other.kind);
      const mayPile = backlog.durationUs < MAX_BACKLOG_US && backlog.bytes < MAX_BACKLOG_BYTES;
      if (backlog.empty || (mayPile && legs.some(starves))) valve.open();
      else valve.close();
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
      options.chunks(legs.map(({ valve }) => valve)).subscribe({
        next({ output, bytes }) {
          if (end) return;
          if (!attempt(() => legs[output]!.demuxer.push(bytes))) reading.unsubscribe();
          pump();
        },
        error(error: unknown) {
          end ??= { error };
          pump();
        },
        complete() {
          ending = true;
          segment.limit(undefined);
          if (!end && legs.every(({ demuxer }) => attempt(() => demuxer.end()))) end = {};
          pump();
        },
      }),
    );
    return () => {
      reading.unsubscribe();
      for (const { backlog } of legs) backlog.clear();
    };
  });
}

function isAhead({ backlog }: Leg): boolean {
  return backlog.durationUs >= HEAD_START_US || backlog.bytes >= MAX_BACKLOG_BYTES;
}
