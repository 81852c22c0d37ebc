import type { Codec, VideoCodec } from '../core/sample.ts';
import { type CommandFile, type CommandOption, findOption, splitFlag } from './ffmpeg-command.ts';

/** What the output of a command lacks, and what comes of it. */
export interface OutputPlan {
  readonly codec: Codec;
  /** Frames per second; only for H.264, whose byte stream bears no times. */
  readonly frameRate?: number | undefined;
  /** What the command does not say itself. */
  readonly missing: readonly CommandOption[];
}

/** Throws an error that says what is wrong with the command. */
export type Refuse = (problem: string) => never;

const RAW_AUDIO = /^(?:pcm_\w+|[suf]\d+(?:[lb]e)?|alaw|mulaw)$/;
const RAW_VIDEO = /^(?:rawvideo|yuv4mpegpipe|wrapped_avframe|v210|v308|v408|yuv4)$/;
const NAMES: Readonly<Record<Codec, string>> = { opus: 'Opus', vp8: 'VP8', h264: 'H.264', aac: 'AAC' };
/** How a command makes each kind of sound. */
const AUDIO = {
  opus: { encoder: 'libopus', encoders: /opus/, muxers: ['ogg', 'oga', 'opus'], container: 'Ogg', format: 'ogg' },
  aac: { encoder: 'aac', encoders: /aac/, muxers: ['adts'], container: 'ADTS', format: 'adts' },
} as const;
const DEFAULT_FRAME_RATE = 30;
/** Names that ffmpeg has for frame rates. */
const FRAME_RATES: Readonly<Record<string, number>> = {
  ntsc: 30_000 / 1001,
  qntsc: 30_000 / 1001,
  sntsc: 30_000 / 1001,
  pal: 25,
  qpal: 25,
  spal: 25,
  film: 24,
  'ntsc-film': 24_000 / 1001,
};

/**
 * Opus in Ogg, 20 ms a packet and one packet a page, or AAC in ADTS: the first in `accepts` that goes with what the command
 * says itself. What it says is left alone.
 */
export function planAudioOutput(output: CommandFile, accepts: readonly Codec[], refuse: Refuse): OutputPlan {
  const codec = codecOption(output, 'a');
  const format = findOption(output, 'f');
  const made = madeSound(accepts, codec, format);
  const { encoder, encoders, muxers, container, format: muxer } = AUDIO[made];
  const channels = findOption(output, 'ac');
  const fix = `leave it out, or write -c:a ${encoder} -f ${muxer}`;
  if (findOption(output, 'an')) refuse('has -an, which leaves no audio to play');
  if (codec && codec.value !== 'copy' && !encoders.test(codec.value ?? '')) {
    const makes = RAW_AUDIO.test(codec.value ?? '') ? 'makes raw PCM' : `does not make ${NAMES[made]}`;
    refuse(`has ${text(codec)}, which ${makes}: ${fix}`);
  }
  if (format && !muxers.some((name) => name === format.value)) {
    const makes = RAW_AUDIO.test(format.value ?? '') ? 'makes raw PCM' : `does not make ${container}`;
    refuse(`has ${text(format)}, which ${makes}: ${fix}`);
  }
  if (channels && !['1', '2'].includes(channels.value ?? '')) {
    refuse(`has ${text(channels)}, and only mono and stereo can be sent: write -ac 2, or leave it out`);
  }

  const missing = collector(output);
  missing.fill('-vn');
  if (!codec) missing.add('-c:a', encoder);
  if (made === 'opus' && (!codec || codec.value === 'libopus')) {
    missing.fill('-application', 'audio');
    missing.fill('-frame_duration', '20');
  }
  if (codec?.value !== 'copy') {
    missing.fill('-ar', '48000');
    if (!findOption(output, 'channel_layout', 'ch_layout')) missing.fill('-ac', '2');
  }
  if (made === 'opus') missing.fill('-page_duration', '20000');
  else missing.fill('-flush_packets', '1');
  missing.fill('-f', muxer);
  return { codec: made, missing: missing.options };
}

/** What goes with all that is said, or else what is taken first, so that the error tells how to make that. */
function madeSound(
  accepts: readonly Codec[],
  codec: CommandOption | undefined,
  format: CommandOption | undefined,
): keyof typeof AUDIO {
  const taken = accepts.filter((it) => it === 'opus' || it === 'aac');
  const suits = ({ encoders, muxers }: (typeof AUDIO)[keyof typeof AUDIO]): boolean =>
    (!codec || codec.value === 'copy' || encoders.test(codec.value ?? '')) &&
    (!format || muxers.some((name) => name === format.value));
  return taken.find((it) => suits(AUDIO[it])) ?? taken[0] ?? 'opus';
}

/**
 * VP8 in IVF, or H.264 as Annex B, whichever comes first in `accepts`, unless the command has its own values. No bitrate
 * and no keyframe interval: those are the command's business.
 */
