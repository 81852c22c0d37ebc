import { ownVersion } from '../calls/installed-version.ts';
import { DEMO_USAGE } from './demo-options.ts';

const USAGE = `Usage: rxcall COMMAND

  demo [FILE or URL]   play a file into a conference on this machine, and listen in a browser
  doctor [--json]      say what this machine has and lacks
  --version, --help

${DEMO_USAGE}`;

/** Runs a command line; returns the exit code: 0, 1 for a failure, 2 for a command that is not understood. */
export async function main(args: readonly string[]): Promise<number> {
  const asksForHelp = args.some((arg) => arg === '--help' || arg === '-h');
  const [command, ...rest] = asksForHelp ? ['--help'] : args;
  switch (command) {
    case 'demo':
      return (await import('./demo.ts')).runDemo(rest);
    case 'doctor':
      return (await import('./doctor.ts')).runDoctor(rest);
    case '--version':
    case '-v':
      console.log(ownVersion());
      return 0;
    case '--help':
      console.log(USAGE);
      return 0;
    default:
      console.error(command === undefined ? USAGE : `There is no command ${command}.\n\n${USAGE}`);
      return 2;
  }
}
