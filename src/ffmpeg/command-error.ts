import { RxcallError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

/** A command line that cannot be taken, thrown synchronously, with `ERR_OPTION`. */
export class CommandError extends RxcallError {
  /** The parameter that held it, as in `command` or `commands.audio`. */
  readonly path: string;
  /** Where in the command the problem is, counted in characters from 0; undefined when it has no one place. */
  readonly position: number | undefined;

  constructor(path: string, problem: string, place?: { command: string; position: number }) {
    super('ERR_OPTION', `${path} ${problem}${place ? excerpt(place.command, place.position) : '.'}`);
    this.path = path;
    this.position = place?.position;
  }
}

/** How much of a command is shown to either side of a place. */
const SHOWN = 40;
const MARK = '\u0001';

/** The neighborhood of a place, with a caret under it; nothing when the place lies within a secret. */
function excerpt(command: string, position: number): string {
  const marked = redact(command.slice(0, position) + MARK + command.slice(position)).replace(/\s/g, ' ');
  const at = marked.indexOf(MARK);
  if (at < 0) return ` (character ${position + 1}).`;
  const before = marked.slice(0, at).slice(-SHOWN);
  const after = marked.slice(at + 1, at + 1 + SHOWN);
  return ` (character ${position + 1}):\n  ${before}${after}\n  ${' '.repeat(before.length)}^`;
}
