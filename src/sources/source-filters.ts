import { OptionError } from '../core/errors.ts';

/** One band of an equalizer: `gainDb` at `hz`, over `widthOctaves` octaves (default 1). */
export interface EqualizerBand {
  readonly hz: number;
  readonly gainDb: number;
  readonly widthOctaves?: number | undefined;
}

/** What ffmpeg does to sound and picture before they are encoded; in this order. */
export interface SourceFilters {
  /** Speed of both sound and picture, 0.5 to 4; pitch stays. Default 1. */
  readonly tempo?: number | undefined;
  /** Pitch as a factor, 0.5 to 2; tempo stays. Default 1. */
  readonly pitch?: number | undefined;
  /** Gain at low (100 Hz) and high (3 kHz) frequencies, in dB, -30 to 30. */
  readonly bassDb?: number | undefined;
  readonly trebleDb?: number | undefined;
  readonly equalizer?: readonly EqualizerBand[] | undefined;
  /** Evens out loudness (EBU R128) to so many LUFS, -70 to -5; -16 suits speech and music over the network. */
  readonly loudnessLufs?: number | undefined;
  /** Factor, 0 to 16. Default 1. */
  readonly volume?: number | undefined;
  /** Length of a fade from silence and black at the start, in milliseconds. */
  readonly fadeInMs?: number | undefined;
  /** Fade to silence and black: from when on, counted from where playing starts, and how long, in milliseconds. */
  readonly fadeOut?: { readonly atMs: number; readonly durationMs: number } | undefined;
  /** Added behind all of these, as ffmpeg's `-af` and `-vf` take them. */
  readonly audio?: string | undefined;
  readonly video?: string | undefined;
}

/** The filters of each leg, as `-af` and `-vf` take them, and the speed that they bring about. */
export interface LegFilters {
  readonly audio: string | undefined;
  readonly video: string | undefined;
  readonly tempo: number;
}

/**
 * Writes filters in ffmpeg's language. Throws an {@link OptionError} for a value that is out of range.
 *
 * @example
 * toLegFilters({ tempo: 1.25, volume: 1.5 }) // audio 'atempo=1.25,volume=1.5', video 'setpts=PTS/1.25,concat=n=1'
 */
export function toLegFilters(filters: SourceFilters = {}): LegFilters {
  const { fadeOut, equalizer = [] } = filters;
  const tempo = check('tempo', filters.tempo, 0.5, 4) ?? 1;
  const pitch = check('pitch', filters.pitch, 0.5, 2) ?? 1;
  const bassDb = check('bassDb', filters.bassDb, -30, 30);
  const trebleDb = check('trebleDb', filters.trebleDb, -30, 30);
  const loudnessLufs = check('loudnessLufs', filters.loudnessLufs, -70, -5);
  const volume = check('volume', filters.volume, 0, 16);
  const fadeInMs = check('fadeInMs', filters.fadeInMs, 0, 3_600_000);
  const atMs = check('fadeOut.atMs', fadeOut?.atMs, 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const durationMs = check('fadeOut.durationMs', fadeOut?.durationMs, 0, 3_600_000) ?? 0;
  const fades = (name: 'afade' | 'fade'): (string | false)[] => [
    fadeInMs !== undefined && `${name}=t=in:d=${fadeInMs / 1000}`,
    fadeOut !== undefined && `${name}=t=out:st=${atMs / 1000}:d=${durationMs / 1000}`,
  ];
  return {
    tempo,
    audio: join([
      // Played faster and higher, and then stretched to the tempo that was asked for.
      pitch !== 1 && `aresample=48000,asetrate=${Math.round(48_000 * pitch)},aresample=48000`,
      ...tempoSteps(tempo / pitch),
      bassDb !== undefined && `bass=g=${bassDb}`,
      trebleDb !== undefined && `treble=g=${trebleDb}`,
      ...equalizer.map(toBand),
      loudnessLufs !== undefined && `loudnorm=I=${loudnessLufs}:LRA=11:TP=-1.5`,
      volume !== undefined && `volume=${volume}`,
      ...fades('afade'),
      text('audio', filters.audio),
    ]),
    video: join([tempo !== 1 && `setpts=PTS/${tempo},${END_ANEW}`, ...fades('fade'), text('video', filters.video)]),
  };
}

/** In ffmpeg 4, `setpts` leaves the end of the picture where it was, and the last one would stand still until then. */
const END_ANEW = 'concat=n=1';

/** Older versions of ffmpeg take no factor outside of 0.5 to 2 in one step. */
function tempoSteps(tempo: number): string[] {
  const steps: string[] = [];
  let rest = tempo;
  for (; rest > 2; rest /= 2) steps.push('atempo=2');
  for (; rest < 0.5; rest *= 2) steps.push('atempo=0.5');
  if (Math.abs(rest - 1) > 1e-9) steps.push(`atempo=${Number(rest.toFixed(9))}`);
  return steps;
}

function toBand({ hz, gainDb, widthOctaves = 1 }: EqualizerBand, index: number): string {
  const path = `equalizer[${index}]`;
  check(`${path}.hz`, hz, 1, 24_000);
  check(`${path}.gainDb`, gainDb, -30, 30);
  check(`${path}.widthOctaves`, widthOctaves, 0.01, 10);
  return `equalizer=f=${hz}:t=o:w=${widthOctaves}:g=${gainDb}`;
}

function check(path: string, value: number | undefined, least: number, most: number): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return value;
  throw new OptionError(`options.filters.${path}`, value, `a number from ${least} to ${most}`);
}

function text(name: string, value: string | undefined): string | false {
  if (value === undefined) return false;
  if (typeof value === 'string' && value !== '') return value;
  throw new OptionError(`options.filters.${name}`, value, 'a filter of ffmpeg');
}

function join(parts: readonly (string | false)[]): string | undefined {
  const present = parts.filter((part) => part !== false);
  return present.length > 0 ? present.join(',') : undefined;
}
