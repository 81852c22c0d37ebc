import type { Codec } from '../core/sample.ts';
import { type CommandFile, type CommandOption, findOption, splitFlag } from './ffmpeg-command.ts';

/** What the output of a command has to say so that its bytes can be read as samples. */
export interface OutputPlan {
  readonly codec: Codec;
  /** Frames per second; only for H.264, whose byte stream bears no times. */
  readonly frameRate?: number | undefined;
  /** What the command does not say itself. */
  readonly missing: readonly CommandOption[];
}

/** Throws an error that says what is wrong with the command. */
export type Refuse = (problem: string) => never;

const OGG_MUXERS = new Set(['ogg', 'oga', 'opus']);
const RAW_AUDIO = /^(?:pcm_\w+|[suf]\d+(?:[lb]e)?|[fs]\d+|alaw|mulaw)$/;
const RAW_VIDEO = /^(?:rawvideo|yuv4mpegpipe|wrapped_avframe|v210|v308|v408|yuv4)$/;
const DEFAULT_FRAME_RATE = 30;
/** Names that ffmpeg has for frame rates. */
const FRAME_RATES: Readonly<Record<string, number>> = {
  ntsc: 30_000 / 1001,
  pal: 25,
  qntsc: 30_000 / 1001,
  qpal: 25,
  sntsc: 30_000 / 1001,
  spal: 25,
  film: 24,
  'ntsc-film': 24_000 / 1001,
};

/** Opus in Ogg, 20 ms a packet and one packet a page, unless the command has its own values. */
export function planAudioOutput(output: CommandFile, refuse: Refuse): OutputPlan {
  const codec = codecOption(output, 'a');
  const format = findOption(output, 'f');
  const fix = 'leave it out, or write -c:a libopus -f ogg';
  if (codec && codec.value !== 'copy' && !/opus/.test(codec.value ?? '')) {
    const makes = RAW_AUDIO.test(codec.value ?? '') ? 'makes raw PCM' : 'does not make Opus';
    refuse(`: ${text(codec)} ${makes}, which is what can be sent: ${fix}`.replace('raw PCM, which is what', 'raw PCM; only Opus'));
  }
  if (format && !OGG_MUXERS.has(format.value ?? '')) {
    const makes = RAW_AUDIO.test(format.value ?? '') ? 'makes raw PCM' : 'does not make Ogg';
    refuse(`: ${text(format)} ${makes}; Opus in Ogg is what can be read: ${fix}`);
  }
  const channels = findOption(output, 'ac');
  if (channels && !['1', '2'].includes(channels.value ?? '')) refuse(`: ${text(channels)} must be -ac 1 or -ac 2`);
  if (findOption(output, 'an')) refuse(': -an leaves no audio to play');

  const missing = new Missing(output);
  missing.add('-vn');
  if (!codec) missing.set('-c:a', 'libopus');
  if (!codec || codec.value === 'libopus') {
    missing.add('-application', 'audio');
    missing.add('-frame_duration', '20');
  }
  if (codec?.value !== 'copy') {
    missing.add('-ar', '48000');
    if (!findOption(output, 'channel_layout', 'ch_layout')) missing.add('-ac', '2');
  }
  missing.add('-page_duration', '20000');
  missing.add('-f', 'ogg');
  return { codec: 'opus', missing: missing.options };
}

/**
 * VP8 in IVF, or H.264 as Annex B, whichever of `accepts` comes first, unless the command has its own values. No bitrate
 * and no keyframe interval: those are the command's business.
 */
