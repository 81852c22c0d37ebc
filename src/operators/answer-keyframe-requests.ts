import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { PacedSample } from '../core/sample.ts';
import { createKeyframeGroup } from './keyframe-group.ts';

export interface AnswerKeyframeRequestsOptions {
  /** Least time between two answers, in milliseconds. Default 1000. */
  everyMs?: number | undefined;
  /** More than this is not sent at once, in bytes. Default 512 KiB. */
  maxBytes?: number | undefined;
  /** There is video, but the last keyframe is too far back to send it all again: open the source anew at its position. */
  onUnanswered?: (() => void) | undefined;
  /** The clock that paced the samples. Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/** A source that makes keyframes this often answers by itself. */
const SOON_US = 1_000_000;
/** A source that is silent for longer is not expected to go on. */
const SILENT_US = 200_000;
/** RTP times of different frames differ by at least this; at 90 kHz, nine ticks. */
const STEP_US = 100;

/**
 * Answers requests for a picture that decodes on its own: sends the last keyframe again, and what has depended on it
 * since, at once.
 *
 * ```text
 * source      ABCD-------EFGH|     A and G are keyframes
 * requests$   -----r-----
 *                answerKeyframeRequests(requests$)
 * result      ABCD-(ABCD)EFGH|
 * ```
 *
 * - Not if the source makes a keyframe every second or more often, going by the last two.
 * - Also in a pause: who looks in then sees the picture at which it stopped.
 * - The repeated frames are due between the last one and the next; due times never step back.
 * - Completes and errors with the source; an error of `requests$` errors the result, its end changes nothing.
 *
 * @example
 * fromFile('film.webm', { video: true })
 *   .pipe(pace(), answerKeyframeRequests(track.keyframeRequests$))
 *   .subscribe(toWebRtcTrack(track));
 */
export function answerKeyframeRequests(
  requests$: Observable<unknown>,
  options: AnswerKeyframeRequestsOptions = {},
): MonoTypeOperatorFunction<PacedSample> {
  const { everyMs = 1000, maxBytes = 512 * 1024, onUnanswered, clock = processClock } = options;
  return (source) =>
    new Observable((subscriber) => {
      const group = createKeyframeGroup(maxBytes);
      let last: PacedSample | undefined;
      let keyframe: PacedSample | undefined;
      /** From one keyframe of the segment that plays to the next, the last time. */
      let intervalUs = Infinity;
      let answeredUs = -Infinity;
      /** Due time of the last frame that was sent, a repeated one included. */
      let sentUs = -Infinity;

      function note(sample: PacedSample): void {
        last = sample;
        group.push(sample);
        if (sample.segment !== keyframe?.segment) intervalUs = Infinity;
        if (!sample.keyframe) return;
        if (keyframe && keyframe.segment === sample.segment) intervalUs = sample.dueUs - keyframe.dueUs;
        keyframe = sample;
      }

      function answer(): void {
        const nowUs = clock.nowUs();
        if (!last || nowUs - answeredUs < everyMs * 1000 || comesByItself(last, nowUs)) return;
        answeredUs = nowUs;
        const frames = group.all();
        if (frames.length === 0) return onUnanswered?.();
        // The next frame keeps its time, if it is still to come: the steps fit in before it.
        const nextUs = last.dueUs + last.durationUs;
        const beginUs = nextUs > nowUs ? Math.min(nowUs, nextUs - (frames.length + 1) * STEP_US) : nowUs;
        const fromUs = Math.max(sentUs, last.dueUs, beginUs);
        frames.forEach((frame, index) => send({ ...frame, dueUs: fromUs + (index + 1) * STEP_US }));
      }

      function comesByItself(newest: PacedSample, nowUs: number): boolean {
        return intervalUs <= SOON_US && nowUs <= newest.dueUs + newest.durationUs + SILENT_US;
      }

      function send(sample: PacedSample): void {
        const dueUs = Math.max(sample.dueUs, sentUs + STEP_US);
        sentUs = dueUs;
        subscriber.next(dueUs === sample.dueUs ? sample : { ...sample, dueUs });
      }

      subscriber.add(requests$.subscribe({ next: answer, error: (error: unknown) => subscriber.error(error) }));
      subscriber.add(
        source.subscribe({
          next(sample) {
            if (sample.kind === 'audio') {
              subscriber.next(sample);
              return;
            }
            note(sample);
            send(sample);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
