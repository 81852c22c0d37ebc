import { OptionError } from '../core/errors.ts';
import { escapeQuoted, quoteArg } from './quote-arg.ts';
import { endsInQuotes } from './tokenize-command.ts';

/** What can be put into a command: a file name, an address, a number, or several arguments. */
export type ShellValue = string | number | URL | readonly string[];

/**
 * Writes a command line around values that may hold anything: each stays one argument, or part of one, as it stands. A
 * list becomes one argument each. Backslashes of the text itself are taken as they are written.
 *
 * What ffmpeg itself makes of a value is another matter: a file name inside a filter needs the quotes of filters, too.
 *
 * Throws an {@link OptionError} for a value of another type.
 *
 * @example
 * const song = 'my "best" song.mp3';
 * const command = shell`ffmpeg -i ${song} -af "volume=${1.5}"`;
 * // ffmpeg -i "my \"best\" song.mp3" -af "volume=1.5"
 */
export function shell(text: TemplateStringsArray, ...values: readonly ShellValue[]): string {
  let command = '';
  let inQuotes = false;
  text.raw.forEach((raw, i) => {
    const literal = raw.replace(/\\(\\|`|\$\{)/g, (all, escaped: string) => (escaped === '\\' ? all : escaped));
    inQuotes = endsInQuotes(literal, inQuotes);
    command += literal;
    if (i === values.length) return;
    const value = values[i];
    if (!isShellValue(value))
      throw new OptionError(`value ${i + 1}`, value, 'a string, number, URL or list of strings');
    if (Array.isArray(value))
      command += value.map((one: string) => (inQuotes ? escapeQuoted(one) : quoteArg(one))).join(' ');
    else command += inQuotes ? escapeQuoted(String(value)) : quoteArg(String(value));
  });
  return command;
}

function isShellValue(value: unknown): value is ShellValue {
  if (typeof value === 'string' || typeof value === 'number' || value instanceof URL) return true;
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
