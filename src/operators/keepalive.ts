import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { OptionError } from '../core/errors.ts';
import { processClock } from '../core/process-clock.ts';
import { AUDIO_GRID_US, ceilToGrid, type PacedSample } from '../core/sample.ts';
import { silentFrame } from '../media/silence.ts';

export interface KeepaliveOptions {
  /**
   * How long audio may be absent before a silent sample stands in for it, in milliseconds, and how often after that.
   * Default 10,000: often enough to be remembered, seldom enough to be silence. 20 fills every gap without a hole, which
   * is what a server that hangs up on silence needs. (A {@link toRtmp} sink does that by itself.)
   */
  everyMs?: number | undefined;
  /** Default: the clock of the process. */
  clock?: MediaClock | undefined;
}

/**
 * A silent sample is sent this much after its due time: {@link pace} lets a real one be up to 200 ms late, and it must
 * still find its time free.
 */
const PATIENCE_US = 200_000 + AUDIO_GRID_US;

type Silence = Omit<PacedSample, 'dueUs'>;

const LIKE_ALL = { kind: 'audio', ptsUs: 0, keyframe: true } as const;
const SILENT_OPUS: Silence = { ...LIKE_ALL, ...silentFrame('opus') };

/**
 * Sends a silent sample now and then while there is no audio, so that nobody downstream forgets the stream.
 *
 * ```text
 * source    -a-----------------------b----|
 *              keepalive({ everyMs: 80 })
 * result    -a--------------s---s---s(ssb)|     s: 20 ms of silence
 * ```
 *
 * - Real samples pass unchanged and at once. Silence is of the same codec, lies on the same 20 ms grid (AAC: at the end of
 *   the last frame) and never overlaps them: it is sent 220 ms after it is due, or just before the next real sample.
 * - Starts with the first audio sample: before it there is nothing to keep alive.
 * - Completes and errors with the source.
 *
 * @example
 * fromUrl(radio).pipe(pace(), pauseGate(paused$), keepalive()).subscribe(toWebRtcTrack(track));
 */
export function keepalive(options: KeepaliveOptions = {}): MonoTypeOperatorFunction<PacedSample> {
  const { everyMs = 10_000, clock = processClock } = options;
  if (!(everyMs >= 20)) throw new OptionError('options.everyMs', everyMs, 'at least 20 (one Opus frame)');
  const everyUs = everyMs * 1000;
  return (source) =>
    new Observable((subscriber) => {
      /** When the next silent sample is due, on the grid. */
      let silenceDueUs = Infinity;
      /** What stands in for sound, like the last that came. */
      let silence: Silence | undefined;
      let gridUs = AUDIO_GRID_US;
      const task: ClockTask = { run: sendSilence };

      function learnFrom(sample: PacedSample): void {
        if (sample.codec === 'opus' && silence === SILENT_OPUS) return;
        // AAC has frames of its own length, and no grid.
        gridUs = sample.codec === 'aac' ? 1 : AUDIO_GRID_US;
        silence = sample.codec === 'aac' ? { ...LIKE_ALL, ...silentFrame('aac', sample.data) } : SILENT_OPUS;
      }

      function expectAfter(startUs: number, endUs: number): void {
        silenceDueUs = ceilToGrid(Math.max(startUs + everyUs, endUs), gridUs, clock.gridOffsetUs);
        clock.arm(task, silenceDueUs + PATIENCE_US);
      }

      function sendSilence(): void {
        const dueUs = silenceDueUs;
        expectAfter(dueUs, dueUs + silence!.durationUs);
        subscriber.next({ ...silence!, dueUs });
      }

      /** What was not sent yet for patience's sake. */
      function fillUntil(dueUs: number): void {
        while (silence && silenceDueUs + silence.durationUs <= dueUs && !subscriber.closed) sendSilence();
      }

      subscriber.add(() => clock.disarm(task));
      subscriber.add(
        source.subscribe({
          next(sample) {
            if (sample.kind === 'audio') {
              fillUntil(sample.dueUs);
              learnFrom(sample);
              expectAfter(sample.dueUs, sample.dueUs + sample.durationUs);
            }
            subscriber.next(sample);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
