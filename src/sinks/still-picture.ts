import { defer, map, type Observable, switchMap, toArray } from 'rxjs';
import type { Logger } from '../core/logger.ts';
import { redact } from '../core/redact.ts';
import { PREAMBLE } from '../ffmpeg/ffmpeg-args.ts';
import { ffmpegFailure } from '../ffmpeg/ffmpeg-failure.ts';
import { inputUrl } from '../ffmpeg/input-flags.ts';
import { locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import { runFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { videoArgs } from '../ffmpeg/video-args.ts';
import { createAnnexBDemuxer } from '../media/annexb-demuxer.ts';
import { concatBytes } from '../media/bytes.ts';

/** One frame of a picture that stands still. */
export interface StillFrame {
  /** H.264, Annex B. */
  readonly data: Uint8Array;
  readonly keyframe: boolean;
}

/** What is to stand still: a picture file, plain black, or what the last of some H.264 frames shows, the first a keyframe. */
export type StillInput =
  | { readonly path: string; readonly width: number; readonly height: number }
  | { readonly black: true; readonly width: number; readonly height: number }
  | { readonly frames: readonly Uint8Array[] };

/** How long one frame is shown. */
export const STILL_FRAME_US = 200_000;
const FPS = 1e6 / STILL_FRAME_US;
/** One keyframe, and frames in which nothing changes: two seconds, after which it begins anew. */
const FRAMES = 10;
const KBPS = 1500;
const BEYOND_ALL = 7680;

/**
 * Encodes a picture that can be shown for as long as one likes, by showing all its frames over and over. Completes when the
 * process has ended; unsubscribing ends it.
 */
export function encodeStill(
  input: StillInput,
  { ffmpegPath, logger, owner }: { ffmpegPath?: string | undefined; logger: Logger; owner?: object | undefined },
): Observable<readonly StillFrame[]> {
  const source = 'path' in input ? redact(input.path) : 'the picture';
  const bytes = 'frames' in input ? concatBytes(input.frames) : undefined;
  return defer(() => locateFfmpeg({ path: ffmpegPath, logger })).pipe(
    switchMap(({ path }) =>
      runFfmpeg({
        path,
        args: stillArgs(input),
        logger,
        owner,
        feed:
          bytes &&
          ((stdin) => {
            stdin.end(bytes);
            return () => {};
          }),
        failureOf: (end) => ffmpegFailure(end, { source, kinds: ['video'] }),
      }),
    ),
    toArray(),
    map(readFrames),
  );
}

function stillArgs(input: StillInput): string[] {
  const size = 'frames' in input ? { width: BEYOND_ALL, height: BEYOND_ALL } : input;
  return [
    ...PREAMBLE,
    ...inputArgs(input),
    ...['-map', '0:v:0', '-an', '-map_metadata', '-1'],
    ...videoArgs(
      {
        codec: 'h264',
        videoBitrateKbps: KBPS,
        videoWidth: size.width,
        videoHeight: size.height,
        videoFps: FPS,
        videoFit: 'frames' in input ? 'fit' : 'pad',
        videoCodec: undefined,
      },
      `${prepare(input)}loop=loop=${FRAMES}:size=1:start=0,setpts=N/${FPS}/TB`,
    ),
    ...['-g', String(FRAMES), '-frames:v', String(FRAMES), 'pipe:1'],
  ];
}

/** Of frames the last; of a picture that is small an enlarged one, for it is to fill the frame. */
function prepare(input: StillInput): string {
  if ('frames' in input) return `select=eq(n\\,${input.frames.length - 1}),`;
  if ('black' in input) return '';
  const factor = `max(1,min(${input.width}/(iw*sar),${input.height}/ih))`;
  return `scale=w='ceil(iw*${factor})':h='ceil(ih*${factor})',`;
}

function inputArgs(input: StillInput): string[] {
  if ('frames' in input) return ['-f', 'h264', '-i', 'pipe:0'];
  if ('path' in input) return ['-i', inputUrl(input.path)];
  return ['-f', 'lavfi', '-i', `color=c=black:s=${input.width}x${input.height}:r=${FPS}:d=1`];
}

function readFrames(chunks: readonly Uint8Array[]): StillFrame[] {
  const frames: StillFrame[] = [];
  const demuxer = createAnnexBDemuxer({ frameRate: FPS, onSample: (sample) => frames.push(sample) });
  demuxer.push(concatBytes(chunks));
  demuxer.end();
  return frames;
}
