import { defer, map, type MonoTypeOperatorFunction, Observable, share, tap } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import type { MediaKind, PacedSample } from '../core/sample.ts';
import { Segment } from '../core/segment.ts';
import { createKeyframeGroup } from './keyframe-group.ts';

export interface BroadcastOptions {
  /**
   * How large a group of a keyframe and what depends on it may be for late subscribers to get it, in bytes; when it is
   * larger, their video begins with the next one. Default 1 MiB.
   */
  maxGroupBytes?: number | undefined;
}

/**
 * Gives one paced source to any number of subscribers, each of which is on its own: one that pauses or is slow drops what
 * it missed, and the others notice nothing. The source is read, paced and encoded once.
 *
 * ```text
 * source    A-B-----c-----D|      A is a keyframe, B and D are not
 * late      -----^
 *              broadcast()
 * result    A-B-----c-----D|
 * late      --------(ABc)-D|
 * ```
 *
 * - Its segments are live: a {@link pauseGate} behind it drops instead of stopping the source. (`share()` is lockstep: one
 *   pause would freeze all.)
 * - A late subscriber begins with the next sample, and just before it gets the video since the last keyframe, due a
 *   millisecond apart, so that there is a picture at once.
 * - Counts subscribers: the first one subscribes to the source, the last one to leave unsubscribes from it. Who comes
 *   after that, or after the end, starts the source anew. To keep it running without a call, subscribe once yourself.
 * - Completion and errors reach all subscribers. A sample is the same object for all of them.
 *
 * Throws {@link OptionError} for a negative `maxGroupBytes`.
 *
 * @example
 * const radio$ = fromUrl(radio).pipe(stall(), reconnect(), pace(), broadcast());
 * for (const track of tracks) radio$.pipe(mute(muted$)).subscribe(toWebRtcTrack(track));
 */
export function broadcast(options: BroadcastOptions = {}): MonoTypeOperatorFunction<PacedSample> {
  const { maxGroupBytes = 1024 * 1024 } = options;
  if (!(maxGroupBytes >= 0)) throw new OptionError('options.maxGroupBytes', maxGroupBytes, 'at least 0');
  return (source) => {
    const group = createKeyframeGroup(maxGroupBytes);
    const shared$ = defer(() => {
      group.clear();
      return source.pipe(map(createRestamp()));
    }).pipe(
      tap((sample) => group.push(sample)),
      share(),
    );
    return new Observable((subscriber) => {
      let joined = false;
      let awaitsKeyframe = true;

      function deliver(sample: PacedSample): void {
        if (sample.kind === 'video') {
          if (awaitsKeyframe && !sample.keyframe) return;
          awaitsKeyframe = false;
        }
        subscriber.next(sample);
      }

      function join(first: PacedSample): void {
        joined = true;
        for (const frame of group.before(first)) deliver(frame);
      }

      subscriber.add(
        shared$.subscribe({
          next(sample) {
            if (!joined) join(sample);
            if (!subscriber.closed) deliver(sample);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
  };
}

interface Stamp {
  readonly from: Segment | undefined;
  readonly to: Segment;
}

/** Puts each segment's samples on a live one, the same for both kinds. */
function createRestamp(): (sample: PacedSample) => PacedSample {
  const stamps: Record<MediaKind, Stamp | undefined> = { audio: undefined, video: undefined };

  function stampOf({ kind, segment }: PacedSample): Stamp {
    const present = stamps[kind];
    if (present && present.from === segment) return present;
    const other = stamps[kind === 'audio' ? 'video' : 'audio'];
    if (other && other.from === segment) return other;
    return { from: segment, to: new Segment({ live: true, reason: segment?.reason }) };
  }

  return (sample) => {
    const stamp = (stamps[sample.kind] = stampOf(sample));
    return { ...sample, segment: stamp.to };
  };
}
