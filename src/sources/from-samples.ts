import { asapScheduler, defer, isObservable, map, type Observable, subscribeOn } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import { MediaSource } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { Segment } from '../core/segment.ts';

export interface FromSamplesOptions {
  /** What it is, for logs and errors. Default `'samples'`. */
  label?: string | undefined;
  /** It delivers as time passes, and is not held back. Default false. */
  live?: boolean | undefined;
}

/**
 * Makes a source of samples of your own: of a recording, of another call, of an encoder.
 *
 * - Each subscription is an opening: samples that belong to no {@link Segment} get a new one. Those that do keep theirs,
 *   and with it what holds their source back.
 * - An Observable cannot be held back: what comes too early waits in memory.
 * - Subscribes asynchronously. Completes, and fails, as the Observable does. Throws an {@link OptionError} for a bad option.
 *
 * @example
 * await call.play(fromSamples(samples$, { label: 'doorbell' }));
 */
export function fromSamples(samples$: Observable<Sample>, options: FromSamplesOptions = {}): MediaSource {
  const { label = 'samples', live = false } = options;
  if (!isObservable(samples$)) {
    throw new OptionError('samples$', samples$, 'an Observable of samples');
  }
  if (typeof label !== 'string' || label === '') throw new OptionError('options.label', label, 'a text');
  if (typeof live !== 'boolean') throw new OptionError('options.live', live, 'true or false');
  return new MediaSource({
    label,
    live,
    seekable: false,
    open: ({ reason }) =>
      defer(() => {
        const segment = new Segment({ reason, live });
        return samples$.pipe(map((sample) => (sample.segment ? sample : { ...sample, segment })));
      }).pipe(subscribeOn(asapScheduler)),
  });
}
