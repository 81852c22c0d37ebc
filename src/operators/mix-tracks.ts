import { Observable } from 'rxjs';
import { MediaSource, type OpenRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { createMixer } from './mixer.ts';
import { openSource } from './open-source.ts';

export interface MixTracksOptions {
  /**
   * What happens when the audio ends before the video. `'silence'`, the default: it goes on as silence. `'continue'`: the
   * video goes on alone. `'complete'`: the video ends there, too.
   */
  onAudioEnd?: 'silence' | 'continue' | 'complete' | undefined;
  /**
   * What happens when the video ends before the audio. `'complete'`, the default: the audio ends there, too. `'continue'`:
   * the audio goes on alone.
   */
  onVideoEnd?: 'complete' | 'continue' | undefined;
  /** What the mix is called in logs and errors. Default `'mix'`. */
  label?: string | undefined;
}

/**
 * Plays the audio of one source with the video of another.
 *
 * ```text
 * audio$    a-----bXc---d|
 * video$    A----BeC|
 *              mixTracks(audio$, video$)
 * result    (aA)-BbC(c|)
 * ```
 *
 * - What is of the wrong kind is dropped, and a {@link MediaSource} is asked for one kind only.
 * - Two finite sources share one line of media time, so that lips match: what has the same pts is heard and seen together,
 *   and each goes on without a gap through its own breaks. They begin when both are there. A live source keeps its own time:
 *   it is heard or seen when it comes.
 * - Back-pressure is that of each source for itself.
 * - Completes when both have, or one and {@link MixTracksOptions} says so, at the same place of the line. An error of either
 *   errors the result; `catchError(() => EMPTY)` makes an end of it.
 * - Can be seeked in when both sources can and begin at the same position.
 *
 * @example
 * mixTracks(fromFile('music.mp3'), fromFile('cover.png').pipe(loop())).pipe(pace()).subscribe(toWebRtcTrack(...tracks));
 */
export function mixTracks(
  audio$: Observable<Sample>,
  video$: Observable<Sample>,
  options: MixTracksOptions = {},
): MediaSource {
  const [audioMedia, videoMedia] = [asMedia(audio$), asMedia(video$)];
  const seekable =
    audioMedia !== undefined &&
    audioMedia.seekable &&
    videoMedia !== undefined &&
    videoMedia.seekable &&
    audioMedia.startMs === videoMedia.startMs;
  return new MediaSource({
    label: options.label ?? 'mix',
    seekable,
    live: (audioMedia?.live ?? false) || (videoMedia?.live ?? false),
    startMs: seekable ? audioMedia.startMs : 0,
    open: ({ startMs, ...request }) =>
      new Observable((subscriber) => {
        const mixer = createMixer(subscriber, request, options);
        const asked: OpenRequest = seekable ? { ...request, startMs } : request;
        const { accepts } = request;
        if (audioMedia?.live || videoMedia?.live) mixer.begin();
        mixer.add('audio', openSource(audio$, { ...asked, accepts: { ...accepts, video: [] } }));
        mixer.add('video', openSource(video$, { ...asked, accepts: { ...accepts, audio: [] } }));
      }),
  });
}

function asMedia(source: Observable<Sample>): MediaSource | undefined {
  return source instanceof MediaSource ? source : undefined;
}
