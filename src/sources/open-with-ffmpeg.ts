import { catchError, defer, map, merge, type Observable, switchMap } from 'rxjs';
import { SourceError } from '../core/errors.ts';
import type { MediaKind, Sample } from '../core/sample.ts';
import { mediaArgs } from '../ffmpeg/ffmpeg-args.ts';
import { ffmpegFailure, missingTrack } from '../ffmpeg/ffmpeg-failure.ts';
import { type LocatedFfmpeg, locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import type { ReadValve } from '../ffmpeg/read-valve.ts';
import { type OutputChunk, runFfmpegOutputs } from '../ffmpeg/run-ffmpeg.ts';
import { createAdtsDemuxer } from '../media/adts-demuxer.ts';
import { createAnnexBDemuxer } from '../media/annexb-demuxer.ts';
import { createIvfDemuxer } from '../media/ivf-demuxer.ts';
import { createOggDemuxer, type OggOpusDemuxer } from '../media/ogg-demuxer.ts';
import { demuxLegs, type MediaLeg } from './demux-legs.ts';
import { orNothing } from './leg-failure.ts';
import { fitToSink, type Opening } from './source-options.ts';

/** Told of the tracks that turn out not to be there, in place of an error. */
type OnMissing = (kind: MediaKind) => void;

/**
 * Opens anything that ffmpeg reads: its first audio stream encoded to Opus or AAC, its first video stream to VP8 or H.264,
 * as far as they are wanted. The first samples stand at the start.
 *
 * Which tracks there are, ffmpeg says when it has opened the input; if one that is not required is missing, it is started
 * anew without.
 */
export function openWithFfmpeg(opening: Opening): Observable<Sample> {
  return defer(() => openTracks(fitToSink(opening)));
}

function openTracks(opening: Opening): Observable<Sample> {
  const { kinds, required, label } = opening;
  let missing: MediaKind | undefined;
  return openLegs(opening, (kind) => (missing = kind)).pipe(
    catchError((error: unknown) => {
      if (missing === undefined) throw error;
      const rest = kinds.filter((kind) => kind !== missing);
      // What was fed to it cannot be fed again.
      if (opening.feed || required.includes(missing) || rest.length === 0) throw noTrack(opening, missing, error);
      opening.logger.debug({ source: label, missing }, 'played without the track that it does not have');
      return openTracks({ ...opening, kinds: rest });
    }),
  );
}

function noTrack({ kinds, label, required, feed }: Opening, missing: MediaKind, cause: unknown): SourceError {
  let message = `${label} has no ${missing}, which is required.`;
  if (!required.includes(missing)) {
    message = feed
      ? `${label} has no ${missing}, and cannot be read again without: set options.tracks.${missing} to 'off'.`
      : `${label} has no ${kinds.join(' and no ')}: nothing of it can be played.`;
  }
  const { cause: reason } = cause instanceof Error ? cause : {};
  return new SourceError('ERR_SOURCE_NO_TRACK', label, message, { cause: reason });
}

/** Playlists round the lengths of their pieces. */
const LESS_MS = 1000;

function openLegs(opening: Opening, onMissing: OnMissing): Observable<Sample> {
  const delivered = new Set<MediaKind>();
  const { tempo } = opening.filters;
  let endUs = 0;
  const startUs = Math.round(opening.startMs * 1000);
  const place = (sample: Sample): Sample => {
    delivered.add(sample.kind);
    endUs = Math.max(endUs, startUs + (sample.ptsUs + sample.durationUs) * tempo);
    return startUs === 0 ? sample : { ...sample, ptsUs: startUs + sample.ptsUs };
  };

  function run(
    ffmpeg: LocatedFfmpeg,
    kinds: readonly MediaKind[],
    valves: readonly ReadValve[],
  ): Observable<OutputChunk> {
    const { label: source, logger } = opening;
    const has = (kind: MediaKind): boolean => kinds.includes(kind);
    return runFfmpegOutputs({
      path: ffmpeg.path,
      args: mediaArgs({
        ...opening,
        major: ffmpeg.major,
        audio: has('audio') ? opening.audio : undefined,
        video: has('video') ? opening.video : undefined,
        inSync: opening.kinds.length > 1,
      }),
      feed: opening.feed,
      valves,
      owner: opening.request.owner,
      logger,
      failureOf(end) {
        const someCame = kinds.some((kind) => delivered.has(kind)); // of this process: the other's tell nothing
        const missing = someCame ? undefined : missingTrack(end, kinds);
        if (missing) onMissing(missing);
        const short = opening.endsAtMs !== undefined && endUs / 1000 < opening.endsAtMs - LESS_MS;
        return ffmpegFailure(end, { source, delivered: someCame, short, kinds });
      },
    });
  }

  function toLeg(kind: MediaKind): MediaLeg {
    const { audio, video, copies } = opening;
    if (kind === 'audio' && audio.codec === 'aac') return { kind, demuxer: createAdtsDemuxer, place };
    if (kind === 'audio')
      return copies?.includes('audio') ? copiedOpus(place) : { kind, demuxer: createOggDemuxer, place };
    if (video.codec === 'vp8') return { kind, demuxer: createIvfDemuxer, place };
    return { kind, demuxer: (options) => createAnnexBDemuxer({ ...options, frameRate: video.videoFps }), place };
  }

  return demuxLegs({
    reason: opening.request.reason,
    live: opening.live,
    videoRate: opening.kinds.includes('video') ? opening.videoRate : undefined,
    positionUs: (ptsUs) => startUs + (ptsUs - startUs) * tempo,
    legs: opening.kinds.map(toLeg).map((leg) => ({ ...leg, demuxer: (options) => orNothing(leg.demuxer(options)) })),
    chunks: (valves) =>
      defer(() => locateFfmpeg({ path: opening.ffmpegPath, logger: opening.logger })).pipe(
        switchMap((ffmpeg) => {
          if (opening.processes === 'one') return run(ffmpeg, opening.kinds, valves);
          return merge(
            ...opening.kinds.map((kind, output) =>
              run(ffmpeg, [kind], [valves[output]!]).pipe(map(({ bytes }) => ({ output, bytes }))),
            ),
          );
        }),
      ),
  });
}

/** What was not encoded anew may begin later than it was asked to. */
function copiedOpus(place: (sample: Sample) => Sample): MediaLeg {
  let ogg: OggOpusDemuxer | undefined;
  return {
    kind: 'audio',
    demuxer: (options) => (ogg = createOggDemuxer(options)),
    place: (sample) => place({ ...sample, ptsUs: sample.ptsUs + (ogg?.getStats().startUs ?? 0) }),
  };
}
