import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError, RxcallError } from '../../core/errors.ts';
import { parseScript } from './script.ts';

/** An executable that stands in for ffmpeg, and what was asked of it. Disposing of it removes it. */
export interface ScriptedFfmpeg extends Disposable {
  /** For `ffmpegPath`, or `FFMPEG_PATH`. */
  readonly path: string;
  /** The arguments of each run so far, in order; questions such as `-version` are none. */
  readonly runs: readonly (readonly string[])[];
}

/**
 * Makes an executable that behaves as ffmpeg does, and fails as it is told: no codec, no network, no machine that differs.
 * The first run plays the first script, the second one the second, and later ones the last.
 *
 * A script has a step a line:
 *
 * ```text
 * audio 3s             writes 3 s of Opus in Ogg where the command wants audio, as fast as it is read
 * video 3s             the same of VP8 in IVF, where it wants video
 * media 3s             both
 * media 3s realtime    as a live source does; without a time, for ever
 * wait 500ms           does nothing; without a time, for ever
 * bytes 4096           writes that much nonsense
 * stderr [error] no    says that
 * deaf                 does not stop when asked to
 * exit 1               ends so; at its end a script ends its files and exits with 0
 * kill SIGSEGV         is ended by that signal
 * # anything           a comment
 * ```
 *
 * What is cut off loses its last 20 ms of audio: a page leaves with the packet after it.
 *
 * Throws {@link OptionError} without a script and for a line that makes no sense, `ERR_FFMPEG_NOT_FOUND` on Windows, where
 * only real programs can be started without a shell.
 *
 * @example
 * using ffmpeg = createScriptedFfmpeg('media 2s\nkill SIGKILL', 'media');
 * const client = createClient({ ffmpegPath: ffmpeg.path });
 * await call.play(fromUrl(radio)); // is cut off after two seconds
 */
export function createScriptedFfmpeg(...scripts: readonly string[]): ScriptedFfmpeg {
  if (scripts.length === 0) throw new OptionError('scripts', scripts, 'one script or more');
  for (const script of scripts) parseScript(script);
  if (process.platform === 'win32') {
    throw new RxcallError('ERR_FFMPEG_NOT_FOUND', 'A scripted ffmpeg needs a system other than Windows.');
  }
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-ffmpeg-'));
  const path = join(folder, 'ffmpeg');
  const program = fileURLToPath(new URL(`program${extname(import.meta.url)}`, import.meta.url));
  const node = [process.execPath, '--no-warnings', program, folder].map(quote).join(' ');
  writeFileSync(join(folder, 'scripts.json'), JSON.stringify(scripts));
  writeFileSync(path, `#!/bin/sh\nunset NODE_OPTIONS\nexec ${node} "$@"\n`);
  chmodSync(path, 0o755);
  return {
    path,
    get runs() {
      if (!existsSync(folder)) return [];
      const notes = readdirSync(folder).filter((name) => name.startsWith('run-'));
      return notes.map((_, run) => JSON.parse(readFileSync(join(folder, `run-${run}.json`), 'utf8')) as string[]);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
