import { MediaFormatError } from '../core/errors.ts';
import { type AacConfig, aacFrameTimeUs, readAdtsHeader } from './aac.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Demuxer, DemuxerOptions } from './demuxer.ts';

/** So many frames of an encoder lie before time 0: a frame sounds in full only together with the one before it. */
const PRIMING_FRAMES = 1;

/**
 * Reads AAC out of ADTS: one sample per frame of 1024 samples, with its header.
 *
 * - The first sample lies one frame before time 0, as encoders have it: what the decoder makes of it is their run-up.
 *
 * Throws {@link MediaFormatError} for bytes that are no ADTS, for what is neither mono nor stereo, and for a stream that
 * changes in its course.
 */
export function createAdtsDemuxer({ onSample, segment }: DemuxerOptions): Demuxer {
  const queue = new ByteQueue();
  let config: AacConfig | undefined;
  let frame = -PRIMING_FRAMES;

  /** Returns how many bytes the frame at `at` has; 0 when they have not all come. */
  function read(bytes: Uint8Array, at: number): number {
    const header = readAdtsHeader(bytes, at, queue.position + at);
    if (!header || bytes.length - at < header.frameBytes) return 0;
    const { sampleRate, channels, frameBytes } = header;
    config ??= header;
    if (config.sampleRate !== sampleRate || config.channels !== channels) {
      throw new MediaFormatError('AAC', queue.position + at, 'it changes in its course');
    }
    const ptsUs = aacFrameTimeUs(frame, sampleRate);
    const durationUs = aacFrameTimeUs(++frame, sampleRate) - ptsUs;
    const data = bytes.subarray(at, at + frameBytes);
    onSample({ kind: 'audio', codec: 'aac', data, ptsUs, durationUs, keyframe: true, segment });
    return frameBytes;
  }

  return {
    push(chunk) {
      const bytes = queue.push(chunk);
      let at = 0;
      for (let length = read(bytes, at); length > 0; length = read(bytes, at)) at += length;
      queue.skip(at);
    },
    end() {
      const left = queue.peek().length;
      if (left > 0) throw new MediaFormatError('AAC', queue.position, `it ends within a frame, after ${left} bytes`);
    },
  };
}
