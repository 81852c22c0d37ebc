import { defer, EMPTY, last, map, type Observable, switchMap } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { ReadValve } from '../ffmpeg/read-valve.ts';
import { beginsWith, viewOf } from '../media/bytes.ts';
import { createIvfDemuxer } from '../media/ivf-demuxer.ts';
import { demuxLegs } from './demux-legs.ts';
import { MAX_STEP_BACK_US } from './open-container-file.ts';
import { readFileChunks } from './read-file-chunks.ts';
import type { Opening } from './source-options.ts';

/** A second of video at the usual bitrate. */
const CHUNK_BYTES = 128 * 1024;

/** Whether a file that begins so is VP8 in IVF that can be sent as it is, and all that is wanted of it. */
export function isPlainIvf(head: Uint8Array, { kinds, required, request, video }: Opening): boolean {
  if (head.length < 16 || !beginsWith(head, 'DKIF') || !beginsWith(head.subarray(8), 'VP80')) return false;
  const [width, height] = [viewOf(head).getUint16(12, true), viewOf(head).getUint16(14, true)];
  const isWanted = kinds.includes('video') && !required.includes('audio') && request.accepts.video.includes('vp8');
  return isWanted && video.codec === 'vp8' && width <= video.videoWidth && height <= video.videoHeight;
}

/** Sends the frames of an IVF file as they are, from the keyframe at or before the start; `otherwise$` if that is far before. */
export function openIvfFile(opening: Opening, otherwise$: Observable<Sample>): Observable<Sample> {
  const startUs = Math.round(opening.startMs * 1000);
  if (startUs === 0) return passThrough(opening, 0);
  return findKeyframe(opening, startUs).pipe(
    switchMap((place) => {
      if (place.endUs <= startUs) return EMPTY;
      return startUs - place.keyframeUs <= MAX_STEP_BACK_US ? passThrough(opening, place.keyframeUs) : otherwise$;
    }),
  );
}

/** IVF has no index: it is read once, up to the start or the end, to find where to begin. */
function findKeyframe(opening: Opening, startUs: number): Observable<{ keyframeUs: number; endUs: number }> {
  return defer(() => {
    let keyframeUs = 0;
    let endUs = 0;
    const demuxer = createIvfDemuxer({
      onSample({ ptsUs, durationUs, keyframe }) {
        if (keyframe && ptsUs <= startUs) keyframeUs = ptsUs;
        endUs = ptsUs + durationUs;
      },
    });
    return readChunks(opening, new ReadValve()).pipe(
      map((chunk) => demuxer.push(chunk)),
      last(undefined, undefined),
      map(() => {
        demuxer.end();
        return { keyframeUs, endUs };
      }),
    );
  });
}

function passThrough(opening: Opening, fromUs: number): Observable<Sample> {
  opening.logger.debug({ source: opening.label }, 'passed through without encoding');
  return demuxLegs({
    reason: opening.request.reason,
    legs: [
      {
        kind: 'video',
        demuxer: createIvfDemuxer,
        place: (sample) => (sample.ptsUs < fromUs ? undefined : sample),
      },
    ],
    chunks: ([valve]) => readChunks(opening, valve!).pipe(map((bytes) => ({ output: 0, bytes }))),
  });
}

function readChunks({ input, label }: Opening, valve: ReadValve): Observable<Uint8Array> {
  return readFileChunks({ path: input, start: 0, chunkBytes: CHUNK_BYTES, valve, label });
}
