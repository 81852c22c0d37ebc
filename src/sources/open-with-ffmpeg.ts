import { defer, type Observable, switchMap } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { audioArgs } from '../ffmpeg/ffmpeg-args.ts';
import { ffmpegFailure } from '../ffmpeg/ffmpeg-failure.ts';
import { locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import { runFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { createOggDemuxer } from '../media/ogg-demuxer.ts';
import { demuxChunks } from './demux-chunks.ts';
import type { Opening } from './source-options.ts';

/** Opens anything that ffmpeg reads, its first audio stream encoded to Opus. The first sample stands at the start. */
export function openWithFfmpeg(opening: Opening): Observable<Sample> {
  const { label: source, request, live, logger } = opening;
  const startUs = Math.round(opening.startMs * 1000);
  return defer(() => {
    let delivered = false;
    return demuxChunks({
      reason: request.reason,
      live,
      demuxer: createOggDemuxer,
      chunks: (valve) =>
        defer(() => locateFfmpeg({ path: opening.ffmpegPath, logger })).pipe(
          switchMap(({ path, major }) =>
            runFfmpeg({
              path,
              args: audioArgs({ ...opening, major }),
              valve,
              logger,
              failureOf: (end) => ffmpegFailure(end, { source, delivered }),
            }),
          ),
        ),
      place(sample) {
        delivered = true;
        return startUs === 0 ? sample : { ...sample, ptsUs: startUs + sample.ptsUs };
      },
    });
  });
}