export function planVideoOutput(output: CommandFile, accepts: readonly Codec[], refuse: Refuse): OutputPlan {
  if (findOption(output, 'vn')) refuse(': -vn leaves no video to play');
  const codecOpt = codecOption(output, 'v');
  const formatOpt = findOption(output, 'f');
  const named = codecOpt && videoCodecOf(codecOpt, refuse);
  const format = formatOpt && videoFormatOf(formatOpt, refuse);
  if (named && format && named !== format) refuse(`: ${text(codecOpt)} and ${text(formatOpt)} do not go together`);
  const codec = named ?? format ?? accepts.find((it) => it === 'vp8' || it === 'h264') ?? 'vp8';
  if (!accepts.includes(codec)) {
    const asked = [codecOpt, formatOpt].flatMap((option) => (option ? [text(option)] : [])).join(' ');
    refuse(`: ${asked || 'it'} makes ${NAMES[codec]}, and the sink takes ${accepts.map((it) => NAMES[it]).join(' or ') || 'no video'}`);
  }

  const missing = new Missing(output);
  const encoder = codecOpt?.value ?? (codec === 'vp8' ? 'libvpx' : 'libx264');
  if (!codecOpt) missing.set('-c:v', encoder);
  if (encoder === 'libvpx') {
    if (!findOption(output, 'quality')) missing.add('-deadline', 'realtime');
    // A picture with transparency would need a second encoder, and fails.
    missing.add('-pix_fmt', 'yuv420p');
  }
  if (encoder === 'libx264') {
    missing.add('-preset', 'veryfast');
    missing.add('-tune', 'zerolatency');
    missing.add('-bf', '0');
    missing.add('-pix_fmt', 'yuv420p');
  }
  const frameRate = codec === 'h264' ? h264FrameRate(output, encoder, missing, refuse) : undefined;
  missing.add('-f', codec === 'vp8' ? 'ivf' : 'h264');
  return { codec, frameRate, missing: missing.options };
}

const NAMES: Readonly<Record<Codec, string>> = { opus: 'Opus', vp8: 'VP8', h264: 'H.264' };

function videoCodecOf(option: CommandOption, refuse: Refuse): Codec | undefined {
  const name = option.value ?? '';
  if (name === 'copy') return undefined;
  if (name === 'libvpx' || /vp8/.test(name)) return 'vp8';
  if (/264/.test(name)) return 'h264';
  const makes = RAW_VIDEO.test(name) ? 'makes raw pictures' : 'does not make what can be sent';
  return refuse(`: ${text(option)} ${makes}: leave it out, or write -c:v libvpx (VP8) or -c:v libx264 (H.264)`);
}

function videoFormatOf(option: CommandOption, refuse: Refuse): Codec {
  if (option.value === 'ivf') return 'vp8';
  if (option.value === 'h264') return 'h264';
  const makes = RAW_VIDEO.test(option.value ?? '') ? 'makes raw pictures' : 'cannot be read';
  return refuse(`: ${text(option)} ${makes}: leave it out, or write -f ivf (VP8) or -f h264`);
}

function h264FrameRate(output: CommandFile, encoder: string, missing: Missing, refuse: Refuse): number {
  const option = findOption(output, 'r');
  if (!option) {
    if (encoder === 'copy') refuse(': H.264 that is copied bears no times: say its frame rate with -r before the output');
    missing.set('-r', String(DEFAULT_FRAME_RATE));
    return DEFAULT_FRAME_RATE;
  }
  const [, number, divisor = '1'] = /^(\d+(?:\.\d+)?)(?:[/:](\d+(?:\.\d+)?))?$/.exec(option.value ?? '') ?? [];
  const rate = number === undefined ? FRAME_RATES[option.value ?? ''] : Number(number) / Number(divisor);
  if (rate === undefined || !(rate > 0 && rate <= 1000)) refuse(`: ${text(option)} is no frame rate`);
  return rate!;
}

/** The option that names the codec of the streams of one kind: `-c`, `-codec:a`, `-c:a:0`, `-acodec` and so on. */
function codecOption(output: CommandFile, kind: 'a' | 'v'): CommandOption | undefined {
  return output.options.findLast(({ flag }) => {
    const [name, streams] = splitFlag(flag);
    if (name === `${kind}codec`) return true;
    return (name === 'c' || name === 'codec') && !(streams !== undefined && /^[avVsdt](?::|$)/.test(streams) && streams[0]!.toLowerCase() !== kind);
  });
}

function text({ flag, value }: CommandOption): string {
  return value === undefined ? flag : `${flag} ${value}`;
}

/** Collects what an output does not say itself. */
class Missing {
  readonly options: CommandOption[] = [];
  readonly #output: CommandFile;

  constructor(output: CommandFile) {
    this.#output = output;
  }

  add(flag: string, value?: string): void {
    if (!findOption(this.#output, splitFlag(flag)[0])) this.set(flag, value);
  }

  set(flag: string, value?: string): void {
    this.options.push(value === undefined ? { flag } : { flag, value });
  }
}
