import { map, type Observable } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import type { SegmentOptions } from '../core/segment.ts';
import type { ReadValve } from '../ffmpeg/read-valve.ts';
import { demuxLegs, type DemuxLegsOptions, type MediaLeg } from './demux-legs.ts';

export interface DemuxChunksOptions
  extends
    Pick<SegmentOptions, 'reason' | 'live'>,
    Pick<MediaLeg, 'demuxer' | 'place'>,
    Pick<DemuxLegsOptions, 'aheadUs' | 'reusesChunks'> {
  /** The bytes. It obeys the valve, and its first chunk comes asynchronously. */
  chunks: (valve: ReadValve) => Observable<Uint8Array>;
}

/** One opening of an audio source: {@link demuxLegs} of one leg. */
export function demuxChunks(options: DemuxChunksOptions): Observable<Sample> {
  const { reason, live, demuxer, place, aheadUs, reusesChunks, chunks } = options;
  return demuxLegs({
    reason,
    live,
    aheadUs,
    reusesChunks,
    legs: [{ kind: 'audio', demuxer, place }],
    chunks: ([valve]) => chunks(valve!).pipe(map((bytes) => ({ output: 0, bytes }))),
  });
}
