import type { EncodedPacket, InputAudioTrack, InputVideoTrack } from 'mediabunny';
import type { SinkAccepts } from '../core/media-source.ts';
import type { Sample, VideoCodec } from '../core/sample.ts';
import { aacFrameTimeUs, adtsFrame, parseAacSpecificConfig } from '../media/aac.ts';
import { joinAnnexB } from '../media/annexb.ts';
import { parseAvcConfig, splitAvc } from '../media/avc.ts';
import { h264KeepsOrder, isPicturePart, NAL_IDR, NAL_SEI, nalType } from '../media/h264.ts';
import { isOpusHead, parseOpusHead } from '../media/opus-head.ts';
import { opusPacketDurationUs } from '../media/opus.ts';
import { isVp8Keyframe } from '../media/vp8.ts';
import type { Opening } from './source-options.ts';

/** What a packet is as a sample; the time of it is another matter. */
export type PacketContent = Pick<Sample, 'codec' | 'data' | 'durationUs' | 'keyframe'>;

/** Makes of the packets of a track what a sink takes. */
export type PacketReader = (packet: EncodedPacket) => PacketContent;

const CODECS: Readonly<Record<string, VideoCodec | undefined>> = { vp8: 'vp8', avc: 'h264' };

/** How to send a track of sound as it is; undefined when the sink does not take it so. */
export async function readerOfSound(
  track: InputAudioTrack,
  { audio: accepts }: SinkAccepts,
): Promise<PacketReader | undefined> {
  const codec = await track.getCodec();
  if (codec === 'opus' && accepts.includes('opus') && (await isPlainOpus(track))) {
    return ({ data }) => ({ codec: 'opus', data, durationUs: opusPacketDurationUs(data), keyframe: true });
  }
  const description = await descriptionOf(track);
  const config = codec === 'aac' && accepts.includes('aac') && description && parseAacSpecificConfig(description);
  if (!config) return undefined;
  const durationUs = aacFrameTimeUs(1, config.sampleRate);
  return ({ data }) => ({ codec: 'aac', data: adtsFrame(config, data), durationUs, keyframe: true });
}

/** How to send a track of pictures as it is; undefined when the sink does not take it so, or it is larger than wanted. */
export async function readerOfPictures(
  track: InputVideoTrack,
  { audio, video: accepts }: SinkAccepts,
  wanted: Opening['video'],
): Promise<PacketReader | undefined> {
  const codec = CODECS[(await track.getCodec()) ?? ''];
  const isWanted = codec === wanted.codec && accepts.includes(wanted.codec) && (await isSmall(track, wanted));
  if (!isWanted) return undefined;
  if (codec === 'vp8') {
    return ({ data, duration }) => ({
      ...{ codec: 'vp8', data, keyframe: isVp8Keyframe(data) },
      durationUs: toDurationUs(duration),
    });
  }
  const description = await descriptionOf(track);
  const config = description && parseAvcConfig(description);
  // A WebRTC peer, which takes no AAC, takes only the profile that was agreed upon.
  if (!config || !audio.includes('aac') || !config.sps.every(h264KeepsOrder)) return undefined;
  return ({ data, duration }) => {
    const nals = splitAvc(data, config.lengthBytes).filter(
      (nal) => isPicturePart(nalType(nal)) || nalType(nal) === NAL_SEI,
    );
    const keyframe = nals.some((nal) => nalType(nal) === NAL_IDR);
    const whole = keyframe ? [...config.sps, ...config.pps, ...nals] : nals;
    return { codec: 'h264', data: joinAnnexB(whole), durationUs: toDurationUs(duration), keyframe };
  };
}

function toDurationUs(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1e6));
}

/** Mono or stereo, to be played as loud as it is. */
async function isPlainOpus(track: InputAudioTrack): Promise<boolean> {
  if ((await track.getNumberOfChannels()) > 2) return false;
  const head = await descriptionOf(track);
  if (!head || !isOpusHead(head)) return true;
  const { mappingFamily, outputGainDb } = parseOpusHead(head);
  return mappingFamily === 0 && outputGainDb === 0;
}

async function isSmall(track: InputVideoTrack, most: Opening['video']): Promise<boolean> {
  if ((await track.getRotation()) !== 0) return false;
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  return width <= most.videoWidth && height <= most.videoHeight;
}

/** What a decoder has to know first. */
async function descriptionOf(track: InputAudioTrack | InputVideoTrack): Promise<Uint8Array | undefined> {
  // Of a type that belongs to browsers.
  const config = (await track.getDecoderConfig()) as { description?: ArrayBuffer | ArrayBufferView } | null;
  const description = config?.description;
  if (!description) return undefined;
  if (!ArrayBuffer.isView(description)) return new Uint8Array(description);
  return new Uint8Array(description.buffer, description.byteOffset, description.byteLength);
}
