import { Observable, type OperatorFunction, Subscription } from 'rxjs';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { MediaKind, PacedSample, Sample } from '../core/sample.ts';
import { Segment } from '../core/segment.ts';
import { PaceLeg } from './pace-leg.ts';
import { Timelines } from './timeline.ts';

export interface PaceOptions {
  /** The time to pace by. Default: the clock of the process. */
  clock?: MediaClock | undefined;
  /**
   * Told when a timeline is anchored (debug), and when time was lost (warn): a source was silent for more than 200 ms, or a
   * timer was more than 2 s late. Default: silent.
   */
  logger?: Logger | undefined;
}

/**
 * Lets every sample leave at its time, and writes that time on it. It is the only way from a {@link Sample} to a
 * {@link PacedSample}.
 *
 * ```text
 * source  (abc|)
 *              pace()
 * result  a-b-c-|          a, b, c of two frames each
 * ```
 *
 * - Due times are absolute: an anchor per segment, shared by audio and video, plus pts; the anchor lies on a 20 ms grid.
 *   A late timer is made up for at once, up to 2 s; a source that was silent for more than 200 ms is not: what follows
 *   is due from then on, so it never bursts.
 * - A new segment joins where the last one ends, or starts now. So does what follows a step back in pts, or a step
 *   forward of more than 5 s in a segment of one kind.
 * - Holds what is not due yet; the source stops reading when that is 1 s of audio or 2 s of video.
 * - Completes at the end of the last sample's duration. An error waits until what is queued has left.
 *
 * @example
 * fromFile('song.mp3').pipe(pace()).subscribe(toWebRtcTrack(track));
 * @see {@link pauseGate} to hold paced samples back
 */
export function pace(options: PaceOptions = {}): OperatorFunction<Sample, PacedSample> {
  const { clock = processClock, logger = silentLogger } = options;
  return (source) =>
    new Observable((subscriber) => {
      const timelines = new Timelines(clock, schedule);
      let audio: PaceLeg | undefined;
      let video: PaceLeg | undefined;
      const task: ClockTask = { run: sendDue };
      let sending = false;
      let dueUs = Infinity;
      let end: (() => void) | undefined;
      let failed = false;
      /** For samples that have none, so that these too can be held back and stopped. */
      const ownSegment = new Segment();

      /** Arms the clock for the next thing to do. While sending, the loop in {@link sendDue} looks by itself. */
      function schedule(): void {
        if (sending || subscriber.closed) return;
        const nowUs = clock.nowUs();
        if (chooseNext(nowUs)?.mayLeave(dueUs, nowUs)) sendDue();
        else waitForNext(nowUs);
      }

      function waitForNext(nowUs: number): void {
        if (dueUs !== Infinity) {
          clock.arm(task, dueUs);
          return;
        }
        clock.disarm(task);
        if (end && (audio?.empty ?? true) && (video?.empty ?? true)) finish(end, nowUs);
      }

      /** The leg whose head is due first, if any is; leaves that time in `dueUs`. */
      function chooseNext(nowUs: number): PaceLeg | undefined {
        const audioDueUs = audio?.dueUs(nowUs) ?? Infinity;
        const videoDueUs = video?.dueUs(nowUs) ?? Infinity;
        dueUs = Math.min(audioDueUs, videoDueUs);
        if (dueUs === Infinity) return undefined;
        return audioDueUs <= videoDueUs ? audio : video;
      }

      function sendDue(): void {
        sending = true;
        let nowUs = 0;
        while (!subscriber.closed) {
          nowUs = clock.nowUs();
          const leg = chooseNext(nowUs);
          if (!leg?.mayLeave(dueUs, nowUs)) break;
          const sentDueUs = dueUs;
          subscriber.next(withDueTime(leg.head()!, sentDueUs));
          if (!subscriber.closed) leg.shift(sentDueUs);
        }
        sending = false;
        if (!subscriber.closed) waitForNext(nowUs);
      }

      function finish(close: () => void, nowUs: number): void {
        const endUs = Math.max(audio?.endUs ?? 0, video?.endUs ?? 0);
        if (failed || endUs <= nowUs) close();
        else clock.arm(task, endUs);
      }

      function legOf(kind: MediaKind): PaceLeg {
        if (kind === 'audio') return (audio ??= new PaceLeg('audio', timelines, logger));
        return (video ??= new PaceLeg('video', timelines, logger));
      }

      // Upstream is unsubscribed first: clearing the queues wakes whoever fills them.
      const upstream = new Subscription();
      subscriber.add(upstream);
      subscriber.add(() => {
        clock.disarm(task);
        audio?.clear();
        video?.clear();
        timelines.clear();
      });
      upstream.add(
        source.subscribe({
          next(sample) {
            const leg = legOf(sample.kind);
            const wasEmpty = leg.empty;
            leg.push(sample.segment ? sample : { ...sample, segment: ownSegment });
            if (wasEmpty) schedule();
          },
          error(error: unknown) {
            failed = true;
            end = () => subscriber.error(error);
            schedule();
          },
          complete() {
            end = () => subscriber.complete();
            schedule();
          },
        }),
      );
    });
}

function withDueTime(sample: Sample, dueUs: number): PacedSample {
  const { kind, codec, data, ptsUs, durationUs, keyframe, segment } = sample;
  return { kind, codec, data, ptsUs, durationUs, keyframe, segment, dueUs };
}
