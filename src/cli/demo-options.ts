import { parseArgs } from 'node:util';
import { OptionError } from '../core/errors.ts';

export interface DemoOptions {
  /** File or URL to play; undefined for the sample that comes with the package. */
  input: string | undefined;
  /** Shows the picture, too. */
  video: boolean;
  /** No page and no keys: plays once and ends. */
  headless: boolean;
  /** The result as one line of JSON on stdout; everything else goes to stderr. */
  json: boolean;
  /** Ends after this long. */
  seconds: number | undefined;
  /** Port of the page; 0 lets the system choose. */
  port: number;
}

export const DEMO_USAGE = `Usage: rxcall demo [FILE or URL] [options]

Plays a file into a conference on this machine, and a browser listens to it, or watches. No account, no network.

  --video        show the picture, too, if there is one
  --headless     no page and no keys: play once and end
  --json         end with one line of JSON on stdout
  --seconds N    end after N seconds
  --port N       port of the page (default: any free one)

Keys: space pauses, m mutes, left and right seek 5 s, q quits.`;

/** Reads the command line of the demo. Throws an {@link OptionError} that names the argument. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) throw new OptionError('FILE', positionals.join(' '), 'one file or URL');
  return {
    input: positionals[0],
    video: values.video,
    headless: values.headless,
    json: values.json,
    seconds: values.seconds === undefined ? undefined : numberOf('--seconds', values.seconds, 0.1, 86_400),
    port: values.port === undefined ? 0 : numberOf('--port', values.port, 0, 65_535),
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseStrictly> {
  try {
    return parseStrictly(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OptionError('arguments', args.join(' '), `as in the usage below (${message.split('. ')[0]})`);
  }
}

function parseStrictly(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      video: { type: 'boolean', default: false },
      headless: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      port: { type: 'string' },
    },
  });
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new OptionError(name, text, `a number from ${least} to ${most}`);
}
