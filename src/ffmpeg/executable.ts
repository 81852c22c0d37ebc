import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Why `path` cannot be run, or undefined when it can. */
export async function whyNotExecutable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a file';
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be executed' : 'does not exist';
  }
}

export interface SearchPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** The path of a program, looked for on PATH when its name has no folder; or why it cannot be run. */
export async function findExecutable(program: string): Promise<[path: string, problem: string | undefined]> {
  const isPath = /[/\\]/.test(program);
  const path = isPath ? program : await findOnPath(program, { env: process.env, platform: process.platform });
  return path === undefined ? [program, 'is not on PATH'] : [path, await whyNotExecutable(path)];
}

/** Looks for a command on PATH, on Windows with each ending of PATHEXT. */
export async function findOnPath(command: string, { env, platform }: SearchPlace): Promise<string | undefined> {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = platform === 'win32' ? ['', ...(env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';')] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = join(folder, command + ending.toLowerCase());
      if ((await whyNotExecutable(path)) === undefined) return path;
    }
  }
  return undefined;
}
