import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a script in a process of its own and returns the JSON that it prints. Null, with the reason on stderr, for what
 * cannot be measured here: a library that is not installed, a profile that it does not have.
 */
export async function runChild(
  script: URL,
  args: readonly string[],
  timeoutMs: number,
  { showProgress = false }: { showProgress?: boolean } = {},
): Promise<unknown> {
  const flags = ['--no-warnings', '--expose-gc'];
  try {
    const running = run(process.execPath, [...flags, fileURLToPath(script), ...args], {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    if (showProgress) running.child.stderr?.pipe(process.stderr);
    const { stdout } = await running;
    return JSON.parse(stdout);
  } catch (error) {
    const [line] = String((error as { stderr?: string }).stderr ?? error)
      .split('\n')
      .filter((text) => /error/i.test(text));
    console.error(`${args.join(' ')}: not measured (${line ?? String(error)})`);
    return null;
  }
}
