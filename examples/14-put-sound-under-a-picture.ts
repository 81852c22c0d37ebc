/**
 * The sound of one source with the picture of another, the sound 100 ms later; silence when it ends before the picture.
 *
 *     npx node examples/14-put-sound-under-a-picture.ts [FILE]
 */
import { lastValueFrom } from 'rxjs';
import { fromFile, fromShell } from '../src/index.ts';
import { meter, mixTracks, pace, shiftAudio, takeDuration } from '../src/operators/index.ts';

const music$ = fromFile(process.argv[2] ?? 'assets/sample.opus').pipe(takeDuration(1000));
const picture$ = fromShell('ffmpeg -f lavfi -i testsrc=size=160x90:rate=10:duration=2 -b:v 100k', { track: 'video' });

await lastValueFrom(
  mixTracks(music$, picture$).pipe(
    shiftAudio(100),
    pace(),
    meter(({ elapsedMs, audio, video }) =>
      console.log(`${(elapsedMs / 1000).toFixed(1)} s: ${audio.samples} packets of sound, ${video.samples} frames`),
    ),
  ),
);
