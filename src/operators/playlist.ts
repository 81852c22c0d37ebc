import { isObservable, Observable } from 'rxjs';
import { MediaSource } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { described } from '../core/source-description.ts';
import { createPlaylistDeck } from './playlist-deck.ts';

export interface PlaylistOptions {
  /**
   * When the next source is opened. `'early'`, the default: as soon as the present one plays, however long opening takes;
   * it then waits, a second of it read. `'late'`: when the present one has been read to its end, which with `pace` is a
   * second before it is heard to end; for connections that do not wait.
   */
  openNext?: 'early' | 'late' | undefined;
  /** What a source that fails does to the others. Default `'error'`: its error is the playlist's. */
  onFail?: 'error' | 'skip' | undefined;
  /** Told of every source that was skipped. */
  onSkip?: ((error: unknown, source: Observable<Sample>) => void) | undefined;
  /** What the playlist is called in logs and errors. Default `'playlist'`. */
  label?: string | undefined;
}

/**
 * Plays sources one after the other without a gap. The next one is opened while the present one plays.
 *
 * ```text
 * x         abc|
 * y         ---de|       opened with the first sample of x
 *              playlist([x, y])
 * result    abcde|
 * ```
 *
 * - `sources` is anything iterable, taken from one by one (a generator may go on for ever), or an Observable of sources,
 *   a queue that may be added to while it plays.
 * - At most two sources are open at a time. Each is opened with what the playlist was asked for, but its own beginning.
 * - A live source does not wait: what it delivers before its turn is dropped, and video goes on at the next keyframe.
 * - Completes when all have; with an Observable, when it has completed, too, and its error errors the result at once.
 * - A source that fails errors the result when its turn has come, or is skipped; see {@link PlaylistOptions.onFail}. Ten in
 *   a row that fail before their first sample are the end in any case.
 *
 * @example
 * const album = playlist(files.map((file) => fromFile(file)), { onFail: 'skip' });
 * await call.play(album);
 * @see {@link loop} to play one source over and over; `album.pipe(loop())` works as well
 */
export function playlist(
  sources: Iterable<Observable<Sample>> | Observable<Observable<Sample>>,
  options: PlaylistOptions = {},
): MediaSource {
  const media = new MediaSource({
    label: options.label ?? 'playlist',
    seekable: false,
    open: ({ startMs: _, ...request }) =>
      new Observable((subscriber) => {
        const deck = createPlaylistDeck(subscriber, request, options);
        if (isObservable(sources)) deck.playQueue(sources);
        else deck.playAll(sources[Symbol.iterator]());
      }),
  });
  return described(media, 'playlist', [sources, options]);
}
