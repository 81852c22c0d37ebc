import type { Observable } from 'rxjs';
import { MediaSource, type ResolvedRequest } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { createFakeSource, type FakeSource, type FakeSourceOptions } from '../../src/testing/fake-source.ts';

export interface FakeMedia extends MediaSource {
  /** How it was opened, and what came of it. */
  readonly openings: readonly { readonly request: ResolvedRequest; readonly source: FakeSource }[];
}

export interface FakeMediaOptions extends FakeSourceOptions {
  seekable?: boolean | undefined;
  label?: string | undefined;
}

/**
 * A MediaSource over {@link createFakeSource} that remembers how it was opened. `later` changes the options of the n-th
 * opening, counted from 0.
 */
export function createFakeMedia(
  options: FakeMediaOptions = {},
  later: (opening: number) => FakeSourceOptions = () => ({}),
): FakeMedia {
  const openings: { request: ResolvedRequest; source: FakeSource }[] = [];
  const media = new MediaSource({
    label: options.label ?? 'fake',
    seekable: options.seekable ?? true,
    live: options.live ?? false,
    startMs: options.startMs ?? 0,
    open(request) {
      const { startMs, reason } = request;
      const skipped = (startMs * 1000) / ((options.durationMs ?? 20) * 1000);
      const count = options.count === undefined ? undefined : Math.max(0, options.count - skipped);
      const source = createFakeSource({ ...options, startMs, reason, count, ...later(openings.length) });
      openings.push({ request, source });
      return source;
    },
  });
  return Object.assign(media, { openings });
}

/** What a source still is after an operator, though its type does not say so. */
export function asMedia(source: Observable<Sample>): MediaSource {
  if (!(source instanceof MediaSource)) throw new Error('This is no MediaSource any more.');
  return source;
}
