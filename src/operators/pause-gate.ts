import { Observable, type OperatorFunction, Subscription } from 'rxjs';
import type { MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import { AUDIO_GRID_US, ceilToGrid, type PacedSample, type Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import type { Segment } from '../core/segment.ts';
import { RisingTimes } from './rising-times.ts';

export interface PauseGateOptions {
  /** The clock that paced the samples; those held here become due when they leave. Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/**
 * Holds samples back while `paused$` is true, and stops the time of their segment, so that `pace` and the source stop too.
 * Nothing is lost and nothing bursts: what comes after resumes where it stopped.
 *
 * ```text
 * source    -a-b-c-d-------e-|
 * paused$   f----t---f--------
 *                pauseGate(paused$)
 * result    -a-b-----(cd)--e-|      what came meanwhile leaves on resume
 * ```
 *
 * - After {@link pace}, hardly anything comes meanwhile, for the segment's time stands still. Before it, the same, except
 *   in the last second of a source: once it has completed, a gate before `pace` is done.
 * - Not paused until `paused$` first emits.
 * - A live segment cannot wait, nor can one that several sinks take: its samples are dropped, counted in `onDrop`, and
 *   video goes on at the next keyframe.
 * - Over a switch while paused, due times rise all the same: audio whose time is taken is dropped, too, and video moved.
 * - Completes with the source, or on resume if it still holds samples; an error of either input errors the result at once.
 *   The end of `paused$` leaves the gate as it is.
 *
 * @example
 * fromFile('film.mkv').pipe(pace(), pauseGate(paused$)).subscribe(toWebRtcTrack(track));
 * @see {@link mute} to keep the timing and send silence
 */
export function pauseGate<T extends Sample>(
  paused$: Observable<boolean>,
  options: PauseGateOptions & { onDrop?: ((sample: T) => void) | undefined } = {},
): OperatorFunction<T, T> {
  const { clock = processClock, onDrop } = options;
  return (source) =>
    new Observable((subscriber) => {
      const held = new SampleQueue<T>();
      const frozen = new Set<Segment>();
      const rising = new RisingTimes();
      let presentAudio: Segment | undefined;
      let presentVideo: Segment | undefined;
      let paused = false;
      let ended = false;
      /** Video was dropped: what follows does not decode before the next keyframe. */
      let awaitsKeyframe = false;

      function pause(): void {
        paused = true;
        freeze(presentAudio);
        freeze(presentVideo);
      }

      function freeze(segment: Segment | undefined): void {
        if (!segment?.freezable || frozen.has(segment)) return;
        // Before it takes effect: whoever is told may make room, and the source may deliver from within.
        frozen.add(segment);
        segment.freeze();
      }

      function thaw(): void {
        const segments = [...frozen];
        frozen.clear();
        for (const segment of segments) segment.thaw();
      }

      function resume(): void {
        paused = false;
        const nowUs = clock.nowUs();
        while (held.length > 0 && !paused && !subscriber.closed) {
          emit(dueFrom(held.peek()!, ceilToGrid(nowUs, AUDIO_GRID_US, clock.gridOffsetUs)));
          if (!subscriber.closed) held.shift();
        }
        if (paused || subscriber.closed) return;
        thaw();
        if (ended) subscriber.complete();
      }

      function pass(sample: T): void {
        if (awaitsKeyframe && sample.kind === 'video') {
          if (!sample.keyframe) return drop(sample);
          awaitsKeyframe = false;
        }
        emit(sample);
      }

      /** After a switch while paused, what was held of the old source and the first of the new one may want the same time. */
      function emit(sample: T): void {
        const placed = rising.place(sample);
        if (placed) subscriber.next(placed);
        else drop(sample);
      }

      function drop(sample: T): void {
        if (sample.kind === 'video') awaitsKeyframe = true;
        onDrop?.(sample);
      }

      // The source is unsubscribed first: clearing the queue wakes it.
      const upstream = new Subscription();
      subscriber.add(upstream);
      subscriber.add(() => {
        held.clear();
        thaw();
      });
      subscriber.add(
        paused$.subscribe({
          next(value) {
            if (value === paused) return;
            if (value) pause();
            else resume();
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      upstream.add(
        source.subscribe({
          next(sample) {
            if (sample.kind === 'audio') presentAudio = sample.segment;
            else presentVideo = sample.segment;
            if (paused) freeze(sample.segment);
            // On resume, what is held makes room for more, which comes at once and has to wait its turn.
            if (!paused && held.length === 0) pass(sample);
            else if (paused && sample.segment && !frozen.has(sample.segment)) drop(sample);
            else held.push(sample);
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            ended = true;
            if (held.length === 0) subscriber.complete();
          },
        }),
      );
    });
}

/** A paced sample that was held is due when it leaves; an unpaced one has no such time. */
function dueFrom<T extends Sample>(sample: T, nowUs: number): T {
  const dueUs = (sample as Partial<PacedSample>).dueUs;
  return dueUs === undefined || dueUs >= nowUs ? sample : { ...sample, dueUs: nowUs };
}
