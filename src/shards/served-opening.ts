import type { Observable } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import { packSamples } from './sample-batch.ts';
import { serveSegments } from './served-segments.ts';
import type { OpeningMessage, OpeningRequest, SampleCounts } from './source-messages.ts';
import { packError } from './wire-error.ts';

/** One opening of a source in the thread where the source is. */
export interface ServedOpening {
  handle(request: Exclude<OpeningRequest, { type: 'open' | 'close' }>): void;
  close(): void;
}

/**
 * Subscribes to samples and posts them. Until the other thread says that they were taken, they count as held here: so the
 * source's own segment is full when theirs is, and frozen while theirs is.
 */
export function serveOpening(
  samples$: Observable<Sample>,
  post: (message: OpeningMessage, transfer?: readonly ArrayBuffer[]) => void,
): ServedOpening {
  const untaken = { audio: new SampleQueue(), video: new SampleQueue() };
  const segments = serveSegments(post);
  let unsent: Sample[] = [];

  /** What was emitted in one go travels in one message. */
  function flush(): void {
    if (unsent.length === 0) return;
    const samples = unsent;
    unsent = [];
    for (const sample of samples) segments.meet(sample);
    const batch = packSamples(samples, (segment) => segments.numberOf(segment));
    post({ type: 'samples', batch }, [batch.buffer]);
    segments.update();
  }

  function release({ audio, video }: SampleCounts): void {
    for (let i = 0; i < audio; i++) untaken.audio.shift();
    for (let i = 0; i < video; i++) untaken.video.shift();
  }

  const subscription = samples$.subscribe({
    next(sample) {
      untaken[sample.kind].push(sample);
      if (unsent.push(sample) === 1) queueMicrotask(flush);
    },
    error(error: unknown) {
      flush();
      post({ type: 'error', error: packError(error) });
    },
    complete() {
      flush();
      post({ type: 'complete' });
    },
  });

  return {
    handle(request) {
      if (request.type === 'taken') release(request.counts);
      else if (request.type === 'freeze') segments.freeze(request.segment);
      else segments.thaw(request.segment);
    },
    close() {
      subscription.unsubscribe();
      unsent = [];
      segments.clear();
      untaken.audio.clear();
      untaken.video.clear();
    },
  };
}
