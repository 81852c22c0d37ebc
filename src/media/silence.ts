import type { AudioCodec, Sample } from '../core/sample.ts';
import { aacFrameTimeUs, aacSilence, DEFAULT_AAC, readAdtsHeader } from './aac.ts';
import { OPUS_SILENCE, opusSilence } from './opus.ts';

type SilentData = Pick<Sample, 'codec' | 'data' | 'durationUs'>;

/** Silence of the same codec, shape and duration as an audio sample. */
export function silenceLike({ codec, data, durationUs }: SilentData): Uint8Array {
  return codec === 'aac' ? aacSilence(readAdtsHeader(data) ?? DEFAULT_AAC) : opusSilence(durationUs);
}

/** One silent frame: of Opus 20 ms; of AAC 1024 samples, in the shape of the frame `like`. */
export function silentFrame(codec: AudioCodec, like?: Uint8Array): SilentData {
  if (codec === 'opus') return { codec, data: OPUS_SILENCE, durationUs: 20_000 };
  const config = (like && readAdtsHeader(like)) ?? DEFAULT_AAC;
  return { codec, data: aacSilence(config), durationUs: aacFrameTimeUs(1, config.sampleRate) };
}
