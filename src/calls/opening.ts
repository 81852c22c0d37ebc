import { BehaviorSubject, type Observable, Subject } from 'rxjs';
import { RxcallError, SourceError } from '../core/errors.ts';
import type { MediaKind, PacedSample, Sample } from '../core/sample.ts';
import type { Playback } from './call-state.ts';

/** One opening of one source. A playback has several when it was seeked in. */
export interface Opening {
  readonly playback: Playback;
  readonly source: Observable<Sample>;
  readonly startMs: number;
  readonly stop$: Subject<void>;
  /**
   * True while it waits for the opening before it, of the same playback, to come to where it starts; nobody is told of it.
   * Undefined for one that is to play as soon as it can.
   */
  readonly waits$: BehaviorSubject<boolean> | undefined;
  /** Who waits for it to play: more than one after seeks in quick succession. */
  readonly waiters: Waiter[];
  /** What has come of it. */
  readonly kinds: Set<MediaKind>;
  sent: boolean;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export function createOpening(
  playback: Playback,
  source: Observable<Sample>,
  startMs: number,
  options: { waits?: boolean } = {},
): Opening {
  const waits$ = options.waits ? new BehaviorSubject(true) : undefined;
  return { playback, source, startMs, stop$: new Subject(), waits$, waiters: [], kinds: new Set(), sent: false };
}

/** Whether a sample is at that position of its source, or further on. */
export function isAt({ segment, ptsUs }: PacedSample, positionMs: number): boolean {
  return segment !== undefined && segment.positionUs(ptsUs) >= positionMs * 1000;
}

/** What a source failed with, as an error of ours. */
export function asRxcallError(error: unknown, label: string): RxcallError {
  if (error instanceof RxcallError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SourceError('ERR_SOURCE_UNREADABLE', label, `${label} failed: ${message}`, { cause: error });
}
