import { type Observable, type Subscriber, Subscription } from 'rxjs';
import type { OpenRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import { openSource } from './open-source.ts';
import type { PlaylistOptions } from './playlist.ts';

/** So many sources in a row that fail before their first sample, and skipping is given up. */
const MAX_FAILURES = 10;

/** One source of the list while it is open. */
interface Entry {
  readonly source: Observable<Sample>;
  readonly subscription: Subscription;
  /** What it has delivered before its turn. */
  readonly held: SampleQueue;
  delivered: boolean;
  /** Video was dropped before its turn: what follows does not decode before the next keyframe. */
  awaitsKeyframe: boolean;
  end: { readonly error?: unknown; readonly failed: boolean } | undefined;
}

/** What plays one {@link playlist} to one subscriber: the present entry and the coming one. */
export interface PlaylistDeck {
  playAll(iterator: Iterator<Observable<Sample>>): void;
  playQueue(sources: Observable<Observable<Sample>>): void;
}

export function createPlaylistDeck(
  subscriber: Subscriber<Sample>,
  request: OpenRequest,
  options: PlaylistOptions,
): PlaylistDeck {
  const { openNext = 'early', onFail = 'error', onSkip } = options;
  let next: () => Observable<Sample> | undefined = () => undefined;
  let noMore = false;
  let present: Entry | undefined;
  let coming: Entry | undefined;
  let opened = 0;
  let failures = 0;
  let advancing = false;

  // Entries are unsubscribed first: clearing what is held wakes them.
  const upstream = new Subscription();
  subscriber.add(upstream);
  subscriber.add(() => {
    present?.held.clear();
    coming?.held.clear();
  });

  function open(become: (entry: Entry) => void): void {
    const source = nextSource();
    if (!source) return;
    const reason = opened++ === 0 ? request.reason : 'fresh';
    const subscription = new Subscription();
    const entry: Entry = {
      source,
      subscription,
      held: new SampleQueue(),
      delivered: false,
      awaitsKeyframe: false,
      end: undefined,
    };
    become(entry);
    upstream.add(subscription);
    subscription.add(
      openSource(source, { ...request, reason }).subscribe({
        next: (sample) => receive(entry, sample),
        error: (error: unknown) => finish(entry, { error, failed: true }),
        complete: () => finish(entry, { failed: false }),
      }),
    );
  }

  function nextSource(): Observable<Sample> | undefined {
    try {
      return next();
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }
  }

  function receive(entry: Entry, sample: Sample): void {
    failures = 0;
    if (entry === present && entry.held.length === 0) emit(entry, sample);
    else if (sample.segment?.live) entry.awaitsKeyframe ||= sample.kind === 'video';
    else entry.held.push(sample);
  }

  function emit(entry: Entry, sample: Sample): void {
    if (entry.awaitsKeyframe && sample.kind === 'video') {
      if (!sample.keyframe) return;
      entry.awaitsKeyframe = false;
    }
    const first = !entry.delivered;
    entry.delivered = true;
    subscriber.next(sample);
    if (first) prepare();
  }

  function finish(entry: Entry, end: NonNullable<Entry['end']>): void {
    upstream.remove(entry.subscription);
    entry.end = end;
    if (entry === present) advance();
    else if (end.failed && onFail === 'skip' && entry.held.length === 0) replaceComing(entry);
  }

  /** The one that was to come next will not: another one, while there is time. */
  function replaceComing(entry: Entry): void {
    coming = undefined;
    if (settle(entry)) prepare();
  }

  function prepare(): void {
    if (openNext === 'early' && present?.delivered && !coming) open((entry) => (coming = entry));
  }

  /** Goes on to whatever is to play now; in a loop, for an entry may be over when it is opened. */
  function advance(): void {
    if (advancing) return;
    advancing = true;
    while (!subscriber.closed) {
      if (present) {
        deliverHeld(present);
        if (!present.end) break;
        if (!settle(present)) break;
      }
      present = coming;
      coming = undefined;
      if (!present) open((entry) => (present = entry));
      if (!present) break;
    }
    advancing = false;
    if (!present && noMore && !subscriber.closed) subscriber.complete();
  }

  function deliverHeld(entry: Entry): void {
    while (entry.held.length > 0 && !subscriber.closed) {
      emit(entry, entry.held.peek()!);
      if (!subscriber.closed) entry.held.shift();
    }
  }

  /** Whether the list goes on after an entry that is over. */
  function settle(entry: Entry): boolean {
    if (!entry.end?.failed) return true;
    if (onFail === 'skip' && ++failures < MAX_FAILURES) {
      onSkip?.(entry.end.error, entry.source);
      return true;
    }
    subscriber.error(entry.end.error);
    return false;
  }

  return {
    playAll(iterator) {
      next = () => {
        if (noMore) return undefined;
        const result = iterator.next();
        if (!result.done) return result.value;
        noMore = true;
        return undefined;
      };
      subscriber.add(() => {
        if (!noMore) iterator.return?.();
      });
      advance();
    },
    playQueue(sources) {
      const waiting: Observable<Sample>[] = [];
      next = () => waiting.shift();
      subscriber.add(
        sources.subscribe({
          next(source) {
            waiting.push(source);
            if (present) prepare();
            else advance();
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            noMore = true;
            if (!present) advance();
          },
        }),
      );
    },
  };
}
