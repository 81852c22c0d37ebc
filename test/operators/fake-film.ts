import { Observable, type SchedulerLike } from 'rxjs';
import { MediaSource, type ResolvedRequest } from '../../src/core/media-source.ts';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';

export interface FilmOptions {
  /** Tells its samples from those of other films. */
  readonly id: number;
  /** How many samples there are of each kind. */
  readonly counts: Readonly<Record<MediaKind, number>>;
  /** The first frame of video that is a keyframe; every fifth one is. */
  readonly firstKeyframe: number;
  readonly delayMs: number;
  /** The n-th opening fails after so many samples; undefined: it does not. */
  readonly failsAfter: readonly (number | undefined)[];
  readonly error?: unknown;
}

export interface Film extends MediaSource {
  readonly log: { opened: number; closed: number; readonly read: Record<MediaKind, number> };
}

export const DURATION_US: Readonly<Record<MediaKind, number>> = { audio: 20_000, video: 40_000 };
const KEYFRAME_EVERY = 5;

/**
 * A film as our sources give it: audio and video of one segment, each leg gated for itself, seekable. The bytes of a sample
 * name it: see {@link nameOf}.
 */
export function createFakeFilm(options: FilmOptions, scheduler: SchedulerLike): Film {
  const log: Film['log'] = { opened: 0, closed: 0, read: { audio: 0, video: 0 } };
  const media = new MediaSource({
    label: `film ${options.id}`,
    seekable: true,
    open: (request) => openFilm(options, request, scheduler, log),
  });
  return Object.assign(media, { log });
}

function openFilm(
  { counts, delayMs, failsAfter, firstKeyframe, error, id }: FilmOptions,
  { startMs, reason }: ResolvedRequest,
  scheduler: SchedulerLike,
  log: Film['log'],
): Observable<Sample> {
  return new Observable((subscriber) => {
    const segment = new Segment({ reason, onRoom: read });
    const next: Record<MediaKind, number> = { audio: firstAt('audio'), video: firstAt('video') };
    const failsAt = failsAfter[log.opened++];
    let given = 0;
    let isOpen = false;
    let reading = false;

    function firstAt(kind: MediaKind): number {
      return Math.ceil((startMs * 1000) / DURATION_US[kind]);
    }

    /** The leg that is behind, of those that have something to give and room for it. */
    function nextLeg(): MediaKind | undefined {
      const open = (['audio', 'video'] as const).filter((kind) => next[kind] < counts[kind] && !segment.full(kind));
      return open.sort((a, b) => next[a] * DURATION_US[a] - next[b] * DURATION_US[b])[0];
    }

    function read(): void {
      if (reading || !isOpen) return;
      reading = true;
      for (let kind = nextLeg(); kind && !subscriber.closed; kind = nextLeg()) {
        if (given === failsAt) subscriber.error(error);
        else give(kind);
      }
      reading = false;
      if (next.audio >= counts.audio && next.video >= counts.video) subscriber.complete();
    }

    function give(kind: MediaKind): void {
      const index = next[kind]++;
      given++;
      log.read[kind]++;
      subscriber.next({
        kind,
        codec: kind === 'audio' ? 'opus' : 'vp8',
        data: Uint8Array.of(id, index >> 8, index & 255, 0),
        ptsUs: index * DURATION_US[kind],
        durationUs: DURATION_US[kind],
        keyframe: kind === 'audio' || index % KEYFRAME_EVERY === firstKeyframe,
        segment,
      });
    }

    subscriber.add(() => {
      log.closed++;
    });
    subscriber.add(
      scheduler.schedule(() => {
        isOpen = true;
        read();
      }, delayMs),
    );
  });
}

/** Which sample it is: film and number; undefined for one that was made on the way, as silence is. */
export function nameOf({ data }: Sample): string | undefined {
  return data.length === 4 ? `${data[0]!}/${data[1]! * 256 + data[2]!}` : undefined;
}
