import type { Subscriber } from 'rxjs';
import { match } from 'ts-pattern';
import type { MediaKind, Sample } from '../core/sample.ts';
import { type FreezeWatcher, Segment } from '../core/segment.ts';
import { unpackSamples } from './sample-batch.ts';
import type { OpeningMessage, OpeningRequest, SegmentFacts } from './source-messages.ts';
import { unpackError } from './wire-error.ts';

/** One opening of a source that is in another thread. */
export interface RemoteOpening {
  receive(message: OpeningMessage): void;
}

interface Known {
  readonly segment: Segment;
  /** Undoes what makes it shared. */
  unshare?: (() => void) | undefined;
}

/**
 * Emits what comes from the thread of the source, as a source here does: nothing of a kind while its segment is full of it.
 * What was emitted is reported as taken, and so is every freeze. An end waits behind what came before it.
 */
export function createRemoteOpening(
  subscriber: Subscriber<Sample>,
  post: (request: OpeningRequest) => void,
): RemoteOpening {
  const known = new Map<number, Known>();
  const backlog: Record<MediaKind, Sample[]> = { audio: [], video: [] };
  let end: (() => void) | undefined;
  let pumping = false;
  let again = false;

  function learn({ number, originUs, rate, ...facts }: SegmentFacts): void {
    const segment = new Segment({ ...facts, positionUs: (ptsUs) => originUs + ptsUs * rate, onRoom: pump });
    const watcher: FreezeWatcher = {
      froze: () => post({ type: 'freeze', segment: number }),
      thawed: () => post({ type: 'thaw', segment: number }),
    };
    segment.watch(watcher);
    known.set(number, { segment });
  }

  function share(number: number, shared: boolean): void {
    const entry = known.get(number);
    if (!entry) return;
    entry.unshare?.();
    entry.unshare = shared ? entry.segment.attach() : undefined;
  }

  /** May be called from within `next`, by who made room there. */
  function pump(): void {
    again = true;
    if (pumping) return;
    pumping = true;
    const counts = { audio: 0, video: 0 };
    while (again && !subscriber.closed) {
      again = false;
      counts.audio += emit(backlog.audio);
      counts.video += emit(backlog.video);
    }
    pumping = false;
    if (subscriber.closed) return;
    if (counts.audio + counts.video > 0) post({ type: 'taken', counts });
    if (backlog.audio.length + backlog.video.length === 0) end?.();
  }

  /** Emits what there is room for; returns how much that was. */
  function emit(samples: Sample[]): number {
    let taken = 0;
    for (const sample of samples) {
      if (subscriber.closed || sample.segment?.full(sample.kind)) break;
      taken++;
      subscriber.next(sample);
    }
    samples.splice(0, taken);
    return taken;
  }

  return {
    receive: (message) =>
      match(message)
        .with({ type: 'segment' }, ({ segment }) => learn(segment))
        .with({ type: 'forget' }, ({ segment }) => void known.delete(segment))
        .with({ type: 'shared' }, ({ segment, shared }) => share(segment, shared))
        .with({ type: 'samples' }, ({ batch }) => {
          const samples = unpackSamples(batch, (number) => known.get(number)!.segment);
          for (const sample of samples) backlog[sample.kind].push(sample);
          pump();
        })
        .with({ type: 'error' }, ({ error }) => {
          end = () => subscriber.error(unpackError(error));
          pump();
        })
        .with({ type: 'complete' }, () => {
          end = () => subscriber.complete();
          pump();
        })
        .exhaustive(),
  };
}
