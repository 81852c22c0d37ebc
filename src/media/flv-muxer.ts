import type { Sample } from '../core/sample.ts';
import { aacSpecificConfig, readAdtsHeader } from './aac.ts';
import { splitAnnexB } from './annexb.ts';
import { avcConfig, joinAvc } from './avc.ts';
import { concatBytes, viewOf } from './bytes.ts';

/** Writes an FLV stream of one H.264 and one AAC track. */
export interface FlvMuxer {
  /** Takes one H.264 or AAC sample, to be shown or heard at `timeMs`, which is whole and not negative. */
  write(sample: Pick<Sample, 'kind' | 'data' | 'keyframe'>, timeMs: number): void;
}

/** `FLV`, version 1, sound and picture, nine bytes of header; and the size of no tag before the first. */
const HEADER = Uint8Array.of(0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0);
const AUDIO_TAG = 8;
const VIDEO_TAG = 9;
/** AAC; rate, size and channels are said so for all AAC. */
const AAC = 0xaf;
const AVC_KEYFRAME = 0x17;
const AVC_INTERFRAME = 0x27;
/** What follows: how to decode, or media. */
const CONFIG = 0;
const MEDIA = 1;
const TAG_HEADER_BYTES = 11;

/**
 * Writes FLV (Adobe Flash Video File Format 10.1, annex E), to be read by an RTMP server: bytes go to `onBytes` at once.
 *
 * - Says how to decode before the first sample of a kind, and again whenever that changes. Parameter sets also stay in the
 *   pictures they come with.
 * - Samples of both kinds may be written in any order.
 */
export function createFlvMuxer({ onBytes }: { onBytes: (bytes: Uint8Array) => void }): FlvMuxer {
  const configs = new Map<number, string>();

  function configure(tag: number, prefix: readonly number[], config: Uint8Array, timeMs: number): Uint8Array[] {
    const text = String(config);
    if (configs.get(tag) === text) return [];
    configs.set(tag, text);
    return flvTag(tag, timeMs, Uint8Array.from(prefix), config);
  }

  function audioTags(data: Uint8Array, timeMs: number): Uint8Array[] {
    const header = readAdtsHeader(data);
    if (!header) return [];
    return [
      ...configure(AUDIO_TAG, [AAC, CONFIG], aacSpecificConfig(header), timeMs),
      ...flvTag(AUDIO_TAG, timeMs, Uint8Array.of(AAC, MEDIA), data.subarray(header.headerBytes)),
    ];
  }

  function videoTags(data: Uint8Array, keyframe: boolean, timeMs: number): Uint8Array[] {
    const nals = splitAnnexB(data);
    const config = keyframe ? avcConfig(nals) : undefined;
    // Three more bytes: shown when decoded.
    const prefix = Uint8Array.of(keyframe ? AVC_KEYFRAME : AVC_INTERFRAME, MEDIA, 0, 0, 0);
    return [
      ...(config ? configure(VIDEO_TAG, [AVC_KEYFRAME, CONFIG, 0, 0, 0], config, timeMs) : []),
      ...flvTag(VIDEO_TAG, timeMs, prefix, joinAvc(nals)),
    ];
  }

  let begun = false;
  return {
    write({ kind, data, keyframe }, timeMs) {
      const tags = kind === 'audio' ? audioTags(data, timeMs) : videoTags(data, keyframe, timeMs);
      onBytes(concatBytes(begun ? tags : [HEADER, ...tags]));
      begun = true;
    },
  };
}

function flvTag(type: number, timeMs: number, prefix: Uint8Array, body: Uint8Array): Uint8Array[] {
  const size = prefix.length + body.length;
  const header = new Uint8Array(TAG_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, (type << 24) | size);
  view.setUint32(4, (timeMs << 8) | ((timeMs >>> 24) & 0xff)); // the highest byte comes last
  const end = new Uint8Array(4);
  viewOf(end).setUint32(0, TAG_HEADER_BYTES + size);
  return [header, prefix, body, end];
}
