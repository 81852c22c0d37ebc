/** Needs no quotes: nothing that {@link tokenizeCommand} or a reader could take for the end of a word. */
const PLAIN = /^[^\s"\\]+$/;

/**
 * Writes one argument so that it comes out of a command line as it went in, whatever is in it.
 *
 * @example
 * quoteArg('my "best" song.mp3') // '"my \\"best\\" song.mp3"'
 * @see {@link shell} to put whole commands together
 */
export function quoteArg(arg: string): string {
  return PLAIN.test(arg) ? arg : `"${escapeQuoted(arg)}"`;
}

/** What stands for `text` between double quotes. */
export function escapeQuoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
