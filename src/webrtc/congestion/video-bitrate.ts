import { BehaviorSubject, type Observable } from 'rxjs';
import type { MediaClock } from '../../core/media-clock.ts';
import type { AcknowledgedPacket } from '../rtp/transport-log.ts';
import { CongestionController, type VideoBitrateBounds } from './congestion-controller.ts';

/** Steps in which the target is told, in bit/s. */
const STEP = 1000;

/** The bitrate that video of one session should have, as an Observable. Feedback is looked at once there is video. */
export class VideoBitrate {
  /** In bit/s; replays. Completes with the session. */
  readonly target$: Observable<number>;
  readonly #clock: MediaClock;
  readonly #bounds: VideoBitrateBounds;
  readonly #target$: BehaviorSubject<number>;
  #controller: CongestionController;
  #hasVideo = false;
  #heard = false;

  constructor(clock: MediaClock, bounds: VideoBitrateBounds = {}) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#controller = new CongestionController(bounds);
    this.#target$ = new BehaviorSubject(this.#controller.videoTarget(0));
    this.target$ = this.#target$.asObservable();
  }

  get target(): number {
    return this.#target$.value;
  }

  /** What the path carries, in bit/s, as far as that is of use; null before anything was heard of it. */
  get estimate(): number | null {
    return this.#heard ? this.#controller.estimate(this.#nowMs()) : null;
  }

  /** There is video from now on. */
  begin(): void {
    this.#hasVideo = true;
  }

  /** Another path: what is known of the former one does not count. */
  reset(): void {
    this.#controller = new CongestionController(this.#bounds);
    this.#heard = false;
    this.#tell();
  }

  acknowledge(packets: readonly AcknowledgedPacket[]): void {
    this.#hear((nowMs) => this.#controller.acknowledge(packets, nowMs));
  }

  /** `share` of 1 is everything. */
  reportLoss(share: number): void {
    this.#hear((nowMs) => this.#controller.reportLoss(share, nowMs));
  }

  limit(bitsPerSecond: number): void {
    this.#hear((nowMs) => this.#controller.limit(bitsPerSecond, nowMs));
  }

  close(): void {
    this.#target$.complete();
  }

  #hear(listen: (nowMs: number) => void): void {
    if (!this.#hasVideo) return;
    this.#heard = true;
    listen(this.#nowMs());
    this.#tell();
  }

  #tell(): void {
    const target = Math.round(this.#controller.videoTarget(this.#nowMs()) / STEP) * STEP;
    if (target !== this.target) this.#target$.next(target);
  }

  #nowMs(): number {
    return this.#clock.nowUs() / 1000;
  }
}
