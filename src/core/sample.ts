import type { Segment } from './segment.ts';

/** Sound or picture: the two kinds of samples, each with a time line of its own in a segment. */
export type MediaKind = 'audio' | 'video';

/** Encodings of sound. `aac` is one frame of AAC-LC behind its ADTS header. */
export type AudioCodec = 'opus' | 'aac';

/** Encodings of pictures. `h264` is Annex B. */
export type VideoCodec = 'vp8' | 'h264';

/** Encodings that travel as samples. */
export type Codec = AudioCodec | VideoCodec;

/**
 * One encoded unit of media: one Opus packet, one AAC frame or one video frame. It is all that travels between a source and a sink.
 *
 * Times are integer microseconds. `ptsUs` counts on the source's own time line, in presentation order; only its
 * differences matter to {@link pace}. A change of `segment`, per kind, is a break in that time line.
 */
export interface Sample {
  readonly kind: MediaKind;
  readonly codec: Codec;
  /** The encoded bytes. Whoever holds a sample may keep them; nobody writes into them. */
  readonly data: Uint8Array;
  readonly ptsUs: number;
  readonly durationUs: number;
  /** True for all sound and for a video frame that decodes on its own. */
  readonly keyframe: boolean;
  /** The opening of the source this sample came from; absent in hand-made samples, which then form one segment. */
  readonly segment?: Segment | undefined;
}

/** A sample that knows when to leave. Only {@link pace} makes one, so nobody can forget to pace. */
export interface PacedSample extends Sample {
  /** When it is to leave, in microseconds of the {@link MediaClock} that paced it. RTP time is derived from this. */
  readonly dueUs: number;
}

/** The audio grid: due times of audio samples fall on multiples of this. One Opus frame of 20 ms. */
export const AUDIO_GRID_US = 20_000;

/** Rounds `timeUs` up to the next multiple of `gridUs`, counted from `offsetUs`. */
export function ceilToGrid(timeUs: number, gridUs: number = AUDIO_GRID_US, offsetUs: number = 0): number {
  return Math.ceil((timeUs - offsetUs) / gridUs) * gridUs + offsetUs;
}
