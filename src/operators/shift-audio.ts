import { map, type OperatorFunction } from 'rxjs';
import { OptionError } from '../core/errors.ts';
import { AUDIO_GRID_US, type Sample } from '../core/sample.ts';
import { liftSource } from './lift-source.ts';

/**
 * Moves audio against video by `ms` milliseconds, later when positive, earlier when negative: for a source whose lips
 * do not match.
 *
 * ```text
 * source    (aAbBcC|)                   samples of 100 ms
 *              shiftAudio(-100), pace()
 * result    a----(bA)-(cB)-C----|
 * ```
 *
 * - Belongs before `pace`: it changes pts and keeps nothing back, so the type that comes out is not paced.
 * - In steps of 20 ms, so that audio stays on its grid.
 * - One sample in, one sample out, synchronously; completes and errors with the source. A {@link MediaSource} remains one.
 *
 * Throws {@link OptionError} unless `ms` is a finite number.
 *
 * @example
 * fromUrl(camera).pipe(shiftAudio(-120), pace()).subscribe(toWebRtcTrack(audioTrack, videoTrack));
 */
export function shiftAudio(ms: number): OperatorFunction<Sample, Sample> {
  if (!Number.isFinite(ms)) throw new OptionError('ms', ms, 'a finite number');
  const shiftUs = Math.round((ms * 1000) / AUDIO_GRID_US) * AUDIO_GRID_US;
  return (source) =>
    liftSource(source, (open) =>
      open().pipe(map((sample) => (sample.kind === 'audio' ? { ...sample, ptsUs: sample.ptsUs + shiftUs } : sample))),
    );
}
