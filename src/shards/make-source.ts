import type { Observable } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import type { SourceMaker } from '../core/source-description.ts';
import { loop } from '../operators/loop.ts';
import { playlist, type PlaylistOptions } from '../operators/playlist.ts';
import { fromFile, type FromFileOptions } from '../sources/from-file.ts';
import { fromShell, type FromShellOptions } from '../sources/from-shell.ts';
import { fromShells, type FromShellsOptions, type ShellCommands } from '../sources/from-shells.ts';
import { fromUrl, type FromUrlOptions } from '../sources/from-url.ts';
import type { Command } from '../ffmpeg/parse-command.ts';

type Source = Observable<Sample>;

/** The arguments are those that the same function was called with in another thread. */
const MAKERS: Readonly<Record<SourceMaker, (...args: never[]) => Source>> = {
  fromFile: (path: string, options?: FromFileOptions) => fromFile(path, options),
  fromUrl: (url: string, options?: FromUrlOptions) => fromUrl(url, options),
  fromShell: (command: Command, options?: FromShellOptions) => fromShell(command, options),
  fromShells: (commands: ShellCommands, options?: FromShellsOptions) => fromShells(commands, options),
  loop: (source: Source, times?: number) => source.pipe(loop(times)),
  playlist: (sources: readonly Source[], options?: PlaylistOptions) => playlist(sources, options),
};

/** Makes a source by its description: the same one as in the thread that it comes from. */
export function makeSource(maker: SourceMaker, args: readonly unknown[]): Source {
  return MAKERS[maker](...(args as never[]));
}
