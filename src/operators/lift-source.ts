import type { Observable } from 'rxjs';
import { MediaSource, type OpenRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';

/** Opens what an operator was applied to, as it was itself asked to, but for `changes`. */
export type OpenUpstream<T extends Sample> = (changes?: OpenRequest) => Observable<T>;

export interface LiftOptions {
  /** After the operator, media time is no position in the source any more: the result cannot be seeked in. Default false. */
  losesPosition?: boolean | undefined;
}

/**
 * Applies an operator so that a {@link MediaSource} remains one: it can still be opened at a position, for another
 * reason, for another sink, and each opening gets an operator of its own. Of any other Observable it makes an Observable.
 *
 * @example
 * liftSource(source, (open) => concat(open(), open({ reason: 'loop' })));
 */
export function liftSource<T extends Sample>(
  source: Observable<T>,
  operate: (open: OpenUpstream<T>) => Observable<T>,
  options: LiftOptions = {},
): Observable<T> {
  if (!(source instanceof MediaSource)) return operate(() => source);
  // T is Sample here, for a MediaSource gives nothing else.
  const open = (request: OpenRequest): Observable<T> => source.open(request) as Observable<T>;
  const { label, seekable, live, startMs } = source;
  const lifted = new MediaSource({
    label,
    seekable: seekable && !options.losesPosition,
    live,
    startMs,
    open: (request) => operate((changes) => open({ ...request, ...changes })),
  });
  return lifted as Observable<Sample> as Observable<T>;
}
