import { CommandError } from './command-error.ts';

/**
 * Cuts a command line into words. It is not a shell: nothing is expanded, piped or looked up.
 *
 * - Words are separated by blanks and line ends.
 * - Double quotes keep blanks together, may begin and end within a word, and make an empty word of nothing.
 * - `\"` is a quote and `\\` a backslash, within quotes and outside; any other backslash stands for itself.
 * - Single quotes, `$`, `*` and the rest are ordinary characters.
 *
 * Throws a {@link CommandError} that shows the place when a quote is not closed, and when there is no word.
 *
 * @example
 * tokenizeCommand('ffmpeg -i "my song.mp3"') // ['ffmpeg', '-i', 'my song.mp3']
 * @see {@link quoteArg} for the way back
 */
export function tokenizeCommand(command: string, path = 'command'): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoteAt = -1;
  for (let at = 0; at < command.length; at++) {
    const char = command[at]!;
    if (isEscape(command, at)) {
      word = (word ?? '') + command[++at]!;
    } else if (char === '"') {
      quoteAt = quoteAt < 0 ? at : -1;
      word ??= '';
    } else if (quoteAt < 0 && isBlank(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quoteAt >= 0) {
    const place = { command, position: quoteAt };
    throw new CommandError(path, 'has a double quote that is never closed; write \\" for one that is meant', place);
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new CommandError(path, 'is empty');
  return words;
}

/** Whether a text that begins within quotes, or outside, ends within them. */
export function endsInQuotes(text: string, beginsInQuotes: boolean): boolean {
  let inQuotes = beginsInQuotes;
  for (let at = 0; at < text.length; at++) {
    if (isEscape(text, at)) at++;
    else if (text[at] === '"') inQuotes = !inQuotes;
  }
  return inQuotes;
}

function isEscape(text: string, at: number): boolean {
  return text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\');
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r';
}