export function planVideoOutput(output: CommandFile, accepts: readonly Codec[], refuse: Refuse): OutputPlan {
  if (findOption(output, 'vn')) refuse('has -vn, which leaves no video to play');
  const encoder = codecOption(output, 'v');
  const format = findOption(output, 'f');
  const encoded = encoder && encodedBy(encoder, refuse);
  const contained = format && containedIn(format, refuse);
  const asked = [encoder, format].flatMap((option) => (option ? [text(option)] : [])).join(' and ');
  if (encoded && contained && encoded !== contained) refuse(`has ${asked}, which do not go together`);
  const codec = encoded ?? contained ?? accepts[0] ?? 'vp8';
  if (!accepts.includes(codec)) {
    const taken = accepts.map((it) => NAMES[it]).join(' or ') || 'no video';
    refuse(`makes ${NAMES[codec]}${asked && ` by ${asked}`}, and the sink takes ${taken}`);
  }

  const missing = collector(output);
  const name = encoder?.value ?? (codec === 'vp8' ? 'libvpx' : 'libx264');
  if (!encoder) missing.add('-c:v', name);
  if (name === 'libvpx') {
    if (!findOption(output, 'quality')) missing.fill('-deadline', 'realtime');
    // Of a picture with transparency libvpx would make two streams, and fail at it.
    missing.fill('-pix_fmt', 'yuv420p');
  }
  if (name === 'libx264') {
    missing.fill('-preset', 'veryfast');
    missing.fill('-tune', 'zerolatency');
    missing.fill('-profile:v', 'baseline');
    missing.fill('-bf', '0');
    missing.fill('-pix_fmt', 'yuv420p');
  }
  const rate = findOption(output, 'r');
  if (codec === 'h264' && !rate) {
    if (name === 'copy') refuse('copies H.264, which bears no times: say its frame rate with -r before the output');
    missing.add('-r', String(DEFAULT_FRAME_RATE));
  }
  missing.fill('-f', codec === 'vp8' ? 'ivf' : 'h264');
  return { codec, frameRate: codec === 'h264' ? readFrameRate(rate, refuse) : undefined, missing: missing.options };
}

/** The codec that an encoder makes; undefined for a copy. */
function encodedBy(encoder: CommandOption, refuse: Refuse): VideoCodec | undefined {
  const name = encoder.value ?? '';
  if (name === 'copy') return undefined;
  if (name === 'libvpx' || name.includes('vp8')) return 'vp8';
  if (name.includes('264')) return 'h264';
  const makes = RAW_VIDEO.test(name) ? 'makes raw pictures' : 'makes neither VP8 nor H.264';
  return refuse(`has ${text(encoder)}, which ${makes}: leave it out, or write -c:v libvpx`);
}

function containedIn(format: CommandOption, refuse: Refuse): VideoCodec {
  if (format.value === 'ivf') return 'vp8';
  if (format.value === 'h264') return 'h264';
  const makes = RAW_VIDEO.test(format.value ?? '') ? 'makes raw pictures' : 'cannot be read';
  return refuse(`has ${text(format)}, which ${makes}: leave it out, or write -f ivf`);
}

function readFrameRate(rate: CommandOption | undefined, refuse: Refuse): number {
  if (!rate) return DEFAULT_FRAME_RATE;
  const [, number, divisor = '1'] = /^(\d+(?:\.\d+)?)(?:[/:](\d+(?:\.\d+)?))?$/.exec(rate.value ?? '') ?? [];
  const perSecond = number === undefined ? FRAME_RATES[rate.value ?? ''] : Number(number) / Number(divisor);
  if (perSecond !== undefined && perSecond > 0 && perSecond <= 1000) return perSecond;
  return refuse(`has ${text(rate)}, which is no frame rate`);
}

/** The option that names the codec for streams of one kind: `-c`, `-codec:a`, `-c:a:0`, `-acodec` and so on. */
function codecOption(output: CommandFile, kind: 'a' | 'v'): CommandOption | undefined {
  return output.options.findLast(({ flag }) => {
    const [name, streams = kind] = splitFlag(flag);
    if (name === `${kind}codec`) return true;
    const ofOtherKind = /^[avVsdt](?::|$)/.test(streams) && streams[0]!.toLowerCase() !== kind;
    return (name === 'c' || name === 'codec') && !ofOtherKind;
  });
}

function text({ flag, value }: CommandOption): string {
  return value === undefined ? flag : `${flag} ${value}`;
}

interface Collector {
  readonly options: CommandOption[];
  add(flag: string, value?: string): void;
  /** Adds an option unless the output has it, for whichever streams. */
  fill(flag: string, value?: string): void;
}

function collector(output: CommandFile): Collector {
  const options: CommandOption[] = [];
  const add = (flag: string, value?: string): unknown => options.push({ flag, value });
  const fill = (flag: string, value?: string): unknown => findOption(output, splitFlag(flag)[0]) ?? add(flag, value);
  return { options, add, fill };
}
