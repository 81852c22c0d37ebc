import { OptionError } from '../core/errors.ts';
import type { EncodedSourceOptions } from './source-options.ts';

/** Those of some sources only among them: what a source does not have is not given. */
type CheckedOptions = EncodedSourceOptions & { live?: boolean | undefined; passthrough?: boolean | undefined };
type Name = keyof CheckedOptions;
type Rule = readonly [name: Name, isGood: (value: unknown) => boolean, expected: string];

const CHOICES = ['auto', 'required', 'off'];

const within =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= least && value <= most;
const evenWithin =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    within(least, most)(value) && (value as number) % 2 === 0;
const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

const RULES: readonly Rule[] = [
  ['startMs', within(0, Number.MAX_VALUE), 'a number of milliseconds, 0 or more'],
  ['video', oneOf(true, false), 'true or false'],
  ['live', oneOf(true, false), 'true or false'],
  ['passthrough', oneOf(true, false), 'true or false'],
  ['audioBitrateKbps', within(6, 510), 'a number from 6 to 510'],
  ['audioChannels', oneOf(1, 2), '1 or 2'],
  ['codec', oneOf('vp8', 'h264'), "'vp8' or 'h264'"],
  ['videoBitrateKbps', within(30, 50_000), 'a number from 30 to 50000'],
  ['videoWidth', evenWithin(16, 7680), 'an even number from 16 to 7680'],
  ['videoHeight', evenWithin(16, 7680), 'an even number from 16 to 7680'],
  ['videoFps', within(1, 120), 'a number from 1 to 120'],
  ['videoFit', oneOf('fit', 'pad', 'stretch'), "'fit', 'pad' or 'stretch'"],
  ['videoCodec', isText, 'the name of an encoder'],
  ['processes', oneOf('one', 'two'), "'one' or 'two'"],
  ['threads', (value) => within(1, 64)(value) && Number.isInteger(value), 'a whole number from 1 to 64'],
  ['inputArgs', isTexts, 'an array of strings'],
  ['outputArgs', isTexts, 'an array of strings'],
  ['ffmpegPath', isText, 'a path'],
];

/** Throws an {@link OptionError} that names the first option which is not what it should be. */
export function validateSourceOptions(options: CheckedOptions): void {
  for (const [name, isGood, expected] of RULES) {
    const value = options[name];
    if (value !== undefined && !isGood(value)) throw new OptionError(`options.${name}`, value, expected);
  }
  const { tracks } = options;
  if (tracks === undefined) return;
  if (typeof tracks !== 'object' || tracks === null) throw new OptionError('options.tracks', tracks, 'an object');
  for (const kind of ['audio', 'video'] as const) {
    const choice = tracks[kind];
    if (choice === undefined || CHOICES.includes(choice)) continue;
    throw new OptionError(`options.tracks.${kind}`, choice, "'auto', 'required' or 'off'");
  }
}
