import type { OpenRequest } from '../core/media-source.ts';
import type { MediaKind } from '../core/sample.ts';
import type { BreakReason, VideoRate } from '../core/segment.ts';
import type { SampleBatch } from './sample-batch.ts';
import type { WireError } from './wire-error.ts';

/** How many samples of each kind. */
export type SampleCounts = Readonly<Record<MediaKind, number>>;

/** A segment as it travels. Its position is a line: where media time 0 is in the source, and how fast it goes. */
export interface SegmentFacts {
  readonly number: number;
  readonly reason: BreakReason;
  readonly live: boolean;
  readonly originUs: number;
  readonly rate: number;
  readonly videoRate: VideoRate | undefined;
}

export type SegmentMessage =
  | { readonly type: 'segment'; readonly segment: SegmentFacts }
  /** Nothing more comes of it. */
  | { readonly type: 'forget'; readonly segment: number }
  /** Whether other sinks take it, too. */
  | { readonly type: 'shared'; readonly segment: number; readonly shared: boolean };

/** What becomes of an opening. */
export type OpeningMessage =
  | SegmentMessage
  | { readonly type: 'samples'; readonly batch: SampleBatch }
  | { readonly type: 'error'; readonly error: WireError }
  | { readonly type: 'complete' };

/** What is asked of an opening by who plays it. */
export type OpeningRequest =
  | { readonly type: 'open'; readonly request: OpenRequest }
  | { readonly type: 'close' }
  /** So many samples were taken since the last time, in order. */
  | { readonly type: 'taken'; readonly counts: SampleCounts }
  | { readonly type: 'freeze' | 'thaw'; readonly segment: number };

/** What goes over the port of a source, both ways; `opening` numbers its openings. */
export interface Addressed<M extends OpeningMessage | OpeningRequest> {
  readonly opening: number;
  readonly message: M;
}
