import { map, type Observable, type OperatorFunction } from 'rxjs';
import type { PacedSample } from '../core/sample.ts';
import { switchSource, type SwitchSourceOptions } from './switch-source.ts';

/**
 * Opens a source anew at each position asked for, in milliseconds: the seek. The old one plays on until the new one has
 * its first sample.
 *
 * ```text
 * seekMs$   0---9|
 * open(0)   -abcdefg|
 * open(9)       -jkl|
 *              seekRestart(open)
 * result    -abcdekl|     j: its time was taken by e
 * ```
 *
 * - A seek that fails leaves playing what plays, and tells `onFail`.
 * - Completes when `seekMs$` and the source it opened last have; see {@link switchSource}.
 *
 * @example
 * seekMs$.pipe(
 *   startWith(0),
 *   seekRestart((startMs) => fromFile('film.mkv', { startMs }).pipe(pace())),
 * ).subscribe(toWebRtcTrack(track));
 */
export function seekRestart(
  open: (startMs: number) => Observable<PacedSample>,
  options: SwitchSourceOptions = {},
): OperatorFunction<number, PacedSample> {
  return (seekMs$) => seekMs$.pipe(map(open), switchSource(options));
}
