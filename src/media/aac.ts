import { MediaFormatError } from '../core/errors.ts';
import { BitWriter } from './bit-writer.ts';

/** Samples of sound in one frame of AAC-LC, of each channel (ISO/IEC 14496-3, 4.5.2.1.1). */
const FRAME_SAMPLES = 1024;

/** Sampling rates by their index (ISO/IEC 14496-3, table 1.18). */
const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/** What a decoder must know of an AAC stream. */
export interface AacConfig {
  /** 2 for AAC-LC. */
  readonly objectType: number;
  readonly sampleRate: number;
  /** 1 or 2. */
  readonly channels: number;
}

/** What our encoders make. */
export const DEFAULT_AAC: AacConfig = { objectType: 2, sampleRate: 48_000, channels: 2 };

/** The header in front of a frame of AAC (ADTS: ISO/IEC 14496-3, 1.A.2), read. */
export interface AdtsHeader extends AacConfig {
  readonly headerBytes: number;
  /** Header and frame. */
  readonly frameBytes: number;
}

const HEADER_BYTES = 7;
const CRC_BYTES = 2;

/**
 * Reads the header at `at`; undefined when it has not come in full. Throws {@link MediaFormatError}, placed at `position`,
 * for what is none, for more than one block in a frame, and for what is neither mono nor stereo.
 */
export function readAdtsHeader(bytes: Uint8Array, at = 0, position = 0): AdtsHeader | undefined {
  if (bytes.length - at < HEADER_BYTES) return undefined;
  const byte = (index: number): number => bytes[at + index]!;
  const fail = (problem: string): never => {
    throw new MediaFormatError('AAC', position, problem);
  };
  if (byte(0) !== 0xff || (byte(1) & 0xf6) !== 0xf0) fail('there is no frame header');
  const headerBytes = HEADER_BYTES + (byte(1) & 1 ? 0 : CRC_BYTES);
  const frameBytes = ((byte(3) & 3) << 11) | (byte(4) << 3) | (byte(5) >> 5);
  const channels = ((byte(2) & 1) << 2) | (byte(3) >> 6);
  const sampleRate = RATES[(byte(2) >> 2) & 15] ?? fail('its sampling rate does not exist');
  if (frameBytes <= headerBytes) fail(`a frame claims to have ${frameBytes} bytes`);
  if ((byte(6) & 3) !== 0) fail('a frame holds several blocks; encode it with one');
  if (channels !== 1 && channels !== 2) fail(`it has channel layout ${channels}; encode it in mono or stereo`);
  return { objectType: (byte(2) >> 6) + 1, sampleRate, channels, headerBytes, frameBytes };
}

/** A raw frame behind a header of its own. */
export function adtsFrame(config: AacConfig, raw: Uint8Array): Uint8Array {
  const { objectType, sampleRate, channels } = config;
  const header = new BitWriter()
    .write(0xfff1, 16) // the mark; MPEG-4, no CRC
    .write(objectType - 1, 2)
    .write(rateIndex(sampleRate), 4)
    .write(0, 1)
    .write(channels, 3)
    .write(0, 4)
    .write(HEADER_BYTES + raw.length, 13)
    .write(0x7ff, 11) // of any bitrate
    .write(0, 2)
    .bytes();
  const frame = new Uint8Array(HEADER_BYTES + raw.length);
  frame.set(header);
  frame.set(raw, HEADER_BYTES);
  return frame;
}

/** When the frame numbered `frame` begins, in microseconds: rounded so that durations add up. */
export function aacFrameTimeUs(frame: number, sampleRate: number): number {
  return Math.round((frame * FRAME_SAMPLES * 1e6) / sampleRate);
}

/** The two bytes of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
export function aacSpecificConfig({ objectType, sampleRate, channels }: AacConfig): Uint8Array {
  return new BitWriter().write(objectType, 5).write(rateIndex(sampleRate), 4).write(channels, 4).write(0, 3).bytes();
}

/** Reads an AudioSpecificConfig; undefined for what is not plain AAC-LC in mono or stereo. */
export function parseAacSpecificConfig(bytes: Uint8Array): AacConfig | undefined {
  const [first = 0, second = 0] = bytes;
  const objectType = first >> 3;
  const sampleRate = RATES[((first & 7) << 1) | (second >> 7)];
  const channels = (second >> 3) & 15;
  // The last three bits: frames of 1024 samples, no core coder, no extension.
  const isPlain = bytes.length >= 2 && objectType === 2 && (channels === 1 || channels === 2) && (second & 7) === 0;
  return isPlain && sampleRate !== undefined ? { objectType, sampleRate, channels } : undefined;
}

const silences = new Map<string, Uint8Array>();

/** One silent frame of AAC-LC, with its ADTS header. What sounded before fades out in it, for frames overlap. */
export function aacSilence(config: AacConfig): Uint8Array {
  const key = `${config.sampleRate}/${config.channels}`;
  let frame = silences.get(key);
  if (!frame) silences.set(key, (frame = adtsFrame(config, rawSilence(config.channels))));
  return frame;
}

const SINGLE_CHANNEL = 0;
const CHANNEL_PAIR = 1;
const END = 7;
/** One long window, no bands, no prediction. */
const ICS_INFO_BITS = 11;
const GAIN_BITS = 8;
/** No pulses, no noise shaping, no gain control. */
const TOOL_BITS = 3;

/** Channel elements without any band, and the end mark (ISO/IEC 14496-3, 4.4.2). */
function rawSilence(channels: number): Uint8Array {
  const bits = new BitWriter();
  if (channels === 2) {
    bits.write(CHANNEL_PAIR, 3).write(0, 4).write(1, 1).write(0, ICS_INFO_BITS).write(0, 2);
    for (const count of [GAIN_BITS, TOOL_BITS, GAIN_BITS, TOOL_BITS]) bits.write(0, count);
  } else {
    bits.write(SINGLE_CHANNEL, 3).write(0, 4).write(0, GAIN_BITS).write(0, ICS_INFO_BITS).write(0, TOOL_BITS);
  }
  return bits.write(END, 3).bytes();
}

function rateIndex(sampleRate: number): number {
  const index = RATES.indexOf(sampleRate);
  if (index < 0) throw new MediaFormatError('AAC', 0, `a sampling rate of ${sampleRate} Hz does not exist in it`);
  return index;
}
