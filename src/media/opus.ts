import { MediaFormatError, OptionError } from '../core/errors.ts';

/** No Opus packet lasts longer (RFC 6716, section 3.2.5). */
export const OPUS_MAX_PACKET_US = 120_000;

/** Frame durations in microseconds by the 5-bit configuration number of the TOC byte (RFC 6716, table 2). */
const FRAME_US: readonly number[] = [
  ...repeat([10_000, 20_000, 40_000, 60_000], 3), // SILK: narrow, medium, wide band
  ...repeat([10_000, 20_000], 2), // hybrid: super-wide, full band
  ...repeat([2_500, 5_000, 10_000, 20_000], 4), // CELT: narrow to full band
];

/** Duration of each frame inside an Opus packet, in microseconds: 2 500, 5 000, 10 000, 20 000, 40 000 or 60 000. */
export function opusFrameDurationUs(packet: Uint8Array): number {
  return FRAME_US[tocOf(packet) >> 3]!;
}

/** Number of frames inside an Opus packet, 1 to 48 (RFC 6716, section 3.2). */
export function opusFrameCount(packet: Uint8Array): number {
  const code = tocOf(packet) & 3;
  if (code < 3) return code === 0 ? 1 : 2;
  const counts = packet[1];
  if (counts === undefined) throw new MediaFormatError('Opus', 1, 'the packet ends before its frame count');
  const count = counts & 0x3f;
  if (count === 0) throw new MediaFormatError('Opus', 1, 'the packet claims to hold no frame');
  return count;
}

/**
 * Duration of an Opus packet in microseconds, 2 500 to 120 000, read from its first two bytes: exact, whatever the
 * container says. Throws {@link MediaFormatError} when the packet is empty, cut off, or longer than 120 ms.
 */
export function opusPacketDurationUs(packet: Uint8Array): number {
  const durationUs = opusFrameDurationUs(packet) * opusFrameCount(packet);
  if (durationUs > OPUS_MAX_PACKET_US) {
    throw new MediaFormatError('Opus', 0, `the packet claims to last ${durationUs / 1000} ms, the limit is 120`);
  }
  return durationUs;
}

/** 20 ms of digital silence: one full-band mono CELT frame with its silence flag set (RFC 6716, section 4.3). */
export const OPUS_SILENCE: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe);

const silences = new Map<number, Uint8Array>([[20_000, OPUS_SILENCE]]);

/**
 * An Opus packet that decodes as digital silence of `durationUs`: any multiple of 2.5 ms up to 120 ms, so that it can
 * stand in for any valid packet. It repeats the longest CELT frame that divides the duration, in a packet of code 3
 * with frames of equal size. The result is shared between callers: nobody writes into it.
 *
 * Throws {@link OptionError} for a duration that no Opus packet has.
 */
export function opusSilence(durationUs: number): Uint8Array {
  let packet = silences.get(durationUs);
  if (!packet) silences.set(durationUs, (packet = makeSilence(durationUs)));
  return packet;
}

function makeSilence(durationUs: number): Uint8Array {
  const config = [31, 30, 29, 28].find((candidate) => durationUs % FRAME_US[candidate]! === 0);
  if (config === undefined || durationUs <= 0 || durationUs > OPUS_MAX_PACKET_US) {
    throw new OptionError('durationUs', durationUs, 'a multiple of 2500 between 2500 and 120000');
  }
  const [, ...frame] = OPUS_SILENCE;
  const count = durationUs / FRAME_US[config]!;
  if (count === 1) return Uint8Array.of(config << 3, ...frame);
  return Uint8Array.of((config << 3) | 3, count, ...repeat(frame, count));
}

function tocOf(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw new MediaFormatError('Opus', 0, 'the packet is empty');
  return toc;
}

function repeat<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => items).flat();
}
